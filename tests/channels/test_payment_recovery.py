"""Open invoices tried again, against the double of Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.channels.orders import contact, order

from retinue.channels import Prepared, Refused, Sent, TryLater, Unsure
from retinue.channels.payment_recovery import PaymentRecovery
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.stripe import KEY

PAY = "POST /v1/invoices/in_1/pay"


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("stripe") as running:
        yield running


@pytest.fixture
def stripe(double: Running) -> Running:
    double.reset()
    double.set(at="", in_use=0, stored=True)
    double.set(put=[{"kind": "customer", "id": "cus_9"}])
    invoice(double)
    return double


@pytest.fixture
def recovery(stripe: Running) -> Iterator[PaymentRecovery]:
    raw = {"api_key": KEY, "base_url": stripe.url, "read_seconds": 1, "return_url": "https://shop.example"}
    made = PaymentRecovery.from_settings("retry", raw, Path())
    yield made
    made.close()


def invoice(double: Running, **more: Any) -> None:
    thing = {"id": "in_1", "customer": "cus_9", "status": "open", "amount_due": 4900, "amount_paid": 0}
    double.set(put=[{"kind": "invoice", "collection_method": "charge_automatically", **thing, **more}])


def prepared(made: PaymentRecovery, facts: dict[str, Any] | None = None) -> Prepared:
    asked = order(facts={"invoice": "in_1"} if facts is None else facts)
    return made.prepare(asked, contact(stripe="cus_9"), None)


def test_an_open_invoice_is_collected(stripe: Running, recovery: PaymentRecovery) -> None:
    assert recovery.send(prepared(recovery), "d1") == Sent("in_1", detail="paid")
    assert [effect["what"]["id"] for effect in stripe.effects("d1")] == ["in_1"]
    assert recovery.look_up(prepared(recovery), "d1") == Sent("in_1", replayed=True, detail="paid")


def test_a_decline_is_refused_with_the_reason_of_the_bank(stripe: Running, recovery: PaymentRecovery) -> None:
    invoice(stripe, declines="insufficient_funds")
    with pytest.raises(Refused, match=r"^declined \(insufficient_funds\)$"):
        recovery.send(prepared(recovery), "d1")
    assert recovery.look_up(prepared(recovery), "d1") is None
    assert stripe.effects() == []


def test_an_invoice_that_is_paid_counts_as_done(stripe: Running, recovery: PaymentRecovery) -> None:
    invoice(stripe, status="paid")
    sent = recovery.send(prepared(recovery), "d1")
    assert sent == Sent("in_1", replayed=True, detail="was paid already")
    assert [call["method"] for call in stripe.calls()] == ["GET"]


def test_an_invoice_that_is_paid_in_the_same_moment_counts_as_done(
    stripe: Running, recovery: PaymentRecovery
) -> None:
    invoice(stripe, paid_meanwhile=True)
    sent = recovery.send(prepared(recovery), "d1")
    assert sent == Sent("in_1", replayed=True, detail="was paid already")
    assert stripe.effects() == []


@pytest.mark.parametrize("status", ["draft", "void", "uncollectible"])
def test_an_invoice_that_is_not_open_is_refused(
    stripe: Running, recovery: PaymentRecovery, status: str
) -> None:
    invoice(stripe, status=status)
    with pytest.raises(Refused, match="not open"):
        recovery.send(prepared(recovery), "d1")


def test_the_invoice_of_another_customer_is_not_touched(stripe: Running, recovery: PaymentRecovery) -> None:
    invoice(stripe, customer="cus_other")
    with pytest.raises(Refused, match="another customer"):
        recovery.send(prepared(recovery), "d1")
    assert [call["method"] for call in stripe.calls()] == ["GET"]


def test_an_invoice_that_is_paid_by_hand_is_refused(stripe: Running, recovery: PaymentRecovery) -> None:
    invoice(stripe, collection_method="send_invoice")
    with pytest.raises(Refused, match="by hand"):
        recovery.send(prepared(recovery), "d1")


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage"])
def test_after_a_lost_answer_nothing_is_charged_twice(
    stripe: Running, recovery: PaymentRecovery, fault: Any
) -> None:
    stripe.inject(fault)
    with pytest.raises(Unsure):
        recovery.send(prepared(recovery), "d1")
    assert recovery.send(prepared(recovery), "d1").replayed
    assert len(stripe.effects()) == 1


def test_a_failure_with_the_payment_made_is_seen_in_the_invoice(
    stripe: Running, recovery: PaymentRecovery
) -> None:
    stripe.inject("error_after")
    assert recovery.send(prepared(recovery), "d1").replayed
    assert len(stripe.effects()) == 1


def test_a_look_up_that_fails_is_unsure(stripe: Running, recovery: PaymentRecovery) -> None:
    stripe.set(at="GET /v1/invoices")
    stripe.inject("throttled")
    with pytest.raises(Unsure):
        recovery.look_up(prepared(recovery), "d1")


@pytest.mark.parametrize("facts", [{}, {"invoice": "cus_9"}, {"invoice": "in_1/void"}, {"invoice": 7}])
def test_without_an_invoice_there_is_nothing_to_do(recovery: PaymentRecovery, facts: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="invoice"):
        prepared(recovery, facts)


def test_a_link_for_a_new_card(stripe: Running, recovery: PaymentRecovery) -> None:
    link = recovery.card_link(contact(stripe="cus_9"))
    assert link.startswith("https://billing.stripe.example/session/")
    assert recovery.card_link(contact(stripe="cus_9")) != link
    with pytest.raises(Refused):
        recovery.card_link(contact())
    stripe.inject("lost_answer")
    with pytest.raises(TryLater) as later:
        recovery.card_link(contact(stripe="cus_9"))
    assert "session" not in later.value.reason
