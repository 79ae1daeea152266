"""Deliveries that would break a worker, strand a campaign, or hide an effect: each comes to its end."""

from __future__ import annotations

import dataclasses
import sqlite3
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from tests.campaigns.witness import Business, Made, Witness, action

from retinue.campaigns.lifecycle import finish_done, pause_campaign, start_campaign, stop_campaign
from retinue.campaigns.reconciling import settle_by_hand
from retinue.campaigns.sender import Sender
from retinue.channels import Contact, Message, Order, Prepared, TryLater, Unsure
from retinue.errors import UsageError
from retinue.store.accounts import naive
from retinue.store.campaigns import campaign_of, list_campaigns
from retinue.store.consents import Word, say
from retinue.store.deliveries import history, list_deliveries
from retinue.store.outbox import claim

CAMPAIGN = "CAMP_2026_02_14_001"


def alter(b: Business, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(b.folder / "store.sqlite")) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_a_contact_that_cannot_be_opened_stops_no_other_and_expires(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1), action(2))
    alter(b, "UPDATE contacts SET sealed = x'00' WHERE customer_id = 'C1'")
    b.pump()
    assert list(email.effects) == [d.delivery_id for d in list_deliveries(b.store, customer_id="C2")]
    assert b.states() == {"dec_1/email": "queued", "dec_2/email": "sent"}
    b.pass_time(days=4)
    b.pump()
    assert b.states() == {"dec_1/email": "expired", "dec_2/email": "sent"}
    assert b.taken() == 500
    assert finish_done(b.store, clock=b.now) == [CAMPAIGN]


@pytest.mark.parametrize("error", [KeyError("x"), TryLater("soon"), RecursionError()])
def test_a_channel_that_breaks_when_preparing_stops_no_other_and_expires(
    business: Made, error: Exception
) -> None:
    class Broken(Witness):
        def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
            if order.customer_id == "C1":
                raise error
            return super().prepare(order, contact, message)

    b = business(Broken())
    b.start(action(1), action(2))
    b.pump()
    assert b.states() == {"dec_1/email": "queued", "dec_2/email": "sent"}
    b.pass_time(days=4)
    b.pump()
    assert b.states()["dec_1/email"] == "expired"
    assert b.taken() == 500


def test_a_request_that_cannot_be_opened_any_more_may_have_had_its_effect(business: Made) -> None:
    email = Witness()
    email.plan = [("after", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    alter(b, "UPDATE deliveries SET request = x'00'")
    b.pass_time(minutes=5)
    b.pump()
    assert b.states() == {"dec_1/email": "sending"}
    b.pass_time(days=4)
    b.pump()
    assert b.states() == {"dec_1/email": "unknown"}
    assert b.taken() == 500


def test_a_removed_channel_leaves_nothing_waiting_for_ever(business: Made) -> None:
    b = business(Witness())
    b.start(action(1))
    b.channels = {}
    b.pump()
    b.pass_time(days=4)
    b.pump()
    b.sender().reconcile()
    assert b.states() == {"dec_1/email": "expired"}
    assert b.taken() == 0
    assert finish_done(b.store, clock=b.now) == [CAMPAIGN]


def test_what_a_look_up_gives_back_is_sent_though_the_campaign_is_finished(business: Made) -> None:
    email = Witness(keys=False, looks_up=True)
    email.plan = [("before", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    assert b.states() == {"dec_1/email": "unknown"}
    finish_done(b.store, clock=b.now)
    b.pass_time(minutes=10)
    assert b.sender().reconcile() == 1
    b.pump()
    assert b.states() == {"dec_1/email": "sent"}
    assert list(email.effects.values()) == [1]


def test_what_a_look_up_gives_back_of_a_stopped_campaign_is_cancelled(business: Made) -> None:
    email = Witness(keys=False, looks_up=True)
    email.plan = [("before", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    stop_campaign(b.store, CAMPAIGN, who="ada", clock=b.now)
    b.pass_time(minutes=10)
    assert b.sender().reconcile() == 1
    assert b.states() == {"dec_1/email": "cancelled"}
    assert b.taken() == 0


def test_stopped_while_a_call_is_under_way_that_was_not_taken(business: Made) -> None:
    class Stopping(Witness):
        def send(self, prepared: Prepared, key: str) -> Any:
            stop_campaign(b.store, CAMPAIGN, who="ada", clock=b.now)
            raise TryLater("busy")

    b = business(Stopping())
    b.start(action(1))
    b.pump()
    assert b.states() == {"dec_1/email": "cancelled"}
    assert b.taken() == 0


def test_a_paused_workers_call_is_never_taken_for_over(business: Made) -> None:
    """It is paused before its call; meanwhile the customer objects, and a look-up finds nothing."""
    email = Witness(looks_up=True)
    b = business(email)
    b.start(action(1))
    slow = b.sender("slow")
    told: list[str] = []

    class Meanwhile(Witness):
        def send(self, prepared: Prepared, key: str) -> Any:
            b.channels["email"] = email
            b.pass_time(seconds=61)
            moment = naive(b.now)
            say(b.store, [Word("k", "C1", "email", "marketing", False, moment, moment)])
            b.pump(owner="w2")
            b.pass_time(minutes=10)
            other = b.sender("w2")
            other.reconcile()
            other.pump()
            told.append(b.states()["dec_1/email"])
            return email.send(prepared, key)

    slow.channels = {"email": Meanwhile(looks_up=True)}
    slow.pump()
    assert told == ["unknown"]
    assert len(email.effects) == 1
    assert b.states() == {"dec_1/email": "sent"}
    assert b.taken() == 500


def test_a_no_that_comes_while_the_mark_waits_for_the_store_is_heeded(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1))
    sender = b.sender()
    taken = claim(b.store, "w1", clock=b.now, lease=timedelta(minutes=1))
    holding, asked = threading.Event(), threading.Event()

    def clock() -> Any:
        now = b.now
        if holding.is_set() and not asked.is_set():
            asked.set()
            b.pass_time(seconds=3)
        return now

    sender.clock = clock

    def objecting() -> None:
        with closing(sqlite3.connect(b.folder / "store.sqlite", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            holding.set()
            asked.wait(0.5)
            b.now += timedelta(seconds=0) if asked.is_set() else timedelta(seconds=3)
            connection.execute(
                "INSERT INTO consent_words (consent_id, customer_id, channel, purpose, granted, valid_from,"
                " recorded_at, copied, told) VALUES ('k', 'C1', 'email', 'marketing', 0, ?, ?, 0, 0)",
                (f"{naive(b.now)}.000000", f"{naive(b.now)}.000000"),
            )
            connection.execute("COMMIT")

    thread = threading.Thread(target=objecting)
    thread.start()
    holding.wait()
    sender.work(taken[0])
    thread.join()
    assert email.effects == {}
    assert b.states() == {"dec_1/email": "withheld"}


def test_look_ups_get_past_what_nobody_can_look_up(business: Made) -> None:
    class Odd(Witness):
        def look_up(self, prepared: Prepared, key: str) -> Any:
            if prepared.recipient.startswith("C2@"):
                raise KeyError("an answer of another form")
            return super().look_up(prepared, key)

    hook, email = Witness("hook", keys=False), Odd(keys=False, looks_up=True)
    hook.plan = [("after", Unsure("no answer"))]
    email.plan = [("after", Unsure("no answer"))] * 3
    b = business(email, hook, messages=["hook"])
    b.start(action(1))
    b.pump()
    b.settings = b.settings.model_copy(
        update={"delivery": b.settings.delivery.model_copy(update={"messages": ("email",)})}
    )
    b.start(action(2), action(3), action(4), campaign="CAMP_2026_02_14_002")
    b.pump()
    alter(b, "UPDATE deliveries SET request = x'00' WHERE customer_id = 'C3'")
    assert list(b.states().values()) == ["unknown"] * 4
    assert b.sender().reconcile(limit=3) == 1
    assert b.states()["dec_4/email"] == "sent"


def test_planned_as_a_test_nothing_goes_out_for_real(business: Made) -> None:
    email = Witness()
    b = business(email, mode="test", test_recipients=["me@example.org"])
    b.start(action(1))
    live = b.settings.delivery.model_copy(update={"mode": "live"})
    b.settings = b.settings.model_copy(update={"delivery": live})
    b.pump()
    assert email.effects == {}
    assert b.states() == {"dec_1/email": "withheld"}


def test_of_an_offer_that_is_not_made_nobody_hears_and_its_money_is_free(business: Made) -> None:
    email, crm = Witness(), Witness("crm", kind="sync", needs="")
    b = business(email, crm, records=["crm"])
    b.start(action(1))
    moment = naive(b.now)
    say(b.store, [Word("k", "C1", "email", "marketing", False, moment, moment)])
    b.pump(3)
    assert b.states() == {"dec_1/email": "withheld", "dec_1/crm": "withheld"}
    assert crm.effects == {}
    assert b.taken() == 0


def test_a_paused_campaign_goes_on_only_when_it_is_resumed(business: Made) -> None:
    b = business(Witness())
    b.start(action(1))
    pause_campaign(b.store, CAMPAIGN, who="ada", clock=b.now)
    with pytest.raises(UsageError, match="paused"):
        start_campaign(b.store, CAMPAIGN, b.settings, who="bob", clock=b.now)


def test_in_a_paused_campaign_what_may_have_been_sent_is_not_asked_for_every_second(business: Made) -> None:
    email = Witness()
    email.plan = [("after", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    pause_campaign(b.store, CAMPAIGN, who="ada", clock=b.now)
    for _ in range(120):
        b.pass_time(seconds=1)
        b.pump()
    (delivery,) = list_deliveries(b.store)
    assert len(history(b.store, delivery.delivery_id)) < 12


def test_a_clock_that_goes_back_does_not_hold_the_sender(business: Made) -> None:
    email = Witness()
    b = business(email, per_minute=1)
    b.start(action(1), action(2))
    b.pass_time(hours=2)
    sender: Sender = b.sender()
    assert sender.pump() == 1
    b.pass_time(hours=-1)
    assert sender.pump() == 1
    assert len(email.effects) == 2


def test_an_absurd_wait_is_bounded(business: Made) -> None:
    email = Witness()
    email.plan = [("before", TryLater("later", after=wait)) for wait in (1e18, float("nan"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    b.pass_time(hours=25)
    b.pump()
    b.pass_time(hours=25)
    b.pump()
    assert b.states() == {"dec_1/email": "sent"}


def test_sending_one_does_not_read_the_whole_plan(business: Made) -> None:
    """A plan of many customers has many megabytes."""
    email = Witness()
    b = business(email)
    b.start(action(1), action(2))
    sender = b.sender()
    assert sender.pump(limit=1) == 1
    alter(b, "UPDATE campaigns SET plan = zeroblob(30000000)")
    tracemalloc.start()
    assert sender.pump(limit=1) == 1
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert len(email.effects) == 2


def test_a_list_of_campaigns_leaves_their_plans_where_they_are(business: Made) -> None:
    b = business(Witness())
    b.start(action(1))
    (found,) = list_campaigns(b.store)
    assert found.plan is None
    assert found == dataclasses.replace(campaign_of(b.store, CAMPAIGN), plan=None)


def test_what_may_have_gone_through_a_removed_channel_is_unknown(business: Made) -> None:
    email = Witness()
    email.plan = [("after", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    b.channels = {}
    b.pass_time(minutes=5)
    b.pump()
    b.sender().reconcile()
    assert b.states() == {"dec_1/email": "unknown"}
    assert b.taken() == 500


def test_pumped_from_many_threads_every_one_is_sent_once(business: Made) -> None:
    email = Witness()
    b = business(email, per_minute=10_000)
    b.start(*(action(n) for n in range(24)))
    sender, names = b.sender(), [d.delivery_id for d in list_deliveries(b.store)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda name: sender.pump(only=[name]), names)) == 24
    assert sorted(email.effects.values()) == [1] * 24


def test_a_late_answer_corrects_a_person_who_was_wrong(business: Made) -> None:
    email = Witness(keys=False)
    b = business(email)
    b.start(action(1))
    taken: list[int] = []

    class Meanwhile(Witness):
        def send(self, prepared: Prepared, key: str) -> Any:
            b.pass_time(seconds=61)
            b.pump(owner="w2")
            settle_by_hand(b.store, key, "failed", who="ada", reason="not in the log", clock=b.now)
            taken.append(b.taken())
            return email.send(prepared, key)

    slow = b.sender("slow")
    slow.channels = {"email": Meanwhile(keys=False)}
    slow.pump()
    assert taken == [0]
    assert len(email.effects) == 1
    assert b.states() == {"dec_1/email": "sent"}
    assert b.taken() == 500
