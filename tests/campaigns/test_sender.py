"""What the sender does with every answer a channel gives, and with all that may change meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.campaigns.witness import KEY, Business, Made, Witness, action

from retinue.campaigns.lifecycle import finish_done, pause_campaign, resume_campaign, stop_campaign
from retinue.channels import ChannelDown, Refused, TryLater, Unsure
from retinue.store.accounts import naive
from retinue.store.campaigns import campaign_of
from retinue.store.consents import Word, say
from retinue.store.deliveries import history, list_deliveries
from retinue.store.outbox import claim
from retinue.store.stops import resume, stop
from retinue.store.suppression import suppress


def withdraw(business: Business, customer: str, channel: str = "email") -> None:
    moment = naive(business.now)
    say(business.store, [Word("k", customer, channel, "marketing", False, moment, moment)])


def test_everybody_gets_it_once_and_the_campaign_finishes(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1), action(2), action(3))
    assert b.taken() == 1500
    assert b.pump(3) == 3
    assert set(email.effects.values()) == {1}
    assert len(email.effects) == 3
    assert set(b.states().values()) == {"sent"}
    assert finish_done(b.store, clock=b.now) == ["CAMP_2026_02_14_001"]
    assert b.taken() == 1500
    text = email.calls[0][2]["text"]
    assert "Hello Ada" in text
    assert "10% off for 3 months" in text


def test_the_grant_comes_first_and_nobody_is_told_of_one_that_failed(business: Made) -> None:
    email, billing = Witness(), Witness("stripe", kind="grant", needs="ids.stripe")
    b = business(email, billing, grants={"percentage_discount": "stripe"})
    billing.plan = [("before", Refused("no such customer"))]
    b.start(action(1), action(2))
    b.pump(1)
    assert len(billing.calls) == 2
    assert email.calls == []
    b.pump(2)
    assert [recipient for _, recipient, _ in email.calls] == ["C2@example.org"]
    assert b.states() == {
        "dec_1/stripe": "failed",
        "dec_1/email": "withheld",
        "dec_2/stripe": "sent",
        "dec_2/email": "sent",
    }
    assert b.taken() == 500


def test_try_later_waits_as_long_as_it_is_asked_to(business: Made) -> None:
    email = Witness()
    email.plan = [("before", TryLater("too many", after=300))]
    b = business(email)
    b.start(action(1))
    b.pump()
    b.pass_time(seconds=299)
    assert b.pump() == 0
    b.pass_time(seconds=1)
    b.pump()
    assert b.states() == {"dec_1/email": "sent"}
    assert len(email.calls) == 2


def test_tries_end_and_the_money_comes_back(business: Made) -> None:
    email = Witness()
    email.plan = [("before", TryLater("busy"))] * 9
    b = business(email, most_tries=3)
    b.start(action(1))
    for _ in range(9):
        b.pump()
        b.pass_time(hours=2)
    assert b.states() == {"dec_1/email": "failed"}
    assert len(email.calls) == 3
    assert b.taken() == 0


def test_with_keys_a_lost_answer_is_asked_for_again(business: Made) -> None:
    email = Witness()
    email.plan = [("after", Unsure("no answer")), ("before", TryLater("busy"))]
    b = business(email)
    b.start(action(1))
    for _ in range(4):
        b.pump()
        b.pass_time(minutes=5)
    assert b.states() == {"dec_1/email": "sent"}
    assert list(email.effects.values()) == [1]
    bodies = {str(body) for _, _, body in email.calls}
    assert len(bodies) == 1, "every try sends the same request"


def test_without_keys_a_lost_answer_is_never_sent_again(business: Made) -> None:
    email = Witness(keys=False)
    email.plan = [("after", Unsure("no answer")), ("before", Unsure("no answer"))]
    b = business(email)
    b.start(action(1), action(2))
    for _ in range(5):
        b.pump()
        b.pass_time(hours=1)
    assert len(email.calls) == 2
    assert set(b.states().values()) == {"unknown"}
    assert b.taken() == 1000, "what may have been given is not free"
    assert finish_done(b.store, clock=b.now) == ["CAMP_2026_02_14_001"]


def test_a_look_up_settles_what_nobody_knew(business: Made) -> None:
    email = Witness(keys=False, looks_up=True)
    email.plan = [("after", Unsure("no answer")), ("before", Unsure("no answer"))]
    b = business(email)
    b.start(action(1), action(2))
    b.pump()
    sender = b.sender()
    assert sender.reconcile() == 1
    assert sorted(b.states().values()) == ["sent", "unknown"]
    b.pass_time(minutes=3)
    assert sender.reconcile() == 1
    b.pump()
    assert sorted(b.states().values()) == ["sent", "sent"]
    assert set(email.effects.values()) == {1}


def test_a_refusal_after_a_lost_answer_proves_nothing(business: Made) -> None:
    email = Witness()
    email.plan = [("after", Unsure("no answer")), ("before", Refused("bad address"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    b.pass_time(minutes=5)
    b.pump()
    assert b.states() == {"dec_1/email": "unknown"}
    assert b.taken() == 500


def test_a_channel_that_is_down_is_left_alone_for_a_while(business: Made) -> None:
    email, sms = Witness(), Witness("sms", needs="email")
    email.plan = [("before", ChannelDown("wrong password"))]
    b = business(email, sms, messages=["email"])
    b.start(action(1), action(2), action(3))
    sender = b.sender()
    sender.pump(limit=1)
    assert sender.pump(limit=9) == 0
    assert len(email.calls) == 1
    b.pass_time(seconds=11)
    sender.pump(limit=9)
    assert set(b.states().values()) == {"sent"}
    first = next(d for d in list_deliveries(b.store) if d.decision_id == "dec_1")
    assert first.tries == 1, "a channel that is down costs no try"


def test_consent_withdrawn_between_planning_and_sending(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1), action(2))
    withdraw(b, "C1")
    b.pump()
    assert b.states() == {"dec_1/email": "withheld", "dec_2/email": "sent"}
    assert b.taken() == 500
    assert "consent" in list_deliveries(b.store, decision_id="dec_1")[0].reason


def test_consent_withdrawn_between_claim_and_mark(business: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1))
    prepare = email.prepare

    def slowly(*given: Any) -> Any:
        withdraw(b, "C1", "e-mail")
        return prepare(*given)

    monkeypatch.setattr(email, "prepare", slowly)
    b.pump()
    assert email.calls == []
    assert b.states() == {"dec_1/email": "withheld"}


def test_consent_withdrawn_while_an_answer_is_missing_ends_the_tries(business: Made) -> None:
    email = Witness()
    email.plan = [("before", Unsure("no answer"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    withdraw(b, "C1")
    b.pass_time(minutes=5)
    b.pump()
    assert len(email.calls) == 1
    assert b.states() == {"dec_1/email": "unknown"}


def test_a_suppressed_address_gets_nothing(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1))
    suppress(b.store, "c1@EXAMPLE.org", "bounced", KEY, clock=b.now)
    b.pump()
    assert email.calls == []
    assert list_deliveries(b.store)[0].reason == "The address is suppressed: bounced."


def test_caps_count_across_campaigns(business: Made) -> None:
    email = Witness()
    b = business(email)
    most = b.settings.guards.contacts.most
    for n in range(most + 1):
        one = {**action(n), "customer_id": "C7"}
        b.start(one, campaign=f"CAMP_{n}")
        b.pump()
    assert sorted(b.states().values()) == ["sent"] * most + ["withheld"]
    b.pass_time(days=b.settings.guards.contacts.days + 1)
    b.start({**action(99), "customer_id": "C7"}, campaign="CAMP_99")
    b.pump()
    assert b.states()["dec_99/email"] == "sent"


def test_quiet_hours_are_the_customers_own(business: Made) -> None:
    from retinue.store.contacts import Known

    email = Witness()
    b = business(email)
    b.start(action(1), action(2))
    b.know(Known("C1", email="c1@example.org", timezone="America/Los_Angeles"))  # 1 a.m. there
    b.pump()
    assert [recipient for _, recipient, _ in email.calls] == ["C2@example.org"]
    b.pass_time(hours=6, minutes=59)
    b.pump()
    assert b.states()["dec_1/email"] == "queued"
    b.pass_time(minutes=1)
    b.pump()
    assert b.states()["dec_1/email"] == "sent"


def test_mode_test_sends_to_the_listed_only(business: Made) -> None:
    email, billing = Witness(), Witness("stripe", kind="grant", needs="ids.stripe")
    b = business(email, mode="test", test_recipients=["c2@example.org"])
    b.start(action(1), action(2))
    b.pump()
    assert [recipient for _, recipient, _ in email.calls] == ["C2@example.org"]
    c = business(
        email,
        billing,
        mode="test",
        test_recipients=["c2@example.org"],
        grants={"percentage_discount": "stripe"},
    )
    c.start(action(2))
    c.pump(2)
    assert billing.calls == []


def test_a_stop_holds_everything_and_nothing_is_lost(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1), action(2))
    sender = b.sender()
    taken = claim(b.store, "w1", clock=b.now, lease=timedelta(minutes=1))
    stop(b.store, who="ada", reason="wrong prices", clock=b.now)
    for delivery in taken:
        sender.work(delivery)
    assert sender.pump() == 0
    assert email.calls == []
    resume(b.store, who="ada", clock=b.now)
    b.pass_time(seconds=2)
    b.pump()
    assert set(b.states().values()) == {"sent"}


def test_pause_resume_and_stop_with_what_was_sent_already(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1), action(2), action(3))
    b.sender().pump(limit=1)
    pause_campaign(b.store, "CAMP_2026_02_14_001", who="ada", clock=b.now)
    assert b.pump() == 0
    resume_campaign(b.store, "CAMP_2026_02_14_001", who="ada", clock=b.now)
    b.sender().pump(limit=1)
    stop_campaign(b.store, "CAMP_2026_02_14_001", who="ada", clock=b.now, reason="enough")
    assert b.pump() == 0
    assert sorted(b.states().values()) == ["cancelled", "sent", "sent"]
    assert b.taken() == 1000
    assert campaign_of(b.store, "CAMP_2026_02_14_001").state == "stopped"


def test_what_could_not_begin_in_time_expires(business: Made) -> None:
    email = Witness()
    b = business(email)
    b.start(action(1))
    b.pass_time(days=4)
    b.pump()
    assert b.states() == {"dec_1/email": "expired"}
    assert b.taken() == 0


def test_a_worker_paused_beyond_its_lease_calls_nobody(
    business: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = Witness(keys=False)
    b = business(email)
    b.start(action(1))
    slow, quick = b.sender("slow"), b.sender("quick")
    (delivery,) = claim(b.store, "slow", clock=b.now, lease=timedelta(seconds=60))
    begin = slow._begin

    def then_paused(*given: Any, **named: Any) -> Any:
        marked = begin(*given, **named)
        b.pass_time(minutes=5)
        quick.pump()
        return marked

    monkeypatch.setattr(slow, "_begin", then_paused)
    slow.work(delivery)
    assert email.calls == []
    assert b.states() == {"dec_1/email": "unknown"}


def test_a_worker_that_answers_late_settles_only_what_nobody_knew(
    business: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = Witness(keys=False)
    b = business(email)
    b.start(action(1))
    slow, quick = b.sender("slow"), b.sender("quick")
    send = email.send

    def slowly(*given: Any) -> Any:
        sent = send(*given)
        b.pass_time(minutes=5)
        quick.pump()
        assert b.states() == {"dec_1/email": "unknown"}
        return sent

    monkeypatch.setattr(email, "send", slowly)
    slow.pump()
    assert b.states() == {"dec_1/email": "sent"}
    assert list(email.effects.values()) == [1]
    assert [s.state for s in history(b.store, list_deliveries(b.store)[0].delivery_id)] == [
        "queued",
        "sending",
        "unknown",
        "sent",
    ]


def test_a_defect_in_a_channel_loses_nothing(business: Made) -> None:
    email = Witness()
    email.plan = [("after", ZeroDivisionError("boom C1@example.org"))]
    b = business(email)
    b.start(action(1))
    b.pump()
    (found,) = list_deliveries(b.store)
    assert found.state == "unknown"
    assert "example.org" not in found.reason


def test_no_address_is_in_the_outbox(business: Made) -> None:
    b = business(Witness())
    b.start(action(1))
    b.pump()
    b.store.close()
    content = b"".join(file.read_bytes() for file in b.folder.iterdir() if file.is_file())
    assert b"C1@example.org" not in content
    assert b"Hello Ada" not in content


def test_no_minute_has_more_than_it_may(business: Made) -> None:
    b = business(Witness(), per_minute=3)
    b.start(*(action(n) for n in range(8)))
    sender = b.sender()
    sent = []
    for _ in range(8):
        sent.append(sender.pump() + sender.pump())
        b.pass_time(seconds=20)
    assert sent == [3, 0, 0, 3, 0, 0, 2, 0]
