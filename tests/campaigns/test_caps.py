"""Caps count what is on record as done, at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from retinue.campaigns.caps import capped
from retinue.decisions.withheld import reasons_of
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 2, 14, tzinfo=UTC)


@pytest.fixture
def found():
    """(offers as (days ago, cost, changes), settings) → reasons of the customer."""

    def look(offers, gap=0.0, also=None, **guards):
        with Warehouse(DuckDBEngine()) as warehouse:
            rows = []
            for number, (ago, cost, changes) in enumerate(offers):
                moment = (NOW - timedelta(days=ago)).replace(tzinfo=None)
                rows.append(
                    {
                        "decision_id": f"d{number}",
                        "customer_id": "C1",
                        "incentive": "fixed_credit",
                        "cost": cost,
                        "held_out": False,
                        "executed_at": moment,
                        "source": "s",
                        "recorded_at": moment,
                        **changes,
                    }
                )
            if rows:
                warehouse.engine.append("interventions", pa.Table.from_pylist(rows))
            settings = Settings(guards=guards, incentives={"offer_gap_days": gap})
            masks = capped(warehouse, settings, NOW, also)
            return reasons_of(int(masks.get("C1", 0)))

    return look


def offers(*ago, cost=10.0, **changes):
    return [(days, cost, changes) for days in ago]


def test_contacts_within_the_window(found):
    cap = {"contacts": {"most": 2, "days": 30}}
    assert found(offers(1), **cap) == ()
    assert found(offers(1, 29), **cap) == ("contact_cap",)
    assert found(offers(1, 30), **cap) == ()  # the window is half open: thirty days ago is outside
    assert found([*offers(1), *offers(2, incentive="none")], **cap) == ()
    assert found([*offers(1), *offers(2, held_out=True)], **cap) == ()
    assert found([*offers(1), *offers(2, held_out=None)], **cap) == ("contact_cap",)


def test_offers_and_money_in_a_year_and_ever(found):
    assert found(offers(100, 200, 300), offers_per_year=3) == ("lifetime_cap",)
    assert found(offers(100, 200, 365), offers_per_year=3) == ()
    assert found(offers(100, 500, 900), offers_per_lifetime=3) == ("lifetime_cap",)
    assert found(offers(100, 500), offers_per_lifetime=3) == ()
    assert found(offers(100, 200, cost=0.1), cost_per_year=0.2) == ("lifetime_cap",)
    assert found(offers(100, 400, cost=0.1), cost_per_year=0.2) == ()
    assert found(offers(100, 400, cost=0.1), cost_per_lifetime=0.2) == ("lifetime_cap",)
    assert found(offers(100, 400, cost=None), cost_per_lifetime=0.2) == ()


def test_all_that_holds_is_told(found):
    every = found(offers(1, 2), gap=90.0, contacts={"most": 1}, offers_per_lifetime=1)
    assert every == ("under_offer", "contact_cap", "lifetime_cap")
    assert found(offers(91), gap=90.0) == ()
    assert found(offers(9_000), gap=1e9) == ("under_offer",)


def test_what_became_known_later_does_not_count(found):
    late = {"recorded_at": datetime(2026, 3, 1)}
    assert found([*offers(1), (2, 10.0, late)], contacts={"most": 2}) == ()


def test_offers_that_were_never_put_on_record_count_where_told(found):
    """As a shadow counts its own: with those on record, at the same edges."""
    moment = pd.Timestamp(NOW).tz_localize(None)
    also = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C2"],
            "executed_at": [moment - pd.Timedelta(days=d) for d in (10, 40, 1)],
            "cost": [5.0, 5.0, 5.0],
        }
    )
    assert found(offers(1), also=also, contacts={"most": 2}) == ("contact_cap",)
    assert found(offers(1), also=also, contacts={"most": 3}) == ()
    assert found([], also=also, gap=11.0) == ("under_offer",)
    assert found([], also=also, gap=10.0) == ()
    assert found(offers(300), also=also, offers_per_year=3) == ("lifetime_cap",)
    assert found(offers(300), also=also, cost_per_year=20.0) == ("lifetime_cap",)
    assert found(offers(300), also=also, cost_per_year=20.01) == ()
    assert found([], also=also.iloc[:0], gap=90.0) == ()
