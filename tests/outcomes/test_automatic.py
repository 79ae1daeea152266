"""Outcomes that the data tell: where nobody reported, once per decision, and below any report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.outcomes.conftest import DAY, Log

from retinue.outcomes import attribute, load, logged_decisions, measure, rewards
from retinue.outcomes.automatic import derive
from retinue.outcomes.following import prompt
from retinue.outcomes.logged import outcome_rows
from retinue.settings import Settings

SETTINGS = Settings(outcomes={"window_days": 90}, holdout={"share": 0.2})


def at(day: float) -> datetime:
    return (DAY + timedelta(days=day)).replace(tzinfo=UTC)


def paid(customer: str, day: float, amount: float, *, status: str = "succeeded") -> dict[str, Any]:
    when = DAY + timedelta(days=day)
    return {
        "transaction_id": f"t-{customer}-{day}-{status}",
        "customer_id": customer,
        "amount": amount,
        "date": when,
        "status": status,
        "recorded_at": when,
    }


def derived(log: Log, day: float, settings: Settings = SETTINGS) -> dict[str, tuple[bool, float, str | None]]:
    """Decision → retained, day observed, revenue."""
    return {
        row["decision_id"]: (
            row["retained"],
            (row["observed_at"] - DAY).total_seconds() / 86_400,
            row["revenue"],
        )
        for row in derive(log.warehouse, settings, at(day))
    }


def test_contracts_tell_who_left_and_who_stayed(log: Log) -> None:
    log.add("interventions", [log.decide(f"d{n}", f"c{n}", 10) for n in range(6)])
    ends = {"c0": None, "c1": 40.0, "c2": 100.0, "c3": 150.0, "c4": 5.0}
    log.add("subscriptions", [log.contract(customer, end) for customer, end in ends.items()])
    assert derived(log, 99) == {"d1": (False, 40.0, None)}
    assert derived(log, 160) == {
        "d0": (True, 100.0, None),
        "d1": (False, 40.0, None),
        "d2": (False, 100.0, None),
        "d3": (True, 100.0, None),
        # c4 had left before the decision; c5 has no contract where others have
    }


def test_revenue_is_what_was_paid_in_the_window_net_of_refunds(log: Log) -> None:
    log.add("interventions", [log.decide("d0", "c0", 10)])
    log.add("subscriptions", [log.contract("c0", None)])
    rows = [paid("c0", 10, 5), paid("c0", 11, 30), paid("c0", 50, 20, status="failed")]
    rows += [paid("c0", 60, 10, status="refunded"), paid("c0", 100, 7), paid("c0", 100.5, 99)]
    log.add("transactions", rows)
    assert derived(log, 120)["d0"] == (True, 100.0, "27.0000")


def test_without_contracts_a_purchase_in_the_window_tells(log: Log) -> None:
    log.add("interventions", [log.decide(f"d{n}", f"c{n}", 10) for n in range(4)])
    log.add(
        "transactions",
        [paid("c0", 5, 9), paid("c0", 50, 9), paid("c1", 5, 9), paid("c2", 5, 9), paid("c2", 104, 9)],
    )
    assert derived(log, 99) == {}, "a purchase before the window ends says nothing yet"
    assert derived(log, 101) == {
        "d0": (True, 100.0, "9.0000"),
        "d1": (False, 100.0, "0.0000"),
        "d2": (False, 100.0, "0.0000"),
        # c3 never bought: it cannot have stopped
    }
    graced = Settings(outcomes={"window_days": 90}, churn={"grace_days": 5})
    assert derived(log, 104, graced) == {}
    assert derived(log, 105, graced)["d2"] == (True, 100.0, "0.0000")


def test_whoever_was_reported_on_is_left_alone(log: Log) -> None:
    log.add("interventions", [log.decide(f"d{n}", f"c{n}", 10) for n in range(3)])
    log.add("subscriptions", [log.contract(f"c{n}", None) for n in range(3)])
    log.add("outcomes", [log.saw("o0", "d0", "c0", 20, True), log.saw("o1", None, "c1", 110, False)])
    assert set(derived(log, 130)) == {"d2"}


@pytest.fixture
def collected(log: Log, tmp_path: Path) -> Callable[[float], Any]:
    """Derive and load as of a day, as `retinue outcomes collect` does."""
    settings = SETTINGS.model_copy(update={"root": tmp_path})

    def collect(day: float) -> Any:
        rows = derive(log.warehouse, settings, at(day))
        return load(log.warehouse, settings, rows, clock=at(day), source="automatic")

    return collect


def test_deriving_again_corrects_and_never_adds(
    log: Log, collected: Callable[[float], Any], tmp_path: Any
) -> None:
    log.add("customers", [{"customer_id": "c0", "recorded_at": DAY}])
    log.add("interventions", [log.decide("d0", "c0", 10)])
    log.add("subscriptions", [log.contract("c0", 40)])
    first, again = collected(50), collected(60)
    assert (first.loaded, again.loaded, again.corrected, again.unchanged) == (1, 0, 0, 1)
    # the contract is taken up again: a correction of its row
    revived = log.contract("c0", None) | {"recorded_at": DAY + timedelta(days=65)}
    log.add("subscriptions", [revived])
    log.add(
        "supersessions",
        [
            {
                "table_name": "subscriptions",
                "row_key": "s-c0",
                "row_recorded_at": DAY - timedelta(days=100),
                "superseded_at": DAY + timedelta(days=65),
            }
        ],
    )
    assert collected(70).corrected == 1
    now = outcome_rows(log.warehouse, at(71))
    assert now[["outcome_id", "retained"]].values.tolist() == [["derived_d0", True]]
    before = outcome_rows(log.warehouse, at(66))
    assert before["retained"].tolist() == [False], "what was believed stays on record"
    assert collected(110).corrected == 1
    assert rewards(log.warehouse, at(111), 90)[["event", "complete"]].values.tolist() == [[False, True]]


def told(log: Log, day: float) -> Any:
    decisions = logged_decisions(log.warehouse, at(day))
    return attribute(outcome_rows(log.warehouse, at(day), resolved=False), decisions, within_days=120)


@pytest.mark.parametrize("named", [True, False])
def test_a_late_report_stands_above_what_was_derived(
    log: Log, collected: Callable[[float], Any], named: bool
) -> None:
    log.add("customers", [{"customer_id": f"c{n}", "recorded_at": DAY} for n in range(2)])
    log.add("interventions", [log.decide(f"d{n}", f"c{n}", 10) for n in range(2)])
    log.add("subscriptions", [log.contract(f"c{n}", None) for n in range(2)])
    assert collected(101).loaded == 2
    log.add("outcomes", [log.saw("o0", "d0" if named else None, "c0", 103, False)])
    found = told(log, 110)
    assert sorted(found.outcomes["outcome_id"]) == ["derived_d1", "o0"]
    assert (found.derived, found.gave_way, found.disagreed) == (1, 1, 1)
    assert any(
        "1 derived outcomes gave way to reported ones, of which 1 say otherwise" in n for n in found.notes()
    )
    seen = rewards(log.warehouse, at(110), 90).set_index("decision_id")
    assert (bool(seen.loc["d0", "event"]), bool(seen.loc["d1", "event"])) == (True, False)
    assert collected(120).corrected == 0, "nothing more is derived for whom a report exists"


def test_what_was_derived_is_no_report(log: Log) -> None:
    units = pd.DataFrame({"unit": ["d0"], "customer_id": ["c0"], "start": [pd.Timestamp(DAY)]})
    seen = pd.DataFrame(
        {
            "unit": ["d0"],
            "outcome_id": ["derived_d0"],
            "retained": [False],
            "revenue": [1.0],
            "observed_at": [pd.Timestamp(DAY + timedelta(days=9))],
        }
    )
    assert not prompt(units, seen, window_days=90)
    assert prompt(units, seen.assign(outcome_id="o0"), window_days=90)


def test_the_report_says_the_same_with_and_without_derived_outcomes(log: Log) -> None:
    """Contracts and payments are read directly; putting them on record as outcomes must add nothing."""
    people = range(160)
    log.add("customers", [{"customer_id": f"c{n}", "recorded_at": DAY} for n in people])
    p = {"none": 0.2, "fixed_credit": 0.8}
    log.add(
        "interventions",
        [log.decide(f"d{n}", f"c{n}", n / 40, held_out=n % 5 == 0, p=p, cost=5.0) for n in people],
    )
    log.add("subscriptions", [log.contract(f"c{n}", 50.0 if n % 3 == 0 else None) for n in people])
    log.add("transactions", [paid(f"c{n}", 30, 20.0) for n in people if n % 2])
    plain = measure(log.warehouse, SETTINGS, at(120))
    rows = derive(log.warehouse, SETTINGS, at(110))
    assert len(rows) == 160
    assert load(log.warehouse, SETTINGS, rows, clock=at(110), source="automatic").loaded == 160
    after = measure(log.warehouse, SETTINGS, at(120))
    assert [c.estimate for c in after.contrasts] == [c.estimate for c in plain.contrasts]
    assert after.arms == plain.arms
    assert any("derived from contracts" in note for note in after.notes)
