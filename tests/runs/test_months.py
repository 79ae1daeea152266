"""What runs of past months said, beside what became of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.api.rest.conftest import HASHES

from retinue.app import Retinue
from retinue.runs.customers import CUSTOMERS, CustomerFile, Shared, write_customers
from retinue.runs.customers.file import COLUMNS
from retinue.runs.figures.file import create
from retinue.runs.figures.months import judge_months, judged, months_of, note_month

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def test_the_first_run_of_a_month_is_kept_as_a_sample_taken_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retinue.runs.figures.months.MOST", 10)
    said = [(f"C{n:02d}", n / 100, n % 2) for n in range(25)]
    with closing(sqlite3.connect(":memory:")) as connection:
        create(connection)
        note_month(connection, "A", datetime(2025, 3, 2, tzinfo=UTC), said)
        note_month(connection, "B", datetime(2025, 3, 9, tzinfo=UTC), said)
        note_month(connection, "C", datetime(2025, 4, 1, tzinfo=UTC), said[:4])
        note_month(connection, "D", datetime(2025, 5, 1, tzinfo=UTC), [])
        runs = connection.execute("SELECT month, run FROM months ORDER BY month").fetchall()
        kept = connection.execute("SELECT customer_id FROM said WHERE month = '2025-03'").fetchall()
        assert months_of(connection) == ([], None), "nothing is judged yet"
        sums = {"customers": 4, "predicted": 0.3, "left": 1}
        body = {"all": {**sums, "deciles": [{"decile": 1}]}, "alone": {**sums, "deciles": []}, "measures": {}}
        connection.execute("UPDATE months SET body = ?", (msgspec.json.encode(body),))
        found, deciles = months_of(connection)
    assert runs == [("2025-03", "A"), ("2025-04", "C")]
    assert [name for (name,) in kept] == [f"C{n:02d}" for n in range(0, 25, 3)]
    assert [(one["month"], one["as_of"]) for one in found] == [
        ("2025-03", "2025-03-02T00:00:00Z"),
        ("2025-04", "2025-04-01T00:00:00Z"),
    ]
    assert deciles is not None
    assert (deciles["month"], deciles["all"], deciles["alone"]) == ("2025-04", [{"decile": 1}], [])
    assert (found[0]["all"], found[0]["alone"]) == (sums, sums)


def test_figures_are_those_of_whom_the_outcome_is_known_and_measures_of_whom_was_left_alone() -> None:
    rng = np.random.default_rng(3)
    many = 400
    said = pd.DataFrame(
        {
            "customer_id": [f"C{n:03d}" for n in range(many)],
            "probability": rng.uniform(0.01, 0.9, many),
            "alone": (rng.random(many) < 0.8).astype(int),
        }
    )
    labels = said[["customer_id"]].assign(churned=np.where(rng.random(many) < said["probability"], 1.0, 0.0))
    labels.loc[:19, "churned"] = np.nan
    found = judged(said, labels, seed=1)
    both = said.merge(labels.dropna(), on="customer_id")
    alone = both[both["alone"] == 1]
    gone, stays = (alone.loc[alone["churned"] == v, "probability"].to_numpy() for v in (1.0, 0.0))
    auc = (gone[:, None] > stays[None, :]).mean()
    assert found["measures"]["auc"]["value"] == pytest.approx(auc, abs=1e-6)
    for measure in found["measures"].values():
        assert measure["low"] <= measure["value"] <= measure["high"]
    for name, rows in (("all", both), ("alone", alone)):
        assert (found[name]["customers"], found[name]["left"]) == (len(rows), rows["churned"].sum())
        assert found[name]["predicted"] == pytest.approx(rows["probability"].mean())
        deciles = found[name]["deciles"]
        assert [one["decile"] for one in deciles] == list(range(1, 11))
        assert sum(one["customers"] for one in deciles) == len(rows)
        assert sum(one["left"] for one in deciles) == rows["churned"].sum()
        riskiest = rows.nlargest(deciles[0]["customers"], "probability")
        assert deciles[0]["predicted"] == pytest.approx(riskiest["probability"].mean())
        assert deciles[0]["left"] == riskiest["churned"].sum()


def test_too_few_who_left_have_a_reason_and_no_measure() -> None:
    names = [f"C{n}" for n in range(30)]
    said = pd.DataFrame({"customer_id": names, "probability": 0.2, "alone": 1})
    labels = pd.DataFrame({"customer_id": names, "churned": [1.0] * 3 + [0.0] * 27})
    found = judged(said, labels, seed=1)
    assert found["measures"]["auc"]["value"] is None
    assert "it takes 10 customers who left" in found["measures"]["auc"]["reason"]


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
    shared = Shared("0" * 20, "A", datetime(2025, 1, 3, tzinfo=UTC), "EUR", 0.4, HASHES)
    write_customers(tmp_path / CUSTOMERS, shared, rows, [])
    file = CustomerFile.read(tmp_path / CUSTOMERS)
    assert file is not None
    with Retinue(tmp_path, clock=NOW) as retinue, closing(sqlite3.connect(":memory:")) as connection:
        people = [{"customer_id": name, "recorded_at": began, "account_created_date": began} for name in ends]
        retinue.warehouse.engine.append("customers", pa.Table.from_pylist(people))
        retinue.warehouse.engine.append("subscriptions", pa.Table.from_pylist(contracts))
        create(connection)
        note_month(connection, "A", shared.as_of, file.risks())
        note_month(connection, "B", datetime(2026, 2, 1, tzinfo=UTC), file.risks())
        judge_months(connection, retinue.stages(NOW))
        (found,), _ = months_of(connection)
        waiting = connection.execute("SELECT DISTINCT month FROM said").fetchall()
    assert (found["month"], found["run"], waiting) == ("2025-01", "A", [("2026-02",)])
    assert found["all"] == {"customers": 4, "predicted": 0.5, "left": 2}
    assert found["alone"] == {"customers": 2, "predicted": 0.5, "left": 1}
