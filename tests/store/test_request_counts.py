"""Counts of requests add up per minute, whoever tells them, and are forgotten after a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from retinue.store import Store
from retinue.store.request_counts import add_requests, requests_since

NOW = datetime(2026, 2, 14, 9, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_counts_of_a_minute_add_up_and_later_ones_stand_apart(store: Store) -> None:
    add_requests(store, {"requests": 3, "errors": 1}, clock=NOW)
    add_requests(store, {"requests": 2, "le 0.1": 2}, clock=NOW + timedelta(seconds=20))
    add_requests(store, {"requests": 5}, clock=NOW + 2 * MINUTE)
    add_requests(store, {}, clock=NOW + 3 * MINUTE)
    assert requests_since(store, NOW - MINUTE) == {"requests": 10, "errors": 1, "le 0.1": 2}
    assert requests_since(store, NOW + MINUTE) == {"requests": 5}


def test_they_are_forgotten_after_a_day(store: Store) -> None:
    add_requests(store, {"requests": 1}, clock=NOW)
    add_requests(store, {"requests": 2}, clock=NOW + timedelta(days=1, minutes=5))
    assert requests_since(store, NOW - MINUTE) == {"requests": 2}
