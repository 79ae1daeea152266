"""Stripe's webhooks: what is believed, and what it means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from retinue.channels import BadCallback, Response
from retinue.channels.stripe_callback import read_stripe_callback, stripe_signature

SIGNED_BY = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())


def event(kind: str, thing: dict[str, Any], name: str = "evt_1") -> bytes:
    body = {"id": name, "object": "event", "type": kind, "created": SECONDS - 5, "data": {"object": thing}}
    return json.dumps(body, indent=1).encode()


def read(body: bytes, header: str | None = None, now: datetime = NOW) -> list[Response]:
    signed = f"t={SECONDS},v1={stripe_signature(SIGNED_BY, SECONDS, body)}"
    headers = {"stripe-signature": signed if header is None else header}
    return list(read_stripe_callback(headers, body, secret=SecretStr(SIGNED_BY), now=now))


def test_a_redeemed_discount_is_known_by_its_promotion_code() -> None:
    thing = {"id": "di_1", "customer": "cus_9", "promotion_code": "promo_1", "subscription": "sub_1"}
    at = NOW - timedelta(seconds=5)
    assert read(event("customer.discount.created", thing)) == [
        Response("evt_1", "redeemed", at, reference="promo_1", recipient="cus_9")
    ]


def test_expanded_ids_read_as_plain_ones() -> None:
    thing = {"id": "di_1", "customer": {"id": "cus_9"}, "promotion_code": {"id": "promo_1"}}
    (found,) = read(event("customer.discount.created", thing))
    assert (found.reference, found.recipient) == ("promo_1", "cus_9")


def test_a_discount_without_a_promotion_code_is_not_ours() -> None:
    assert read(event("customer.discount.created", {"id": "di_1", "promotion_code": None})) == []


def test_invoices_tell_their_cents() -> None:
    thing = {"id": "in_1", "customer": "cus_9", "amount_paid": 4900, "amount_remaining": 0, "currency": "eur"}
    (paid,) = read(event("invoice.paid", thing))
    assert (paid.kind, paid.reference, paid.cents, paid.currency) == ("paid", "in_1", 4900, "EUR")
    thing |= {"amount_paid": 0, "amount_remaining": 4900}
    (failed,) = read(event("invoice.payment_failed", thing))
    assert (failed.kind, failed.cents) == ("failed", 4900)


def test_other_kinds_tell_nothing() -> None:
    assert read(event("customer.updated", {"id": "cus_9"})) == []


def test_any_of_several_signatures_fits_while_a_secret_is_replaced() -> None:
    body = event("customer.updated", {"id": "cus_9"})
    right = stripe_signature(SIGNED_BY, SECONDS, body)
    assert read(body, f"t={SECONDS},v1={'0' * 64},v1={right},v0={'1' * 64}") == []


def test_the_secret_is_used_as_it_is_written() -> None:
    import base64
    import hmac

    body = event("customer.updated", {"id": "cus_9"})
    decoded = base64.b64decode(SIGNED_BY.removeprefix("whsec_"))
    wrong = hmac.digest(decoded, f"{SECONDS}.".encode() + body, "sha256").hex()
    with pytest.raises(BadCallback, match="does not fit"):
        read(body, f"t={SECONDS},v1={wrong}")


def test_a_body_written_anew_is_not_believed() -> None:
    body = event("customer.updated", {"id": "cus_9"})
    header = f"t={SECONDS},v1={stripe_signature(SIGNED_BY, SECONDS, body)}"
    with pytest.raises(BadCallback, match="does not fit"):
        read(json.dumps(json.loads(body)).encode(), header)


@pytest.mark.parametrize("seconds", [301, -301])
def test_an_old_or_early_signature_is_not_believed(seconds: int) -> None:
    body = event("customer.updated", {"id": "cus_9"})
    with pytest.raises(BadCallback, match="too old"):
        read(body, now=NOW + timedelta(seconds=seconds))
    assert read(body, now=NOW + timedelta(seconds=seconds - seconds // abs(seconds))) == []


@pytest.mark.parametrize(
    "header",
    ["", "t=,v1=00", "v1=00", f"t={SECONDS}", "t=²,v1=00", f"t={'9' * 40},v1=0", f"t={SECONDS},v1=é"],
)
def test_a_signature_of_another_form_is_not_believed(header: str) -> None:
    with pytest.raises(BadCallback):
        read(event("customer.updated", {"id": "cus_9"}), header)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id":1,"type":"a","created":1,"data":{"object":{}}}', b"\xff"]
)
def test_what_is_no_event_is_a_bad_callback(body: bytes) -> None:
    with pytest.raises(BadCallback):
        read(body)


def test_thin_events_say_what_to_choose() -> None:
    with pytest.raises(BadCallback, match="snapshot"):
        read(json.dumps({"id": "evt_1", "object": "v2.core.event", "type": "v1.invoice.paid"}).encode())


def test_without_a_secret_nothing_is_believed() -> None:
    body = event("customer.updated", {"id": "cus_9"})
    header = {"stripe-signature": f"t={SECONDS},v1={stripe_signature('', SECONDS, body)}"}
    with pytest.raises(BadCallback, match="webhook_secret"):
        read_stripe_callback(header, body, secret=None, now=NOW)


def test_an_empty_secret_is_no_secret() -> None:
    body = event("customer.updated", {"id": "cus_9"})
    header = {"stripe-signature": f"t={SECONDS},v1={stripe_signature('', SECONDS, body)}"}
    with pytest.raises(BadCallback, match="webhook_secret"):
        read_stripe_callback(header, body, secret=SecretStr(""), now=NOW)
