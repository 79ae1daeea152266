"""Jobs of predictions and reported events on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from retinue.store import Store, inbox_events
from retinue.store.prediction_jobs import (
    PredictionJob,
    cancel,
    claim,
    expire,
    fail,
    finish,
    give_back,
    jobs_of,
    known,
    open_job,
    proceed,
)

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
LEASE = timedelta(minutes=1)


def opened(store: Store, name: str, owner: str = "ada", at: datetime = NOW) -> PredictionJob:
    return open_job(store, name, owner=owner, run="CAMP_1", asked={"kind": "ids"}, total=3, clock=at)


def test_a_job_is_held_by_one_and_gone_on_with_by_another(store: Store) -> None:
    opened(store, "j1")
    first = claim(store, "a", lease=LEASE, clock=NOW)
    assert first is not None
    assert claim(store, "b", lease=LEASE, clock=NOW) is None
    step: dict[str, Any] = {"done": 2, "missing": 1, "parts": 1, "place": 2, "lease": LEASE}
    held = proceed(store, first, **step, clock=NOW)
    assert held is not None
    later = NOW + 2 * LEASE
    second = claim(store, "b", lease=LEASE, clock=later)
    assert second is not None
    assert (second.done, second.missing, second.parts, second.place) == (2, 1, 1, 2)
    assert proceed(store, held, **step, clock=later) is None, "it came back late"
    assert not finish(store, held, keep=LEASE, clock=later)
    assert not fail(store, held, "x", clock=later)
    assert give_back(store, second)
    third = claim(store, "c", lease=LEASE, clock=later)
    assert third is not None
    assert finish(store, third, keep=LEASE, clock=later)
    assert known(store, ["j1", "j2"]) == {"j1"}
    assert expire(store, clock=later) == []
    assert expire(store, clock=later + LEASE) == ["j1"]
    assert known(store, ["j1"]) == set()


def test_jobs_are_listed_by_owner_newest_first_in_pages(store: Store) -> None:
    for n in range(4):
        opened(store, f"j{n}", "ada" if n < 3 else "bob", NOW + timedelta(seconds=n // 2))
    first = jobs_of(store, "ada", limit=2)
    second = jobs_of(store, "ada", limit=2, before=(first[-1].created_at, first[-1].job_id))
    assert [one.job_id for one in first + second] == ["j2", "j1", "j0"]
    assert len(jobs_of(store, limit=9)) == 4
    gone = cancel(store, "j0", who="ada", clock=NOW)
    assert gone is not None
    assert gone.state == "cancelled"
    assert cancel(store, "j9", who="ada", clock=NOW) is None


def test_events_wait_in_the_order_they_came_and_are_let_go_of(store: Store) -> None:
    for n in range(3):
        with store.transaction() as session:
            inbox_events.keep(session, [{"event_id": f"E{n}", "metadata": '{"ü": 1}'}] * (n + 1), now=NOW)
    found = inbox_events.waiting(store, limit=2)
    assert [[body["event_id"] for body in one.bodies] for one in found] == [["E0"], ["E1", "E1"]]
    assert found[0].bodies[0]["metadata"] == '{"ü": 1}'
    inbox_events.collected(store, [one.number for one in found], now=NOW)
    assert [one.bodies[0]["event_id"] for one in inbox_events.waiting(store)] == ["E2"]
    assert inbox_events.counts(store) == {"received": 6, "waiting": 3}
