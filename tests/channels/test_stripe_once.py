"""Rewards in Stripe are made once: after lost answers, stored failures, and the death of a worker."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.channels.orders import credit, discount
from tests.channels.stripe_account import (
    KEY,
    channel,
    customers,
    fresh,
    posts,
    prepared,
    put,
    redeemed,
    subscription,
)

from retinue.channels import Refused, Sent, TryLater, Unsure
from retinue.domain import Incentive
from retinue.testing.doubles import Running, start

REDEMPTION = "POST /v1/subscriptions/"
FAULTS_OF_STRIPE: list[Any] = [
    "throttled",
    "error_before",
    "error_after",
    "dropped_before",
    "lost_answer",
    "half_answer",
    "garbage",
]


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("stripe") as running:
        yield running


@pytest.fixture
def stripe(double: Running) -> Iterator[Running]:
    with fresh(double):
        yield double


# Once, whatever happens ---------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage"])
def test_after_a_lost_answer_there_is_exactly_one_credit(stripe: Running, fault: Any) -> None:
    made = channel(stripe)
    ready = prepared(made, credit())
    stripe.inject(fault)
    with pytest.raises(Unsure):
        made.send(ready, "d1")
    assert len(stripe.effects("d1")) == 1
    found = made.look_up(ready, "d1")
    again = made.send(ready, "d1")
    assert found is not None
    assert found.reference == again.reference
    assert again.replayed
    assert len(stripe.effects("d1")) == 1


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage"])
@pytest.mark.parametrize("at", ["POST /v1/coupons", "POST /v1/promotion_codes", REDEMPTION])
def test_wherever_an_answer_is_lost_there_is_one_discount(stripe: Running, fault: Any, at: str) -> None:
    made = channel(stripe)
    ready = prepared(made, discount())
    stripe.set(at=at)
    stripe.inject(fault)
    with pytest.raises((Unsure, TryLater)) as first:
        made.send(ready, "d1")
    # Only after the redemption itself can something have been done for the customer.
    assert isinstance(first.value, Unsure) == (at == REDEMPTION)
    assert len(redeemed(stripe)) == (1 if at == REDEMPTION else 0)
    again = made.send(ready, "d1")
    assert len(redeemed(stripe)) == 1
    assert made.look_up(ready, "d1") == Sent(again.reference, replayed=True)


@pytest.mark.parametrize("incentive", [credit(), discount()], ids=["credit", "discount"])
def test_what_was_made_is_found_again_when_its_key_was_forgotten(
    stripe: Running, incentive: Incentive
) -> None:
    made = channel(stripe)
    ready = prepared(made, incentive)
    first = made.send(ready, "d1")
    before = len(posts(stripe, "/v1/"))
    stripe.set(forget=True)
    again = channel(stripe).send(ready, "d1")
    assert (again.reference, again.replayed) == (first.reference, True)
    assert len(posts(stripe, "/v1/")) == before
    assert len(stripe.effects("d1")) == 1


def test_a_discount_that_was_used_up_is_not_given_again(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, discount())
    made.send(ready, "d1")
    subscription(stripe, "sub_1", discounts=[])
    assert made.send(ready, "d1").replayed
    subscription(stripe, "sub_1", status="canceled")
    assert made.send(ready, "d1").replayed
    assert len(redeemed(stripe)) == 1


def test_a_promotion_can_be_redeemed_only_once(stripe: Running) -> None:
    made = channel(stripe)
    sent = made.send(prepared(made, discount()), "d1")
    twice = httpx.post(
        f"{stripe.url}/v1/subscriptions/sub_1",
        data={"discounts[0][promotion_code]": str(sent.reference)},
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
    )
    assert twice.status_code == 400
    assert len(redeemed(stripe)) == 1


def test_discounts_that_changed_between_two_tries_are_no_mismatch(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, discount())
    stripe.set(at=REDEMPTION)
    stripe.inject("error_before")
    with pytest.raises(Unsure):
        made.send(ready, "d1")
    put(stripe, "discount", id="di_new", subscription="sub_1", customer="cus_9", promotion_code=None)
    subscription(stripe, "sub_1", discounts=["di_new"])
    sent = made.send(ready, "d1")
    (what,) = redeemed(stripe)
    assert what["form"]["discounts"] == [{"discount": "di_new"}, {"promotion_code": sent.reference}]


def test_a_discount_that_ends_in_the_same_moment_means_try_later(stripe: Running) -> None:
    for name in ("di_a", "di_b"):
        put(stripe, "discount", id=name, subscription="sub_1", customer="cus_9", promotion_code=None)
    subscription(stripe, "sub_1", discounts=["di_a", "di_b"], ending=True)
    made = channel(stripe)
    ready = prepared(made, discount())
    with pytest.raises(TryLater, match="have changed"):
        made.send(ready, "d1")
    assert redeemed(stripe) == []
    sent = made.send(ready, "d1")
    (what,) = redeemed(stripe)
    assert what["form"]["discounts"] == [{"discount": "di_b"}, {"promotion_code": sent.reference}]


def test_many_at_once_give_one_discount(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, discount())
    ends: list[str] = []

    def one() -> None:
        try:
            ends.append(str(made.send(ready, "d1").reference))
        except (TryLater, Unsure, Refused):
            ends.append("")

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(redeemed(stripe)) == 1
    assert len(ends) == 8
    assert len({end for end in ends if end}) == 1


@pytest.mark.parametrize("incentive", [credit(), discount()], ids=["credit", "discount"])
def test_whatever_fails_in_whatever_order_it_is_made_once(stripe: Running, incentive: Incentive) -> None:
    made = channel(stripe)
    dice = random.Random(7)
    unsure = later = 0
    customers(stripe, {f"cus_r{number}": f"sub_r{number}" for number in range(20)})
    for number in range(20):
        name = f"d{number}"
        ready = prepared(made, incentive, name, f"cus_r{number}")
        stripe.set(at=dice.choice(["/v1/", "POST /v1/", "POST /v1/subscriptions", "balance"]))
        for _ in range(dice.randint(1, 4)):
            stripe.inject(dice.choice(FAULTS_OF_STRIPE))
        for _ in range(12):
            try:
                sent = made.send(ready, name)
                break
            except Unsure:
                unsure += 1
            except TryLater:
                later += 1
        stripe.heal()
        assert sent.reference == made.send(ready, name).reference
        assert len([e for e in stripe.effects() if e["key"] == name]) == 1
    assert unsure
    assert later


def test_a_worker_that_dies_in_the_call_leaves_one_credit(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, credit())
    stripe.inject("slow", seconds=30)
    program = (
        "import sys, tests.channels.stripe_account as t, tests.channels.orders as o\n"
        "made = t.StripeChannel.from_settings('b', {'api_key': t.KEY, 'base_url': sys.argv[1]}, t.Path())\n"
        "made.send(t.prepared(made, o.credit()), 'd1')"
    )
    path = os.pathsep.join(part for part in sys.path if part)
    command = [sys.executable, "-c", program, stripe.url]
    worker = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
    while not stripe.effects("d1"):
        assert worker.poll() is None
        time.sleep(0.02)
    worker.kill()
    worker.wait()
    assert made.send(ready, "d1").replayed
    assert len(stripe.effects("d1")) == 1


# Failures that Stripe keeps -----------------------------------------------------------------------


def test_a_stored_failure_with_the_credit_made_is_seen_in_the_balance(stripe: Running) -> None:
    made = channel(stripe)
    stripe.inject("error_after")
    sent = made.send(prepared(made, credit()), "d1")
    assert sent.replayed
    assert len(stripe.effects("d1")) == 1


def test_a_stored_failure_with_nothing_made_is_got_over(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, credit())
    stripe.inject("error_before")
    with pytest.raises(Unsure):
        made.send(ready, "d1")
    assert made.look_up(ready, "d1") is None
    sent = made.send(ready, "d1")
    assert len(stripe.effects("d1")) == 1
    assert [c["key"] for c in posts(stripe, "/v1/customers")] == ["d1:credit", "d1:credit", "d1:credit:2"]
    # A third try walks along the same keys.
    assert made.send(ready, "d1").reference == sent.reference
    assert len(stripe.effects("d1")) == 1


def test_a_stored_failure_that_cannot_be_looked_into_stays_unsure(stripe: Running) -> None:
    made = channel(stripe)
    ready = prepared(made, credit())
    stripe.set(at="balance_transactions", skip=1)
    stripe.inject("error_after")
    stripe.inject("throttled")
    with pytest.raises(Unsure, match="cannot be read"):
        made.send(ready, "d1")
    assert made.send(ready, "d1").replayed
    assert len(stripe.effects("d1")) == 1


def test_a_failure_that_is_not_stored_is_unsure_and_the_same_key_goes_again(stripe: Running) -> None:
    stripe.set(stored=False)
    made = channel(stripe)
    ready = prepared(made, credit())
    stripe.inject("error_before")
    with pytest.raises(Unsure):
        made.send(ready, "d1")
    made.send(ready, "d1")
    assert {c["key"] for c in posts(stripe, "/v1/customers")} == {"d1:credit"}
