"""How long customers stayed, read from contracts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from retinue.app import Retinue
from retinue.churn.stays import stays
from retinue.runs.figures.cohorts import cohorts
from retinue.settings import ChurnSettings

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def contract(name: str, number: int, begun: datetime, ended: datetime | None, why: str | None = None) -> Any:
    return {
        "subscription_id": f"S{name}{number}",
        "customer_id": name,
        "plan": f"plan {number}",
        "mrr": 10.0,
        "currency": "EUR",
        "started_at": begun,
        "ended_at": ended,
        "end_reason": None if ended is None else why or "voluntary",
        "recorded_at": datetime(2026, 2, 1),
    }


def test_a_stay_is_the_first_stretch_of_contracts_without_a_gap(tmp_path: Path) -> None:
    """C1 is there; C2 left after 31 days; C3 changed the plan and left; C4 came back later; C5's end does
    not count as churn."""
    day = datetime
    rows = [
        contract("C1", 1, day(2026, 1, 1), None),
        contract("C2", 1, day(2025, 1, 1), day(2025, 2, 1)),
        contract("C3", 1, day(2025, 1, 1), day(2025, 2, 1)),
        contract("C3", 2, day(2025, 2, 1), day(2025, 3, 1)),
        contract("C4", 1, day(2025, 1, 1), day(2025, 1, 11)),
        contract("C4", 2, day(2025, 6, 1), None),
        contract("C5", 1, day(2025, 1, 1), day(2025, 1, 6), "payment"),
    ]
    with Retinue(tmp_path, clock=NOW) as retinue:
        retinue.warehouse.engine.append("subscriptions", pa.Table.from_pylist(rows))
        found = stays(retinue.warehouse, ChurnSettings(end_reasons=("voluntary",)), NOW)
    told = {row.customer_id: (row.days, row.left, row.plan) for row in found.itertuples()}
    assert told == {
        "C1": (44, False, "plan 1"),
        "C2": (31, True, "plan 1"),
        "C3": (59, True, "plan 1"),
        "C4": (10, True, "plan 1"),
        "C5": (5, False, "plan 1"),
    }


def test_curves_are_by_quarter_and_by_first_plan_and_say_why_there_is_none(tmp_path: Path) -> None:
    day = datetime
    rows = [contract(f"A{n:02d}", 1, day(2025, 1, 1), day(2025, 2, 1 + n % 20)) for n in range(40)]
    rows += [contract(f"B{n:02d}", 2, day(2025, 4, 1), None) for n in range(10)]
    people = [
        {
            "customer_id": row["customer_id"],
            "recorded_at": day(2026, 2, 1),
            "account_created_date": day(2025, 1, 1),
        }
        for row in rows
    ]
    with Retinue(tmp_path, clock=NOW) as retinue:
        assert "no contracts" in cohorts(retinue.stages(NOW))["reason"]
        retinue.warehouse.engine.append("customers", pa.Table.from_pylist(people))
        retinue.warehouse.engine.append("subscriptions", pa.Table.from_pylist(rows))
        found = cohorts(retinue.stages(NOW))
    assert (found["reason"], found["all"]["customers"], found["all"]["left"]) == (None, 50, 40)
    assert [one["cohort"] for one in found["by_quarter"]] == ["2025-Q1"], "ten customers have no curve"
    (quarter,) = found["by_quarter"]
    assert quarter["points"][0] == {"days": 0, "share": 1.0, "low": 1.0, "high": 1.0, "followed": 40}
    assert quarter["median_days"] == 40
    assert min(point["followed"] for point in quarter["points"]) >= 5
    assert [one["cohort"] for one in found["by_plan"]] == ["plan 1"]
