"""Rows that go in by way of a file: the same warehouse as without it, and written only once."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retinue.ingest import bench, commit
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine


def visits(numbers, kind="login"):
    return [
        {
            "event_id": f"e{n}",
            "customer_id": f"c{n % 7}",
            "event_type": "" if n % 11 == 3 else kind,
            "timestamp": "someday" if n % 13 == 5 else f"2026-01-{1 + n % 28:02d}",
        }
        for n in numbers
    ]


def contents(shop):
    names = ("event_id", "customer_id", "event_type", "timestamp", "source", "recorded_at")
    told = shop.rows("supersessions", "table_name", "row_key", "row_recorded_at", "superseded_at")
    return shop.rows("events", *names), told, [row.as_dict() for row in shop.aside()]


@pytest.mark.parametrize("keyed", [True, False])
def test_by_file_or_not_the_warehouse_is_the_same(make_shop, monkeypatch, keyed):
    shops = []
    for above in (10, 1_000_000):
        monkeypatch.setattr(commit, "FILE_ABOVE", above)
        shop = make_shop()
        first, second = visits(range(100)), visits(range(200)) + visits(range(40, 60))
        second[:50] = visits(range(50), kind="search")
        for rows in (first, second):
            shop.csv("events.csv", [{k: v for k, v in r.items() if keyed or k != "event_id"} for r in rows])
            shop.load()
        shops.append(contents(shop))
    assert shops[0] == shops[1]
    assert len(shops[0][0]) > 100
    assert bool(shops[0][1]) == keyed


def test_columns_unknown_and_rows_left_out_do_not_go_in(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(
        pa.table({"customer_id": ["a", "b", "c"], "_verdict": [0, 1, 0], "country": ["x"] * 3}), path
    )
    with Warehouse(DuckDBEngine()) as warehouse:
        engine = warehouse.engine
        assert engine.append_parquet("customers", path, without=pa.table({"place": [1]})) == 2
        found = engine.raw.execute("SELECT customer_id, country FROM customers ORDER BY 1").fetchall()
    assert found == [("a", "x"), ("c", "x")]


def test_what_was_written_is_not_written_again(tmp_path):
    """A checkpoint merges groups of rows that are short; ours are whole but for the last."""
    rows = 5 * bench.ROWS_A_GROUP + 17
    few = "SELECT range * 1000 AS r FROM range(500)"
    with bench.workbench(tmp_path / "bench", key=b"k" * 32, threads=2) as made:
        made.run(f"CREATE TABLE every AS SELECT 'c' || range AS customer_id, range AS r FROM range({rows})")
        file = made.write("rows", f"SELECT customer_id FROM every ANTI JOIN ({few}) USING (r)")
        with Warehouse(DuckDBEngine(tmp_path / "w.duckdb", threads=2)) as warehouse:
            raw = warehouse.engine.raw
            warehouse.engine.append_parquet("customers", file)
            count = "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('customers')"
            before = raw.execute(count).fetchone()
            raw.execute("CHECKPOINT")
            assert raw.execute(count).fetchone() == before
            assert before[0] <= 6
        again = made.write("rows", "SELECT 1 AS one")
        assert again.exists()
        assert not file.exists()
