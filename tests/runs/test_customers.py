"""The file that a run leaves of its customers: whole, sorted, and readable by many at once."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from retinue.errors import ArtefactError
from retinue.runs.customers import CUSTOMERS, SORTS, CustomerFile, Shared, Wanted, write_customers
from retinue.runs.customers.leaving import rows_of

NOTHING = {
    "risk_level": "LOW",
    "time_to_churn_days": None,
    "clv_low": None,
    "clv_high": None,
    "p_alive": 1.0,
    "value_tier": "Basic",
    "segment": "",
    "mrr": None,
    "rfm_segment": None,
}


def written(
    folder: Path, scores: pd.DataFrame, actions: list[dict[str, object]] | None = None
) -> CustomerFile:
    shared = Shared("run", "CAMP_2026_02_14_001", datetime(2026, 2, 14, tzinfo=UTC), "EUR", 0.4, {})
    write_customers(folder / CUSTOMERS, shared, rows_of(scores, actions or []), [("gone", "gone")])
    found = CustomerFile.read(folder / CUSTOMERS)
    assert found is not None
    assert found.shared == shared
    return found


def frame(many: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "customer_id": f"C{i:05d}",
                "churn_probability": (i * 7919 % many) / many,
                "clv": None if i % 10 == 0 else float(i % 50),
                **NOTHING,
            }
            for i in range(many)
        ]
    )


def test_a_missing_value_reads_as_missing_and_stands_last(tmp_path: Path) -> None:
    found = written(tmp_path, frame(100))
    assert found.get("C00010")["clv"] is None  # type: ignore[index]
    assert found.get("C00010")["revenue_at_risk"] is None  # type: ignore[index]
    last = found.page(Wanted(sort="clv"), 200)[-10:]
    assert {row["clv"] for row in last} == {None}
    assert found.get("gone") is None
    assert found.state("gone") == "gone"


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("descending", [True, False])
def test_parts_give_everybody_once_in_the_order_of_one_page(
    tmp_path: Path, sort: str, descending: bool
) -> None:
    found = written(tmp_path, frame(137))
    wanted = Wanted(sort=sort, descending=descending)
    parts = [row["customer_id"] for part in found.all(wanted, at_once=10) for row in part]
    assert parts == [row["customer_id"] for row in found.page(wanted, 1_000)]
    assert len(set(parts)) == 137 == found.count(wanted)


def test_a_sort_with_an_index_reads_only_its_page(tmp_path: Path) -> None:
    written(tmp_path, frame(50))
    with sqlite3.connect(tmp_path / CUSTOMERS) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT customer_id FROM customers "
            f"WHERE ({SORTS['clv']}, customer_id) < (3.0, 'C1') "
            f"ORDER BY {SORTS['clv']} DESC, customer_id DESC LIMIT 5"
        ).fetchall()
    assert "by_clv" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_any_number_of_threads_may_ask(tmp_path: Path) -> None:
    found = written(tmp_path, frame(500))
    wrong: list[str] = []

    def ask(start: int) -> None:
        for i in range(start, 500, 8):
            name = f"C{i:05d}"
            if (found.get(name) or {}).get("customer_id") != name:
                wrong.append(name)

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_damaged_file_is_an_error_and_another_format_is_none(tmp_path: Path) -> None:
    (tmp_path / CUSTOMERS).write_bytes(b"no database" * 1_000)
    with pytest.raises(ArtefactError, match="cannot be read"):
        CustomerFile.read(tmp_path / CUSTOMERS)
    assert CustomerFile.read(tmp_path / "missing.sqlite") is None
