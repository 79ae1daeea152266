"""Rewards in Stripe, against a double that keeps keys and replaces discounts as Stripe does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from tests.channels.orders import contact, credit, discount, order
from tests.channels.stripe_account import (
    YEARLY,
    channel,
    customers,
    fresh,
    posts,
    prepared,
    put,
    redeemed,
    subscription,
)

from retinue.channels import ChannelDown, Refused, Sent, TryLater, Unsure
from retinue.channels.stripe import StripeChannel
from retinue.channels.stripe_callback import stripe_signature
from retinue.channels.stripe_discounts import promotion_code
from retinue.domain import Incentive
from retinue.errors import SettingsError
from retinue.testing import SignedCallback, check_channel
from retinue.testing.channels import CONTACT, ORDER
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.stripe import KEY


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("stripe") as running:
        yield running


@pytest.fixture
def stripe(double: Running) -> Iterator[Running]:
    with fresh(double):
        yield double


class Redeemed:
    """The news that a discount was redeemed, as Stripe tells it."""

    dated = True
    rotates = False

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        thing = {"object": "discount", "customer": "cus_check", "promotion_code": f"promo_{delivery_id}"}
        event = {"id": "evt_1", "type": "customer.discount.created", "created": int(at.timestamp())}
        body = json.dumps({**event, "object": "event", "data": {"object": thing}}, indent=2).encode()
        seconds = int(at.timestamp())
        signed = stripe_signature(("whsec_first", "", "whsec_other")[secret], seconds, body)
        return SignedCallback({"stripe-signature": f"t={seconds},v1={signed}"}, body)


@pytest.mark.parametrize(
    ("incentive", "at"), [(discount(), "POST /v1/subscriptions/"), (credit(), "")], ids=["discount", "credit"]
)
def test_it_keeps_what_a_channel_promises(incentive: Incentive, at: str) -> None:
    secrets = {"api_key": KEY, "webhook_secret": "whsec_first"}

    def make(url: str) -> StripeChannel:
        raw = {**secrets, "base_url": url, "read_seconds": 0.4, "whole_seconds": 2}
        return StripeChannel.from_settings("billing", raw, Path())

    with start("stripe", customer="cus_check") as running:
        running.set(at=at)
        check_channel(
            make,
            running,
            order=replace(ORDER, incentive=incentive),
            contact=replace(CONTACT, ids={"stripe": "cus_check"}),
            message=None,
            secrets=list(secrets.values()),
            callback=Redeemed(),
        )


# What is made -------------------------------------------------------------------------------------


def test_a_credit_is_a_negative_amount_that_carries_its_key(stripe: Running) -> None:
    made = channel(stripe)
    sent = made.send(prepared(made, credit(25)), "d1")
    (effect,) = stripe.effects("d1")
    assert sent == Sent(effect["what"]["id"], cost_cents=2500)
    assert effect["what"]["form"]["amount"] == "-2500"
    assert effect["what"]["form"]["currency"] == "eur"
    assert effect["what"]["form"]["metadata"]["retinue_key"] == "d1"


def test_a_currency_without_cents_is_not_multiplied() -> None:
    made = StripeChannel.from_settings("billing", {"api_key": "k"}, Path())
    body = made.prepare(order(credit(500), currency="JPY"), contact(stripe="cus_9"), None).body
    assert (body["amount"], body["currency"]) == (-500, "jpy")


def test_a_discount_is_redeemed_on_the_subscription(stripe: Running) -> None:
    made = channel(stripe)
    sent = made.send(prepared(made, discount(15, 3)), "d1")
    (what,) = redeemed(stripe)
    assert what["form"]["discounts"] == [{"promotion_code": sent.reference}]
    assert not sent.replayed


def test_two_discounts_are_kept_when_a_third_comes(stripe: Running) -> None:
    for name in ("di_a", "di_b"):
        put(stripe, "discount", id=name, subscription="sub_1", customer="cus_9", promotion_code=None)
    subscription(stripe, "sub_1", discounts=["di_a", "di_b"])
    made = channel(stripe)
    sent = made.send(prepared(made, discount()), "d1")
    (what,) = redeemed(stripe)
    assert what["form"]["discounts"] == [
        {"discount": "di_a"},
        {"discount": "di_b"},
        {"promotion_code": sent.reference},
    ]


def test_discounts_of_two_deliveries_stand_side_by_side(stripe: Running) -> None:
    made = channel(stripe)
    first = made.send(prepared(made, discount(10)), "d1")
    second = made.send(prepared(made, discount(5), "d2"), "d2")
    assert made.look_up(prepared(made, discount(10)), "d1") == Sent(first.reference, replayed=True)
    assert len(redeemed(stripe)[-1]["form"]["discounts"]) == 2
    assert first.reference != second.reference


def test_a_coupon_is_made_once_for_a_hundred_customers(stripe: Running) -> None:
    made = channel(stripe)
    customers(stripe, {f"cus_x{number}": f"sub_x{number}" for number in range(100)})
    for number in range(100):
        made.send(prepared(made, discount(), f"d{number}", f"cus_x{number}"), f"d{number}")
    assert len(posts(stripe, "/v1/coupons")) == 1
    assert len([c for c in stripe.calls() if c["path"].startswith("/v1/coupons/")]) == 1
    assert len(redeemed(stripe)) == 100


def test_a_coupon_that_another_worker_made_is_taken(stripe: Running) -> None:
    first, second = channel(stripe), channel(stripe)
    customers(stripe, {"cus_8": "sub_8"})
    first.send(prepared(first, discount()), "d1")
    second.send(prepared(second, discount(), "d2", "cus_8"), "d2")
    assert len(posts(stripe, "/v1/coupons")) == 1


def test_a_coupon_of_other_terms_under_our_name_is_not_used(stripe: Running) -> None:
    terms = {"percent_off": 50.0, "duration": "repeating", "duration_in_months": 3, "valid": True}
    put(stripe, "coupon", id="retinue-15-percent-3-months", **terms)
    made = channel(stripe)
    with pytest.raises(Refused, match="other terms"):
        made.send(prepared(made, discount(15, 3)), "d1")
    assert redeemed(stripe) == []


@pytest.mark.parametrize("kind", ["free_upgrade", "loyalty_points", "personalized_bundle"])
def test_what_billing_cannot_make_is_refused(kind: str) -> None:
    made = StripeChannel.from_settings("billing", {"api_key": "k"}, Path())
    with pytest.raises(Refused, match=f"{kind} cannot be made in Stripe"):
        made.prepare(order(Incentive(kind, kind, 10)), contact(stripe="cus_9"), None)


@pytest.mark.parametrize("who", ["", "sub_1", "cus_9/balance_transactions", "cus_9?x=1", "cus_ö"])
def test_an_id_that_is_none_is_refused_and_not_repeated(who: str) -> None:
    made = StripeChannel.from_settings("billing", {"api_key": "k"}, Path())
    with pytest.raises(Refused) as refused:
        made.prepare(order(credit()), contact(stripe=who), None)
    assert not who or who not in refused.value.reason


def test_the_same_order_is_prepared_to_the_same_bytes() -> None:
    made = StripeChannel.from_settings("billing", {"api_key": "k"}, Path())
    one, two = (json.dumps(prepared(made, discount(12.5)).body) for _ in range(2))
    assert one == two
    assert '"retinue-12p5-percent-3-months"' in one


# Which subscription -------------------------------------------------------------------------------


def test_several_subscriptions_are_refused_until_the_settings_say_which(stripe: Running) -> None:
    subscription(stripe, "sub_2")
    made = channel(stripe)
    with pytest.raises(Refused, match="several"):
        made.send(prepared(made, discount()), "d1")
    assert posts(stripe, "/v1/") == []
    newest, oldest = channel(stripe, several="newest"), channel(stripe, several="oldest")
    newest.send(prepared(newest, discount()), "d1")
    oldest.send(prepared(oldest, discount(), "d2"), "d2")
    assert [what["id"] for what in redeemed(stripe)] == ["sub_2", "sub_1"]


def test_an_order_may_name_the_subscription(stripe: Running) -> None:
    subscription(stripe, "sub_2")
    made = channel(stripe)
    named = order(discount(), facts={"subscription": "sub_2"})
    made.send(made.prepare(named, contact(stripe="cus_9"), None), "d1")
    assert [what["id"] for what in redeemed(stripe)] == ["sub_2"]


@pytest.mark.parametrize("status", ["canceled", "unpaid", "incomplete", "paused"])
def test_a_subscription_that_does_not_run_gets_nothing(stripe: Running, status: str) -> None:
    subscription(stripe, "sub_1", status=status)
    made = channel(stripe)
    with pytest.raises(Refused, match="no subscription that runs"):
        made.send(prepared(made, discount()), "d1")


def test_months_of_discount_on_a_yearly_invoice_are_refused(stripe: Running) -> None:
    subscription(stripe, "sub_1", items=YEARLY)
    made = channel(stripe)
    with pytest.raises(Refused, match="billed every 12 months"):
        made.send(prepared(made, discount(15, 3)), "d1")
    assert made.send(prepared(made, discount(15, 12), "d2"), "d2").reference


def test_a_discount_of_the_customer_is_not_replaced(stripe: Running) -> None:
    put(stripe, "customer", id="cus_9", currency="eur", discount={"id": "di_own"})
    made = channel(stripe)
    with pytest.raises(Refused, match="discount of their own"):
        made.send(prepared(made, discount()), "d1")


# What the answers mean ----------------------------------------------------------------------------


def test_a_key_that_is_in_use_leaves_it_open(stripe: Running) -> None:
    made = channel(stripe)
    stripe.set(in_use=1)
    with pytest.raises(Unsure, match="still at work"):
        made.send(prepared(made, credit()), "d1")
    assert made.send(prepared(made, credit()), "d1").reference


def test_a_key_with_another_request_is_refused(stripe: Running) -> None:
    made = channel(stripe)
    path = "/v1/customers/cus_9/balance_transactions"
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "d1:credit"}
    form = {"amount": "-1", "currency": "eur"}
    assert httpx.post(stripe.url + path, data=form, headers=headers, trust_env=False).status_code == 200
    with pytest.raises(Refused, match="another request"):
        made.send(prepared(made, credit(25)), "d1")
    assert len(stripe.effects("d1")) == 1


def test_a_credit_of_another_amount_under_the_key_is_refused(stripe: Running) -> None:
    made = channel(stripe)
    made.send(prepared(made, credit(25)), "d1")
    with pytest.raises(Refused, match="another amount"):
        made.send(prepared(made, credit(30)), "d1")
    assert len(stripe.effects("d1")) == 1


def test_a_lock_timeout_is_tried_later_with_the_wait_that_is_asked(stripe: Running) -> None:
    made = channel(stripe)
    stripe.inject("throttled_wait", retry_after=7)
    with pytest.raises(TryLater, match="lock_timeout") as later:
        made.send(prepared(made, credit()), "d1")
    assert later.value.after == 7
    assert stripe.effects() == []


def test_a_wrong_currency_is_refused(stripe: Running) -> None:
    made = channel(stripe)
    dollars = made.prepare(order(credit(), currency="USD"), contact(stripe="cus_9"), None)
    with pytest.raises(Refused, match="currency_mismatch"):
        made.send(dollars, "d1")


def test_a_wrong_key_pauses_the_channel_and_is_not_shown(stripe: Running) -> None:
    made = channel(stripe, api_key="sk_live_secret")
    with pytest.raises(ChannelDown) as down:
        made.send(prepared(made, credit()), "d1")
    assert "sk_live" not in f"{down.value!r}{made!r}{vars(made)!r}"


def test_what_stripe_repeats_of_a_request_is_not_passed_on(stripe: Running) -> None:
    made = channel(stripe)
    stripe.inject("invalid")
    with pytest.raises(Refused) as refused:
        made.send(prepared(made, credit()), "d1")
    assert refused.value.reason == "Stripe answered 400 (parameter_invalid)"


def test_a_look_up_that_fails_is_unsure(stripe: Running) -> None:
    made = channel(stripe)
    stripe.set(at="/v1/")
    stripe.inject("error_before")
    with pytest.raises(Unsure):
        made.look_up(prepared(made, credit()), "d1")


def test_a_look_up_goes_through_all_pages_of_the_balance(stripe: Running) -> None:
    made = channel(stripe)
    made.send(prepared(made, credit()), "d1")
    row = {"customer": "cus_9", "amount": -1, "metadata": {}, "kind": "customer_balance_transaction"}
    stripe.set(put=[{"id": f"cbtxn_x{number}", **row} for number in range(120)])
    found = made.look_up(prepared(made, credit()), "d1")
    assert found is not None
    assert found.cost_cents == 2500


def test_a_promotion_code_holds_only_letters_and_digits() -> None:
    assert promotion_code("a key: with/anything").isalnum()
    assert promotion_code("d1") != promotion_code("d2")


def test_a_misspelt_key_of_the_section_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="api_key") as error:
        StripeChannel.from_settings("billing", {"api_kee": "sk_live_secret"}, tmp_path)
    assert "sk_live" not in str(error.value)
