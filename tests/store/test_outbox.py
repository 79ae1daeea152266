"""The outbox: what is in it once stays in it once, and who lost a claim can write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from retinue.errors import UsageError
from retinue.store import Store
from retinue.store.campaigns import MOVES, campaign_of, move, moves_of, open_campaign
from retinue.store.deliveries import Draft, counted, counted_each, delivery_of, history, list_deliveries
from retinue.store.outbox import (
    cancel_queued_in,
    claim,
    draft_in,
    locked_in,
    pending_in,
    release_claims,
    settle_in,
)

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
LEASE = timedelta(seconds=60)


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    opened = Store(place)
    open_campaign(opened, "CAMP_1", run_id="r", as_of=NOW, clock=NOW)
    yield opened
    opened.close()


def run(store: Store) -> None:
    with store.transaction() as session:
        move(session, "CAMP_1", "planned", who="ada", clock=NOW, plan=(b"{}", "0" * 64))
        move(session, "CAMP_1", "approved", who="ada", clock=NOW)
        move(session, "CAMP_1", "running", who="ada", clock=NOW)


def draft(name: str, *, after: str | None = None, due: datetime = NOW) -> Draft:
    return Draft(
        name,
        "dec_1",
        "CAMP_1",
        "C1",
        "email",
        "message",
        "retention",
        500,
        planned_at=NOW,
        due_at=due,
        expires_at=NOW + timedelta(days=3),
        after=after,
    )


def put(store: Store, *drafts: Draft) -> int:
    with store.transaction() as session:
        return draft_in(session, drafts, clock=NOW)


def take(store: Store, owner: str, clock: datetime = NOW) -> list[str]:
    return [d.delivery_id for d in claim(store, owner, clock=clock, lease=LEASE)]


def test_put_in_twice_it_is_there_once(store: Store) -> None:
    assert put(store, draft("d1"), draft("d2")) == 2
    assert put(store, draft("d1"), draft("d3")) == 1
    assert counted(store) == {"queued": 3}
    campaign = list_deliveries(store)[0].campaign_id
    assert counted_each(store, [campaign, "none"]) == {campaign: {"queued": 3}, "none": {}}
    assert counted_each(store, []) == {}
    assert [step.state for step in history(store, "d1")] == ["queued"]


def test_only_running_campaigns_are_worked_on(store: Store) -> None:
    put(store, draft("d1"))
    assert take(store, "a") == []
    run(store)
    assert take(store, "a") == ["d1"]
    with store.transaction() as session:
        move(session, "CAMP_1", "paused", who="ada", clock=NOW)
    assert take(store, "b", NOW + 2 * LEASE) == []


def test_a_claim_is_one_workers_until_its_lease_ends(store: Store) -> None:
    run(store)
    put(store, draft("d1"), draft("d2", due=NOW + timedelta(hours=1)))
    assert take(store, "a") == ["d1"]
    assert take(store, "b") == []
    assert take(store, "b", NOW + LEASE) == ["d1"]
    found = delivery_of(store, "d1")
    assert found is not None
    assert (found.owner, found.fence) == ("b", 2)


def test_who_lost_the_lease_can_write_nothing(store: Store) -> None:
    run(store)
    put(store, draft("d1"))
    (first,) = claim(store, "a", clock=NOW, lease=LEASE)
    (second,) = claim(store, "a", clock=NOW + LEASE, lease=LEASE)
    with store.transaction() as session:
        assert locked_in(session, "d1", owner="a", fence=first.fence) is None
        assert locked_in(session, "d1", owner="b", fence=second.fence) is None
        assert locked_in(session, "d1", owner="a", fence=second.fence) is not None


def test_a_lost_sending_comes_back_as_such(store: Store) -> None:
    run(store)
    put(store, draft("d1"))
    take(store, "a")
    with store.transaction() as session:
        settle_in(session, "d1", "sending", clock=NOW, keep_claim=True, tries=1)
    assert take(store, "b", NOW + LEASE / 2) == []
    (back,) = claim(store, "b", clock=NOW + LEASE, lease=LEASE)
    assert (back.state, back.tries) == ("sending", 1)


def test_what_comes_after_waits_for_what_comes_first(store: Store) -> None:
    run(store)
    put(store, draft("told", after="granted"), draft("granted"))
    assert take(store, "a") == ["granted"]
    assert take(store, "b", NOW + timedelta(seconds=1)) == []
    with store.transaction() as session:
        settle_in(session, "granted", "sent", clock=NOW)
    assert take(store, "b") == ["told"]


def test_what_was_claimed_and_not_begun_is_given_back(store: Store) -> None:
    run(store)
    put(store, draft("d1"), draft("d2"))
    take(store, "a")
    with store.transaction() as session:
        settle_in(session, "d1", "sending", clock=NOW, keep_claim=True)
    assert release_claims(store, "a") == 1
    assert take(store, "b") == ["d2"]


def test_every_change_is_on_record(store: Store) -> None:
    put(store, draft("d1"), draft("d2"))
    with store.transaction() as session:
        assert pending_in(session, "CAMP_1") == 2
        settle_in(session, "d1", "sent", clock=NOW)
        settle_in(session, "d2", "withheld", clock=NOW, reason="wrong prices")
        assert pending_in(session, "CAMP_1") == 0
    assert [(s.before, s.state, s.reason) for s in history(store, "d2")] == [
        ("", "queued", ""),
        ("queued", "withheld", "wrong prices"),
    ]
    assert list_deliveries(store, states=("queued",)) == []


def test_cancelling_a_campaign_names_the_decisions_of_which_nothing_goes_out(store: Store) -> None:
    put(store, draft("d1"), draft("d2"), replace(draft("d3"), decision_id="dec_2"))
    run(store)
    (taken,) = claim(store, "w1", clock=NOW, lease=LEASE, only=["d1"])
    with store.transaction() as session:
        settle_in(session, taken.delivery_id, "sending", clock=NOW, keep_claim=True)
        ended = cancel_queued_in(session, "CAMP_1", reason="wrong prices", clock=NOW)
    states = {d.delivery_id: d.state for d in list_deliveries(store)}
    assert states == {"d1": "sending", "d2": "cancelled", "d3": "cancelled"}
    assert ended == ["dec_2"]
    last = history(store, "d2")[-1]
    assert (last.before, last.state, last.reason) == ("queued", "cancelled", "wrong prices")
    assert last.at == NOW.replace(tzinfo=None)
    assert (found := delivery_of(store, "d2")) is not None
    assert (found.reason, found.owner, found.changed_at) == ("wrong prices", None, last.at)


@pytest.mark.parametrize("before", list(MOVES))
@pytest.mark.parametrize("after", list(MOVES))
def test_a_campaign_makes_only_the_moves_of_the_table(store: Store, before: str, after: str) -> None:
    paths = {
        "draft": [],
        "planned": ["planned"],
        "approved": ["planned", "approved"],
        "running": ["planned", "approved", "running"],
        "paused": ["planned", "approved", "running", "paused"],
        "finished": ["planned", "approved", "running", "finished"],
        "stopped": ["stopped"],
    }
    with store.transaction() as session:
        for state in paths[before]:
            move(session, "CAMP_1", state, who="ada", clock=NOW, plan=(b"{}", "0" * 64))  # type: ignore[arg-type]
    refused = None
    try:
        with store.transaction() as session:
            move(session, "CAMP_1", after, who="ada", clock=NOW, plan=(b"{}", "1" * 64))  # type: ignore[arg-type]
    except UsageError as error:
        refused = error
    assert (refused is None) == (after in MOVES[before])  # type: ignore[index]
    assert campaign_of(store, "CAMP_1").state == (before if refused else after)
    assert len(moves_of(store, "CAMP_1")) == len(paths[before]) + (refused is None)


def test_a_new_plan_voids_the_approval(store: Store) -> None:
    with store.transaction() as session:
        move(session, "CAMP_1", "planned", who="ada", clock=NOW, plan=(b"1", "1" * 64))
        move(session, "CAMP_1", "approved", who="bob", clock=NOW)
    assert campaign_of(store, "CAMP_1").approved_sha256 == "1" * 64
    with store.transaction() as session:
        move(session, "CAMP_1", "planned", who="ada", clock=NOW, plan=(b"2", "2" * 64))
    found = campaign_of(store, "CAMP_1")
    assert (found.approved_sha256, found.approved_by) == (None, None)


def test_the_history_of_campaigns_cannot_be_rewritten(store: Store) -> None:
    run(store)
    with pytest.raises(IntegrityError, match="only ever added to"), store.transaction() as session:
        session.execute(text("DELETE FROM campaign_moves"))
