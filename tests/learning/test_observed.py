"""From decisions to observations, case by case: what was done, how long it was watched, who left."""

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest

from retinue.learning import evidence
from retinue.warehouse.base import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

START = datetime(2026, 1, 1)
NOW = datetime(2026, 2, 15, tzinfo=UTC)
"""45 days later: half of a horizon of 90."""


@pytest.fixture
def warehouse():
    with Warehouse(DuckDBEngine(None)) as opened:
        yield opened


def tell(warehouse, table, *rows):
    frame = [{"source": "s", "recorded_at": START, **row} for row in rows]
    warehouse.engine.append(table, pa.Table.from_pylist(frame))


def contract(customer, ended=None):
    return {
        "subscription_id": f"S{customer}",
        "customer_id": customer,
        "plan": "team",
        "mrr": 10.0,
        "started_at": datetime(2025, 1, 1),
        "ended_at": ended,
    }


def decision(name, incentive="fixed_credit", **changes):
    base = {
        "decision_id": name,
        "customer_id": f"C{name}",
        "decided_at": pd.Timestamp(START),
        "incentive": incentive,
        "risk": 0.5,
        "held_out": False,
        "under_offer": False,
        "sent": True,
        "attribute_country": "DE",
    }
    return {**base, **changes}


def look(warehouse, *decisions):
    seen = evidence(pd.DataFrame(list(decisions)), warehouse, NOW, horizon_days=90)
    return {
        row.decision_id: (row.incentive, bool(row.left), round(row.exposure, 3)) for row in seen.itertuples()
    }


def test_a_running_contract_has_been_watched_until_now(warehouse):
    tell(warehouse, "subscriptions", contract("Ca"), contract("Cb", ended=datetime(2026, 1, 20)))
    seen = look(warehouse, decision("a"), decision("b", "none"))
    assert seen == {"a": ("fixed_credit", False, 0.5), "b": ("none", True, 0.5)}


def test_an_outcome_speaks_before_the_contract(warehouse):
    tell(warehouse, "subscriptions", contract("Ca"), contract("Cb"))
    told = {"customer_id": "x", "revenue": None}
    tell(
        warehouse,
        "outcomes",
        {
            **told,
            "outcome_id": "1",
            "decision_id": "a",
            "retained": False,
            "observed_at": datetime(2026, 1, 9),
        },
        {
            **told,
            "outcome_id": "2",
            "decision_id": "b",
            "retained": True,
            "observed_at": datetime(2026, 1, 10),
        },
    )
    seen = look(warehouse, decision("a"), decision("b"))
    assert seen == {"a": ("fixed_credit", True, 0.5), "b": ("fixed_credit", False, 0.1)}


def test_what_is_on_record_as_done_counts(warehouse):
    tell(warehouse, "subscriptions", *(contract(f"C{n}") for n in "abcd"))
    done = {"customer_id": "x", "executed_at": START, "held_out": False}
    tell(
        warehouse,
        "interventions",
        {**done, "decision_id": "a", "incentive": "free_upgrade"},
        {**done, "decision_id": "b", "incentive": "free_upgrade", "held_out": True},
        {**done, "decision_id": "c", "incentive": None},
    )
    seen = look(warehouse, *(decision(n) for n in "abcd"))
    assert [seen[n][0] for n in "abcd"] == ["free_upgrade", "none", "none", "fixed_credit"]


def test_what_waits_for_a_person_says_nothing_until_it_was_made(warehouse):
    tell(warehouse, "subscriptions", contract("Ca"), contract("Cb"))
    tell(
        warehouse,
        "interventions",
        {"decision_id": "b", "customer_id": "Cb", "incentive": "fixed_credit", "executed_at": START},
    )
    assert set(look(warehouse, decision("a", sent=False), decision("b", sent=False))) == {"b"}


def test_left_out_are_those_under_an_earlier_offer_and_those_of_whom_nothing_is_known(warehouse):
    tell(warehouse, "subscriptions", contract("Ca"))
    assert look(warehouse, decision("a", under_offer=True), decision("z")) == {}


def test_nothing_learned_later_is_seen(warehouse):
    late = {**contract("Ca", ended=datetime(2026, 1, 5)), "recorded_at": datetime(2026, 3, 1)}
    tell(warehouse, "subscriptions", {**contract("Cb"), "customer_id": "Ca"}, late)
    assert look(warehouse, decision("a")) == {"a": ("fixed_credit", False, 0.5)}
