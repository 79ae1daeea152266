"""An objection stops everything at once, also between plan and send; a person looks where asked to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.campaigns.witness import NOW, Business, Witness, action

from retinue.campaigns.contests import ask_for_person_in, withdraw_contest_in
from retinue.campaigns.gates import PROMISED
from retinue.campaigns.objecting import objection
from retinue.campaigns.people import Person
from retinue.campaigns.profiling import objectors, objectors_in_store, refuses_profiling, without_profile
from retinue.campaigns.reviewing import approve, reject
from retinue.errors import LimitError, StateError, UsageError
from retinue.store.consents import Word, say, words_of_one
from retinue.store.deliveries import Draft, delivery_of, list_deliveries
from retinue.store.outbox import draft_in
from retinue.store.privacy_requests import ask, request_of
from retinue.store.reviews import (
    list_reviews,
    open_in,
    rejected_since,
    review_of,
    take_back_in,
    withdraw_in,
)

ADA, BOB = Person("ada", "admin", None), Person("bob", "admin", None)


def test_what_is_queued_is_cancelled_what_waits_is_closed_and_the_money_is_free(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(1), action(2), action(3, route="manual_review"))
    before = b.taken()
    done = objection(b.store, "C1", who="dpo", clock=b.now)
    closed = objection(b.store, "C3", who="dpo", clock=b.now)
    assert (len(done.cancelled), done.closed, done.under_way) == (1, (), ())
    assert (closed.cancelled, closed.closed) == ((), ("dec_3",))
    assert (review_of(b.store, "dec_3").state, review_of(b.store, "dec_3").code) == ("withdrawn", "objected")
    assert b.taken() == before - 1000
    assert objection(b.store, "C1", who="dpo", clock=b.now + timedelta(days=1)).cancelled == ()
    b.pump(3)
    assert set(b.channels["email"].effects) == {
        d.delivery_id for d in list_deliveries(b.store, customer_id="C2")
    }


def test_what_the_customer_accepted_is_still_owed(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(2))
    about = ("dec_9", "CAMP_2026_02_14_001", "C1", "email", "grant", PROMISED, 0)
    owed = Draft("dlv_owed", *about, planned_at=NOW, due_at=NOW, expires_at=NOW + timedelta(days=3))
    with b.store.transaction() as session:
        draft_in(session, [owed], clock=NOW)
    assert objection(b.store, "C1", who="dpo", clock=b.now).cancelled == ()
    found = delivery_of(b.store, "dlv_owed")
    assert found is not None
    assert found.state == "queued"


def race(folder: Path, customers: int) -> tuple[int, int]:
    """Objections of every customer while three workers send; how many stayed open, and how many went out."""
    b = Business(folder, [Witness()], per_minute=1_000_000)
    b.start(*(action(n) for n in range(customers)))
    late: list[str] = []
    stop = threading.Event()

    def work(name: str) -> None:
        sender = b.sender(name)
        while not stop.is_set():
            sender.pump(limit=5)

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    # One objects before anything goes out, so that somebody is left out however fast the workers are.
    for n in range(customers):
        if n == 1:
            for one in workers:
                one.start()
        done = objection(b.store, f"C{n}", who="dpo", clock=b.now)
        state = list_deliveries(b.store, customer_id=f"C{n}")[0]
        # From here on it is cancelled, or was sent before, or its call was marked before the objection.
        if state.state not in ("sent", "cancelled") and state.delivery_id not in done.under_way:
            late.append(state.delivery_id)
    stop.set()
    for one in workers:
        one.join()
    b.pump(5)
    sent = set(b.channels["email"].effects)
    cancelled = {d.delivery_id for d in list_deliveries(b.store, states=("cancelled", "withheld"))}
    assert sent.isdisjoint(cancelled)
    assert len(sent) + len(cancelled) == customers
    taken = b.taken()
    assert taken == 500 * len(sent)
    b.store.close()
    return len(late), len(sent)


def test_an_objection_between_plan_and_send_is_heeded(tmp_path: Path) -> None:
    late, sent = race(tmp_path, 25)
    assert late == 0
    assert sent < 25


@pytest.mark.slow
def test_five_hundred_objections_between_plan_and_send_are_heeded(tmp_path: Path) -> None:
    late, sent = race(tmp_path, 500)
    assert late == 0
    assert sent < 500


def contest(b: Business, cents: int = 500) -> str:
    made = ask(b.store, "review", "C1", who="dpo", clock=b.now, subject="dec_1", reason="I moved.")
    with b.store.transaction() as session:
        ask_for_person_in(
            session,
            made,
            campaign_id="CAMP_2026_02_14_001",
            decision_id="dec_1",
            story="Customer C1 …",
            cents=cents,
            clock=b.now,
        )
    return made.request_id


def test_a_person_lets_a_decision_stand_in_words_that_close_the_request(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(1))
    case = contest(b)
    assert [one.decision_id for one in list_reviews(b.store, customer_id="C1")] == [case]
    with pytest.raises(UsageError, match="needs words"):
        approve(b.store, case, ADA, b.settings, clock=b.now)
    assert approve(b.store, case, ADA, b.settings, clock=b.now, reason="It is right.").state == "approved"
    found = request_of(b.store, case)
    assert (found.state, found.handled_by, found.detail) == ("done", "ada", {"outcome": "stands"})
    b.pump()
    assert len(b.channels["email"].effects) == 1


def test_a_person_sets_a_decision_aside_and_nothing_of_it_goes_out(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(1))
    case = contest(b)
    reject(b.store, case, "other", ADA, clock=b.now, reason="You are right.")
    assert request_of(b.store, case).detail == {"outcome": "set_aside"}
    b.pump()
    assert b.channels["email"].effects == {}
    assert b.taken() == 0
    # A decision set aside is no wish to be left alone.
    assert rejected_since(b.store, NOW - timedelta(days=1), NOW + timedelta(days=1)) == {}


def test_what_a_person_shall_look_at_waits_whatever_becomes_of_the_campaign(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.now = datetime(2028, 1, 31, 9, tzinfo=UTC)  # due on the 29th of February
    case = contest(b)
    with b.store.transaction() as session:
        take_back_in(session, "CAMP_2026_02_14_001")
        assert withdraw_in(session, "CAMP_2026_02_14_001", who="ada", reason="late", clock=b.now) == []
        assert open_in(session, "CAMP_2026_02_14_001") == 0
    assert objection(b.store, "C1", who="dpo", clock=b.now).closed == ()
    assert review_of(b.store, case).state == "waiting"
    with b.store.transaction() as session:
        withdraw_contest_in(session, case, who="dpo", reason="It was not them.", clock=b.now)
    with pytest.raises(StateError, match="closed"):
        approve(b.store, case, ADA, b.settings, clock=b.now, reason="It is right.")


def test_two_people_must_say_that_a_dear_decision_stands(tmp_path: Path) -> None:
    b = Business(tmp_path, [Witness()])
    b.start(action(1))
    case = contest(b, cents=200_000)
    assert approve(b.store, case, ADA, b.settings, clock=b.now, reason="Right.").state == "waiting"
    with pytest.raises(LimitError, match="two people"):
        approve(b.store, case, ADA, b.settings, clock=b.now, reason="Right.")
    assert approve(b.store, case, BOB, b.settings, clock=b.now, reason="Right.").state == "approved"


def test_a_no_to_profiling_is_found_in_the_store_and_in_the_warehouse_alike(tmp_path: Path) -> None:
    import pandas as pd
    import pyarrow as pa

    from retinue.store import Store
    from retinue.warehouse import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    day = NOW.replace(tzinfo=None)
    later = day + timedelta(days=1)
    words = [
        Word("a", "C1", "any", "profiling", False, day, day),
        Word("b", "C2", "email", "marketing", False, day, day),
        Word("c", "C3", "any", "any", False, day, day),
        Word("d", "C4", "any", "profiling", False, day, day),
        Word("e", "C4", "any", "profiling", True, later, later),
        Word("f", "C5", "email", "any", False, day, day),
    ]
    store = Store(tmp_path / "store.sqlite")
    say(store, words)
    at = NOW + timedelta(days=2)
    rows = [{name: getattr(w, name) for name in Word.__slots__} | {"source": "test"} for w in words]
    with Warehouse(DuckDBEngine()) as warehouse:
        warehouse.engine.append("consents", pa.Table.from_pylist(rows))
        found = objectors(warehouse)
    assert objectors_in_store(store) == found
    assert found == {"C1", "C3"}
    assert {
        c for c in ("C1", "C2", "C3", "C4", "C5") if refuses_profiling(words_of_one(store, c), at)
    } == found
    states = pd.DataFrame({"customer_id": ["C1", "C2", "erased_1"], "state": ["active", "gone", "active"]})
    assert without_profile(states, found).to_dict("list") == {
        "customer_id": ["C1", "C2"],
        "state": ["objected", "gone"],
    }
    store.close()
