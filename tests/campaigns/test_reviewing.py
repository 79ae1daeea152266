"""The review queue: who may answer what, by when, and never more money than there is."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.witness import Business, Witness, action

from retinue.campaigns.lifecycle import finish_done, stop_campaign
from retinue.campaigns.people import Person, person
from retinue.campaigns.reviewing import (
    approve,
    assign,
    change,
    in_bulk,
    look_after,
    reject,
    snooze,
)
from retinue.errors import BudgetError, UsageError
from retinue.settings import ReviewSettings
from retinue.store.campaigns import campaign_of
from retinue.store.deliveries import list_deliveries
from retinue.store.ledger import Grant
from retinue.store.reviews import list_reviews, rejected_since, review_of, steps_of

ADA, BOB = Person("ada", "admin", None), Person("bob", "admin", None)


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path, [Witness()])
    yield made
    made.store.close()


def case(n: int, **more: Any) -> dict[str, Any]:
    return action(n, route="manual_review", **more)


def test_only_what_was_approved_goes_out(b: Business) -> None:
    b.start(action(1), case(2), case(3), case(4))
    assert [r.decision_id for r in list_reviews(b.store)] == ["dec_3", "dec_4", "dec_2"]
    approve(b.store, "dec_2", ADA, b.settings, clock=b.now)
    reject(b.store, "dec_3", "in_talks", ADA, clock=b.now, reason="meets them on Monday")
    b.pump(2)
    assert b.states() == {"dec_1/email": "sent", "dec_2/email": "sent"}
    assert b.taken() == 1500
    assert finish_done(b.store, clock=b.now) == []
    reject(b.store, "dec_4", "not_now", BOB, clock=b.now)
    assert finish_done(b.store, clock=b.now) == ["CAMP_2026_02_14_001"]
    assert set(rejected_since(b.store, b.now - timedelta(days=1), b.now)) == {"C3", "C4"}
    (step,) = steps_of(b.store, "dec_3")
    assert (step.what, step.who, step.detail, step.reason) == (
        "rejected",
        "ada",
        {"code": "in_talks"},
        "meets them on Monday",
    )


def test_an_answer_stands(b: Business) -> None:
    b.start(case(1))
    reject(b.store, "dec_1", "not_now", ADA, clock=b.now)
    with pytest.raises(UsageError, match="closed: rejected by ada"):
        approve(b.store, "dec_1", BOB, b.settings, clock=b.now)
    assert b.pump() == 0


@pytest.mark.parametrize(("code", "words"), [("", ""), ("because", "x"), ("other", "  ")])
def test_a_rejection_has_a_reason(b: Business, code: str, words: str) -> None:
    b.start(case(1))
    with pytest.raises(UsageError):
        reject(b.store, "dec_1", code, ADA, clock=b.now, reason=words)
    assert review_of(b.store, "dec_1").state == "waiting"


def test_another_offer_takes_its_own_money_and_is_what_goes_out(b: Business) -> None:
    b.start(case(1))
    change(b.store, "dec_1", "fixed_credit", ADA, clock=b.now, reason="they asked for it")
    assert b.taken() == 500, "a proposal takes nothing yet"
    approve(b.store, "dec_1", ADA, b.settings, clock=b.now)
    assert b.taken() == 2500
    b.pump()
    assert b.channels["email"].calls[0][2]["offer"] == "fixed_credit"


def test_only_what_was_weighed_for_the_customer_may_be_chosen(b: Business) -> None:
    b.start(case(1))
    with pytest.raises(UsageError, match="was not weighed"):
        change(b.store, "dec_1", "a_yacht", ADA, clock=b.now)


def test_another_offer_is_granted_through_its_own_channel(tmp_path: Path) -> None:
    email, billing = Witness(), Witness("stripe", kind="grant", needs="ids.stripe")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "fixed_credit.txt").write_text("Subject: Credit\n\nYou have {{ offer }}.")
    b = Business(tmp_path, [email, billing], grants={"fixed_credit": "stripe"})
    b.start(case(1), case(2))
    change(b.store, "dec_1", "fixed_credit", ADA, clock=b.now)
    for decision in ("dec_1", "dec_2"):
        approve(b.store, decision, ADA, b.settings, clock=b.now)
    b.pump(3)
    b.store.close()
    assert [body["offer"] for _, _, body in billing.calls] == ["fixed_credit"]
    assert sorted(body["text"].split("\n")[0] for _, _, body in email.calls) == [
        "Hello Ada,",
        "You have a credit of 25 EUR.",
    ]


def test_a_dearer_offer_needs_its_money(b: Business) -> None:
    b.start(case(1), case(2), grant=Grant(run_cents=2_000))
    change(b.store, "dec_1", "fixed_credit", ADA, clock=b.now)
    with pytest.raises(BudgetError, match="more are needed"):
        approve(b.store, "dec_1", ADA, b.settings, clock=b.now)
    assert review_of(b.store, "dec_1").state == "waiting"
    assert b.pump() == 0
    reject(b.store, "dec_2", "too_dear", ADA, clock=b.now)
    with pytest.raises(BudgetError):
        approve(b.store, "dec_1", ADA, b.settings, clock=b.now)


def test_roles_have_limits(b: Business) -> None:
    b.start(case(1), case(2, cost=300.0))
    settings = ReviewSettings(people={"cem": "csm", "ann": "approver"})
    cem, ann = person(settings, "cem"), person(settings, "ann")
    approve(b.store, "dec_1", cem, b.settings, clock=b.now)
    with pytest.raises(UsageError, match=r"cem \(csm\) may approve up to 250.00, this costs 300.00"):
        approve(b.store, "dec_2", cem, b.settings, clock=b.now)
    with pytest.raises(UsageError):
        change(b.store, "dec_2", "free_upgrade", ann, clock=b.now)
    with pytest.raises(UsageError):
        assign(b.store, "dec_2", cem, ann, clock=b.now)
    assert assign(b.store, "dec_2", ann, cem, clock=b.now).assigned_to == "ann"
    with pytest.raises(UsageError, match="no role"):
        person(settings, "mallory")


def test_four_eyes_are_two_people(b: Business) -> None:
    b.start(case(1, cost=1_500.0))
    assert approve(b.store, "dec_1", ADA, b.settings, clock=b.now).state == "waiting"
    with pytest.raises(UsageError, match="needs two people"):
        approve(b.store, "dec_1", ADA, b.settings, clock=b.now)
    assert b.pump() == 0
    assert approve(b.store, "dec_1", BOB, b.settings, clock=b.now).state == "approved"
    assert b.pump() == 1


def test_a_changed_offer_needs_both_approvals_anew(b: Business) -> None:
    b.start(case(1, cost=1_500.0))
    approve(b.store, "dec_1", ADA, b.settings, clock=b.now)
    change(b.store, "dec_1", "free_upgrade", BOB, clock=b.now)
    assert approve(b.store, "dec_1", BOB, b.settings, clock=b.now).state == "waiting"


def test_put_off_it_is_out_of_sight_until_then(b: Business) -> None:
    b.start(case(1))
    snooze(b.store, "dec_1", b.now + timedelta(days=2), ADA, clock=b.now)
    assert list_reviews(b.store, awake_at=b.now) == []
    assert len(list_reviews(b.store, awake_at=b.now + timedelta(days=2))) == 1
    for until in (b.now - timedelta(days=1), b.now + timedelta(days=400)):
        with pytest.raises(UsageError, match="cannot be put off"):
            snooze(b.store, "dec_1", until, ADA, clock=b.now)


def test_overdue_is_escalated_once_and_at_last_closed(b: Business) -> None:
    b.start(case(1), case(2))  # the odd one is urgent: due in 8 hours
    settings = ReviewSettings(escalate_to="bob")
    assert look_after(b.store, settings, clock=b.now) == {"escalated": [], "expired": []}
    b.pass_time(hours=9)
    assert look_after(b.store, settings, clock=b.now)["escalated"] == ["dec_1"]
    assert look_after(b.store, settings, clock=b.now)["escalated"] == []
    assert review_of(b.store, "dec_1").assigned_to == "bob"
    b.pass_time(days=14)
    assert sorted(look_after(b.store, settings, clock=b.now)["expired"]) == ["dec_1", "dec_2"]
    assert b.taken() == 0
    assert finish_done(b.store, clock=b.now) == ["CAMP_2026_02_14_001"]


def test_what_has_expired_is_not_approved_though_nobody_closed_it_yet(b: Business) -> None:
    b.start(case(1))
    b.pass_time(days=14)
    with pytest.raises(UsageError, match="expired"):
        approve(b.store, "dec_1", ADA, b.settings, clock=b.now)
    with pytest.raises(UsageError, match="expired"):
        change(b.store, "dec_1", "fixed_credit", ADA, clock=b.now)
    reject(b.store, "dec_1", "not_now", ADA, clock=b.now)
    assert b.taken() == 0


def test_in_bulk_one_refusal_stops_none(b: Business) -> None:
    b.start(case(1), case(2), case(3))
    reject(b.store, "dec_2", "not_now", ADA, clock=b.now)
    done = in_bulk(
        ["dec_1", "dec_2", "dec_9", "dec_3"],
        lambda decision: approve(b.store, decision, ADA, b.settings, clock=b.now),
    )
    assert done["dec_1"] == done["dec_3"] == {"state": "approved"}
    assert "closed" in done["dec_2"]["refused"]
    assert "No case" in done["dec_9"]["refused"]


def test_a_stopped_campaign_withdraws_its_cases(b: Business) -> None:
    b.start(case(1))
    stop_campaign(b.store, "CAMP_2026_02_14_001", who="ada", clock=b.now)
    assert review_of(b.store, "dec_1").state == "withdrawn"
    assert b.taken() == 0


def test_of_a_large_plan_only_the_answered_case_is_read(b: Business) -> None:
    b.start(*(case(n) for n in range(400)))
    whole = len(campaign_of(b.store, "CAMP_2026_02_14_001").plan or b"")
    tracemalloc.start()
    approve(b.store, "dec_7", ADA, b.settings, clock=b.now)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * whole
    (sent,) = list_deliveries(b.store)
    assert (sent.decision_id, sent.customer_id, sent.content["mode"]) == ("dec_7", "C7", "live")


def test_fifty_people_and_money_for_ten(b: Business) -> None:
    """Each changes a cheap offer into a dear one and approves it, all at once."""
    count, dear = 50, 2500
    b.start(*(case(n) for n in range(count)), grant=Grant(run_cents=count * 500 + 10 * (dear - 500)))
    for n in range(count):
        change(b.store, f"dec_{n}", "fixed_credit", ADA, clock=b.now)
    ready = threading.Barrier(count)
    granted: list[int] = []
    refused: list[str] = []

    def approving(n: int) -> None:
        ready.wait()
        try:
            approve(b.store, f"dec_{n}", ADA, b.settings, clock=b.now)
            granted.append(n)
        except BudgetError as error:
            refused.append(error.what)

    people = [threading.Thread(target=approving, args=(n,)) for n in range(count)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert (len(granted), len(refused)) == (10, 40)
    assert b.taken() == count * 500 + 10 * (dear - 500)
    b.pump(2)
    assert len(b.channels["email"].effects) == 10
    assert Decimal(b.taken()) / 100 == Decimal(450)
