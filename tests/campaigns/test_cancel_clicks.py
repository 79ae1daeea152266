"""Who asks to cancel for the offer's sake, case by case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from retinue.campaigns.cancel_clicks import cancel_requests, threatening
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 2, 14, tzinfo=UTC)


def at(ago):
    return (NOW - timedelta(days=ago)).replace(tzinfo=None)


def tell(warehouse, table, key, rows):
    filled = [{key: f"{table}-{i}", "source": "s", "recorded_at": at(0), **row} for i, row in enumerate(rows)]
    if filled:
        warehouse.engine.append(table, pa.Table.from_pylist(filled))


@pytest.fixture
def look():
    """Clicks, offers, and what is known of contracts and payments → the suspects with their counts."""

    def look(clicks, offers=(), *, contracts=None, payments=(), ask=threatening, **rule):
        contracts = [{}] if contracts is None else contracts
        with Warehouse(DuckDBEngine()) as warehouse:
            tell(
                warehouse,
                "events",
                "event_id",
                [{"customer_id": "C1", "event_type": "cancel_request", "timestamp": at(d)} for d in clicks],
            )
            tell(
                warehouse,
                "interventions",
                "decision_id",
                [{"customer_id": "C1", "incentive": "fixed_credit", "executed_at": at(d)} for d in offers],
            )
            base = {
                "customer_id": "C1",
                "started_at": at(900),
                "ended_at": None,
                "cancel_requested_at": None,
            }
            for row in contracts:
                tell(warehouse, "subscriptions", "subscription_id", [{**base, **row}])
            tell(
                warehouse,
                "transactions",
                "transaction_id",
                [
                    {"customer_id": "C1", "amount": 9.0, "date": at(d), "status": "succeeded"}
                    for d in payments
                ],
            )
            found = ask(warehouse, Settings(guards={"cancel_clicks": rule}), NOW)
            if ask is cancel_requests:
                return found
            return found[["taken_back", "paid_for"]].values.tolist()

    return look


def test_two_taken_back_of_which_one_was_paid_for(look):
    assert look([200, 100], [195]) == [[2, 1]]
    assert look([200, 100], [195, 90]) == [[2, 2]]
    assert look([200, 100], []) == []
    assert look([200], [195]) == []
    assert look([200, 100], [300]) == []  # the offer came before anybody asked
    assert look([200, 100], [165]) == []  # and this one five weeks after
    assert look([200, 100], [170]) == [[2, 1]]


def test_many_taken_back_are_enough_without_an_offer(look):
    assert look([300, 250, 200, 150, 100, 50]) == [[6, 0]]
    assert look([250, 200, 150, 100]) == [[4, 0]]
    assert look([250, 200, 150]) == []
    assert look([250, 200, 150], always=3) == [[3, 0]]


def test_clicks_close_together_are_one_request(look):
    assert look([200, 199, 190, 180, 170, 160], [195]) == []
    assert look([200, 185], [195], same_within_days=14) == [[2, 1]]
    assert look([200, 186], [195], same_within_days=14) == []


def test_only_requests_within_the_time_looked_back_count(look):
    assert look([366, 100], [360, 95]) == []
    assert look([364, 100], [360, 95]) == [[2, 2]]


def test_a_request_just_made_is_not_taken_back_yet(look):
    assert look([200, 10], [195]) == []
    assert look([200, 30], [195]) == [[2, 1]]


def test_a_contract_that_carries_the_request_is_leaving(look):
    asked = {"cancel_requested_at": at(100)}
    assert look([200, 100], [195], contracts=[asked]) == []
    # Asked again long after: the earlier two were taken back, this one is under way.
    assert look([300, 200, 5], [295], contracts=[{"cancel_requested_at": at(5)}]) == [[2, 1]]


def test_a_wish_that_the_contract_no_longer_shows_still_counts(look):
    versions = [
        {"subscription_id": "S1", "cancel_requested_at": at(200), "recorded_at": at(199)},
        {"subscription_id": "S2", "cancel_requested_at": at(100), "recorded_at": at(99), "ended_at": at(60)},
        {"subscription_id": "S3"},
    ]
    requests = look([], [195], contracts=versions, ask=cancel_requests)
    assert len(requests) == 2
    assert requests["paid_for"].tolist() == [True, False]


def test_who_is_gone_took_nothing_back(look):
    assert look([200, 100], [195], contracts=[{"ended_at": at(50)}]) == []


def test_without_contracts_paying_on_is_staying(look):
    assert look([200, 100], [195], contracts=[], payments=[20]) == [[2, 1]]
    assert look([200, 100], [195], contracts=[], payments=[80]) == []  # paid after the first, not the second
    assert look([200, 100], [195], contracts=[]) == []


def test_nobody_asked(look):
    assert look([]) == []
    assert look([], ask=cancel_requests).columns.tolist() == [
        "customer_id",
        "first",
        "last",
        "taken_back",
        "paid_for",
    ]
