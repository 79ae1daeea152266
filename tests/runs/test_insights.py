"""What a run leaves of the data, and of past predictions beside what became of the customers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.api.rest.conftest import HASHES

from retinue.app import Retinue
from retinue.runs.customers import CUSTOMERS, Shared, write_customers
from retinue.runs.customers.file import COLUMNS
from retinue.runs.insights import QUARANTINE, SetAside
from retinue.runs.insights.loads import loads, set_aside, tables
from retinue.runs.insights.predicted import predicted
from retinue.runs.insights.set_aside import write_set_aside
from retinue.store.runs import finish_run, open_run

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def data(root: Path) -> Path:
    folder = root / "data"
    folder.mkdir()
    (folder / "customers.csv").write_text(
        "customer_id,account_created_date,recorded_at\nC1,2025-01-01,2025-01-02\nC2,2025-01-01,2025-01-02\n"
    )
    (folder / "events.csv").write_text(
        "event_id,customer_id,event_type,timestamp\nE1,C1,login,2026-02-01\nE2,C9,login,2026-02-02\n"
        "E3,C1,login,yesterday\n"
    )
    return folder


def test_loads_freshness_and_what_was_set_aside_are_left_page_by_page(tmp_path: Path) -> None:
    with Retinue(tmp_path, clock=NOW) as retinue:
        retinue.load(data(tmp_path))
        found = {(one["source"], one["table"]): one for one in loads(retinue.warehouse, NOW)}
        (events,) = (one for (_, table), one in found.items() if table == "events")
        assert events["loaded_at"] == "2026-02-14T09:00:00Z"
        assert (events["loads"], events["rows"]["read"], events["last"]["quarantined"]) == (1, 3, 2)
        state = {one["table"]: one for one in tables(retinue.warehouse, NOW)}
        assert (state["events"]["rows"], state["events"]["newest"]) == (1, "2026-02-01T00:00:00Z")
        assert state.keys() == {"customers", "events"}
        counted = set_aside(retinue.warehouse)
        assert {(one["table"], one["rows"]) for one in counted} == {("events", 1)}
        assert len(counted) == 2
        path = tmp_path / QUARANTINE
        assert write_set_aside(retinue.warehouse, path) == 2
    kept = SetAside(path)
    first = kept.page({"table": "events"}, 0, 1)
    second = kept.page({"table": "events"}, first[0]["place"], 5)
    assert [row["row_number"] for row in first + second] == [2, 3]
    assert kept.count({"reason": "orphan"}) == 1
    assert kept.page({"table": "customers", "reason": None, "source": None}, 0, 5) == []
    assert b"yesterday" not in path.read_bytes(), "values stay in the warehouse"


def row(customer: str, probability: float, incentive: str | None, held_out: bool = False) -> tuple[Any, ...]:
    known: dict[str, Any] = {
        "customer_id": customer,
        "churn_probability": probability,
        "risk_level": "LOW",
        "value_tier": "Basic",
        "incentive_id": incentive,
        "held_out": held_out,
    }
    return tuple(known.get(name) for name in COLUMNS)


def test_what_was_predicted_stands_beside_what_came_of_it_month_by_month(tmp_path: Path) -> None:
    """C1 and C2 left in time, C3 and C4 did not; C1 and C4 had an offer, C2 was held out from one."""
    began, known = datetime(2024, 1, 1), datetime(2026, 2, 1)
    ends = {"C1": datetime(2025, 2, 1), "C2": datetime(2025, 3, 1), "C3": None, "C4": None}
    contracts = [
        {
            "subscription_id": f"S{name}",
            "customer_id": name,
            "plan": "p",
            "mrr": 10.0,
            "currency": "EUR",
            "started_at": began,
            "ended_at": end,
            "end_reason": None if end is None else "voluntary",
            "recorded_at": known,
        }
        for name, end in ends.items()
    ]
    rows = [
        row("C1", 0.6, "credit"),
        row("C2", 0.8, "credit", True),
        row("C3", 0.2, None),
        row("C4", 0.4, "x"),
    ]
    with Retinue(tmp_path, clock=NOW) as retinue:
        people = [{"customer_id": name, "recorded_at": began, "account_created_date": began} for name in ends]
        retinue.warehouse.engine.append("customers", pa.Table.from_pylist(people))
        retinue.warehouse.engine.append("subscriptions", pa.Table.from_pylist(contracts))
        runs = {}
        for number, day in enumerate((datetime(2025, 1, 3), datetime(2025, 1, 20), datetime(2026, 2, 1))):
            record = open_run(retinue.store, f"{number}" * 20, as_of=day, clock=NOW)
            folder = retinue.settings.state / "runs" / record.campaign_id
            folder.mkdir(parents=True)
            shared = Shared(record.run_id, record.campaign_id, day.replace(tzinfo=UTC), "EUR", 0.4, HASHES)
            write_customers(folder / CUSTOMERS, shared, rows, [])
            finish_run(retinue.store, record.run_id, summary={}, clock=NOW)
            runs[day] = record.campaign_id
        (found,) = predicted(retinue, retinue.stages(NOW))
    assert (found["month"], found["run"]) == ("2025-01", runs[datetime(2025, 1, 20)]), "the last of the month"
    assert found["all"] == {"customers": 4, "predicted": 0.5, "left": 0.5}
    assert found["alone"] == {"customers": 2, "predicted": 0.5, "left": 0.5}
