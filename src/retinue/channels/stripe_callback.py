"""What Stripe's webhooks tell: discounts redeemed, invoices paid or failed.

The signature is HMAC-SHA256 over `TIME.BODY`, in hexadecimal, under the whole secret as it is written
(`whsec_…`; nothing of it is decoded). While a secret is being replaced a callback carries two signatures, one
of which fits.
"""

from __future__ import annotations

import contextlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from retinue.channels.base import BadCallback, Response

__all__ = ["TOLERANCE_SECONDS", "read_stripe_callback", "stripe_signature"]

TOLERANCE_SECONDS = 300


def stripe_signature(secret: str, seconds: int, body: bytes) -> str:
    """The signature of a body sent at a Unix time.

    >>> stripe_signature("whsec_1", 1700000000, b"{}")[:16]
    'c8cf6ed9fd912087'
    """
    return hmac.digest(secret.encode(), f"{seconds}.".encode() + body, "sha256").hex()


def read_stripe_callback(
    headers: Mapping[str, str], body: bytes, *, secret: SecretStr | None, now: datetime
) -> Sequence[Response]:
    """The news in one callback; none for kinds that tell nothing about a delivery.

    Amounts are in the currency's smallest unit. `reference` is the promotion code's or the invoice's id,
    `recipient` the customer's id in Stripe.

    Raises BadCallback when signature, age or form is not right.
    """
    if secret is None or not secret.get_secret_value():
        raise BadCallback("no webhook_secret is set, so no callback can be believed")
    _verify(headers.get("stripe-signature", ""), body, secret.get_secret_value(), now)
    event = _event(body)
    kind, thing = event["type"], event["data"]["object"]
    at = datetime.fromtimestamp(event["created"], UTC)
    customer = _id(thing.get("customer"))
    if kind == "customer.discount.created" and thing.get("promotion_code"):
        promotion = _id(thing["promotion_code"])
        return [Response(event["id"], "redeemed", at, reference=promotion, recipient=customer)]
    if kind in ("invoice.paid", "invoice.payment_failed"):
        paid = kind == "invoice.paid"
        return [
            Response(
                event["id"],
                "paid" if paid else "failed",
                at,
                reference=_id(thing.get("id")),
                recipient=customer,
                cents=thing.get("amount_paid" if paid else "amount_remaining"),
                currency=str(thing.get("currency") or "").upper() or None,
            )
        ]
    return []


def _verify(header: str, body: bytes, secret: str, now: datetime) -> None:
    seconds, given = "", []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            seconds = value
        elif name == "v1":
            given.append(value)
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12) or not given:
        raise BadCallback("Stripe's signature is missing or has another form")
    right = stripe_signature(secret, int(seconds), body).encode()
    fits = [hmac.compare_digest(right, value.encode("utf-8", "replace")) for value in given]
    if not any(fits):
        raise BadCallback("Stripe's signature does not fit the body")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise BadCallback("Stripe's signature is too old")


def _event(body: bytes) -> dict[str, Any]:
    event: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        event = json.loads(body)
    if isinstance(event, dict) and event.get("object") == "v2.core.event":
        raise BadCallback(
            "this is a thin event; choose the payload style 'snapshot' for the endpoint in Stripe"
        )
    try:
        good = (
            isinstance(event["id"], str)
            and isinstance(event["type"], str)
            and isinstance(event["created"], int)
            and isinstance(event["data"]["object"], dict)
        )
    except (KeyError, TypeError):
        good = False
    if not good:
        raise BadCallback("Stripe's callback is no event")
    found: dict[str, Any] = event
    return found


def _id(value: Any) -> str | None:
    """An id, expanded or not."""
    found = value.get("id") if isinstance(value, dict) else value
    return str(found) if found else None
