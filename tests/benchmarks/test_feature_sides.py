"""The sides of the feature comparison compute the same, and a difference is noticed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from benchmarks.features import duckdb_sql, ours, pandas_peer
from benchmarks.features.core import CORE, month_ends
from benchmarks.features.data import load, uneven, write
from benchmarks.features.equal import check, check_last, export
from benchmarks.features.side import result_of
from benchmarks.harness import Unequal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of random tables."""
    folder = tmp_path_factory.mktemp("sides") / "data"
    write(folder, uneven(80, 40.0, 3), seed=3)
    load(folder, folder / "w.duckdb")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    export(folder)
    for name, side in (("ours", ours), ("duckdb_sql", duckdb_sql), ("pandas_peer", pandas_peer)):
        out = result_of(folder, name, 2)
        out.mkdir()
        side.run(folder, month_ends(2), out, threads=1)  # type: ignore[attr-defined]
    return folder


def test_all_sides_agree(built: Path) -> None:
    values = check(built, ["ours", "duckdb_sql", "pandas_peer"], 2)
    rows = pq.read_table(result_of(built, "ours", 2) / "all.parquet").num_rows
    assert values == rows * len(CORE) > 100 * len(CORE)


def test_one_other_value_is_noticed(built: Path, tmp_path: Path) -> None:
    for name in ("ours", "duckdb_sql"):
        result_of(tmp_path, name, 2).mkdir()
    table = pq.read_table(result_of(built, "ours", 2) / "all.parquet")
    pq.write_table(table, result_of(tmp_path, "ours", 2) / "all.parquet")
    changed = table["mrr"].to_numpy().copy()
    at = int(np.flatnonzero(~np.isnan(changed))[0])
    changed[at] *= 1 + 1e-6
    place = table.column_names.index("mrr")
    other = table.set_column(place, "mrr", pa.array(changed))
    pq.write_table(other, result_of(tmp_path, "duckdb_sql", 2) / "all.parquet")
    with pytest.raises(Unequal, match="mrr of duckdb_sql: 1 of"):
        check(tmp_path, ["ours", "duckdb_sql"], 2)


def test_a_missing_customer_is_noticed(built: Path, tmp_path: Path) -> None:
    for name in ("ours", "duckdb_sql"):
        result_of(tmp_path, name, 2).mkdir()
    table = pq.read_table(result_of(built, "ours", 2) / "all.parquet")
    pq.write_table(table, result_of(tmp_path, "ours", 2) / "all.parquet")
    pq.write_table(table.slice(1), result_of(tmp_path, "duckdb_sql", 2) / "all.parquet")
    with pytest.raises(Unequal, match="other customers"):
        check(tmp_path, ["ours", "duckdb_sql"], 2)


def test_an_absent_feature_must_be_empty_elsewhere(built: Path, tmp_path: Path) -> None:
    for name in ("ours", "duckdb_sql"):
        result_of(tmp_path, name, 2).mkdir()
    table = pq.read_table(result_of(built, "ours", 2) / "all.parquet")
    pq.write_table(table.drop_columns(["event_count_365d"]), result_of(tmp_path, "ours", 2) / "all.parquet")
    pq.write_table(table, result_of(tmp_path, "duckdb_sql", 2) / "all.parquet")
    with pytest.raises(Unequal, match="event_count_365d"):
        check(tmp_path, ["ours", "duckdb_sql"], 2)
    nothing = pa.array(np.zeros(table.num_rows))
    place = table.column_names.index("event_count_365d")
    empty = table.set_column(place, "event_count_365d", nothing)
    pq.write_table(empty, result_of(tmp_path, "duckdb_sql", 2) / "all.parquet")
    assert check(tmp_path, ["ours", "duckdb_sql"], 2) == table.num_rows * len(CORE)


def test_data_have_the_events_asked_for_in_order_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.features.data.ROWS_A_SLICE", 500)  # several slices
    wanted = np.array([1, 2_000, 0, 30])
    rows = write(tmp_path / "data", wanted, seed=1, only=("customers", "events"))
    assert rows == {"customers": 4, "events": 2_031}
    events = pq.read_table(tmp_path / "data" / "events.parquet")
    who = events["customer_id"].value_counts().to_pylist()
    assert {w["values"]: w["counts"] for w in who} == {
        "C000000000": 1,
        "C000000001": 2_000,
        "C000000003": 30,
    }
    at = events["timestamp"].to_numpy()
    assert (np.diff(at) >= np.timedelta64(0)).all()
    assert np.datetime64("2024-01-02") <= at[0] < at[-1] < np.datetime64("2026-01-01")
    assert len(set(events["event_id"].to_pylist())) == 2_031
    assert not (tmp_path / "data" / "transactions.parquet").exists()


def test_data_are_made_once_and_replaced_when_others_are_wanted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write(folder, uneven(20, 5.0, 1), seed=1)
    (folder / "w.duckdb").touch()
    write(folder, uneven(20, 5.0, 1), seed=1)
    assert (folder / "w.duckdb").exists()
    write(folder, uneven(20, 5.0, 2), seed=2)
    assert not (folder / "w.duckdb").exists()


def test_a_date_among_many_must_hold_what_it_holds_alone(built: Path, tmp_path: Path) -> None:
    for dates in (1, 2):
        result_of(tmp_path, "ours", dates).mkdir()
    many = pq.read_table(result_of(built, "ours", 2) / "all.parquet")
    pq.write_table(many, result_of(tmp_path, "ours", 2) / "all.parquet")
    alone = many.filter(pc.equal(many["as_of"], pc.max(many["as_of"])))
    pq.write_table(alone, result_of(tmp_path, "ours", 1) / "all.parquet")
    check_last(tmp_path, "ours", 2)
    place = alone.column_names.index("event_count_365d")
    more = alone.set_column(place, "event_count_365d", pc.add(alone["event_count_365d"], 1.0))
    pq.write_table(more, result_of(tmp_path, "ours", 1) / "all.parquet")
    with pytest.raises(Unequal, match="event_count_365d"):
        check_last(tmp_path, "ours", 2)
