"""Stripe: the offer itself, made in billing.

| incentive | what is made |
| --- | --- |
| `percentage_discount` | a discount on the subscription, beside those that are there |
| `fixed_credit` | a transaction on the customer's balance; the next invoice uses it up |
| others | `Refused`: billing cannot make them |

A discount takes three things: a coupon, one per terms for all customers; a promotion code for this customer
and one redemption; and its redemption on the subscription. The promotion code is what keeps a discount from
being given twice: it follows from the delivery's key, and the discount on the subscription names it. A credit
carries the key, and is looked for before it is made.

Stripe replaces the whole list of discounts. It is read and sent back with ours at its end; a discount that
somebody adds in that very second is lost, which Stripe offers no way to prevent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from retinue.channels.base import (
    Capabilities,
    ChannelFault,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Response,
    Sent,
    Unsure,
)
from retinue.channels.section import read_section
from retinue.channels.stripe_api import StripeApi, StripeSection, id_of, minor_units
from retinue.channels.stripe_callback import read_stripe_callback
from retinue.channels.stripe_discounts import Discounts
from retinue.domain import Incentive

__all__ = ["StripeChannel", "StripeSettings"]

_KEY_LIFE = timedelta(days=365)
"""Stripe forgets a key after a day; but a credit is looked for, and a promotion code is redeemed once."""

_SINCE = timedelta(days=1)
"""How much earlier than planned a credit is looked for: the clocks of both ends may differ."""


class StripeSettings(StripeSection):
    """The section of a channel with `kind = "stripe"`."""

    several: Literal["refuse", "newest", "oldest"] = Field(
        "refuse", description="which subscription is discounted when a customer has several that run"
    )
    credit_text: str = Field(
        "Credit", min_length=1, max_length=300, description="what customers read beside a credit"
    )
    coupon_name: str = Field(
        "{percent} % off", max_length=40, description="what customers read beside a discount"
    )


class StripeChannel:
    """Makes discounts and credits in one Stripe account."""

    def __init__(self, name: str, settings: StripeSettings) -> None:
        self.name = name
        self.capabilities = Capabilities(
            kind="grant", needs="ids.stripe", honours_keys=True, key_life=_KEY_LIFE, looks_up=True
        )
        self._settings = settings
        self._api = StripeApi(settings)
        self._discounts = Discounts(self._api, settings.several)

    def __repr__(self) -> str:
        return f"StripeChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> StripeChannel:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(StripeSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """A discount or a credit. Raises Refused for what billing cannot make, or for an unknown customer."""
        incentive = order.incentive
        if incentive is None:
            raise Refused("there is no offer to make")
        customer = id_of(contact.ids.get("stripe"), "cus_", "customer")
        metadata = {
            "retinue_delivery": order.delivery_id,
            "retinue_decision": order.decision_id,
            "retinue_campaign": order.campaign_id,
        }
        body: dict[str, Any] = {"customer": customer, "metadata": metadata}
        if incentive.type == "percentage_discount":
            subscription = order.facts.get("subscription")
            body |= {"make": "discount", "coupon": self._coupon(incentive)}
            body |= {"subscription": str(subscription)} if subscription else {}
        elif incentive.type == "fixed_credit":
            if incentive.value <= 0:
                raise Refused("a credit must be larger than zero")
            currency = order.cost.currency
            body |= {
                "make": "credit",
                "amount": -minor_units(incentive.value, currency),
                "currency": currency.lower(),
                "description": self._settings.credit_text,
                "since": int((order.planned_at - _SINCE).timestamp()),
            }
        else:
            raise Refused(f"{incentive.type} cannot be made in Stripe: it makes discounts and credits")
        return Prepared(customer, body)

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Make it, once under this key."""
        body = prepared.body
        if body["make"] == "discount":
            return self._discounts.give(body, key)
        found = self._credit_of(body, key)
        if found is not None:
            if (found["amount"], found["currency"]) != (body["amount"], body["currency"]):
                raise Refused("a credit of another amount was made under this key")
            return _credited(found, before=True)
        form = {
            "amount": body["amount"],
            "currency": body["currency"],
            "description": body["description"],
            "metadata": {**body["metadata"], "retinue_key": key},
        }
        made, before = self._api.make(
            _balance(body), form, f"{key}:credit", lambda: self._credit_of(body, key)
        )
        return _credited(made, before=before)

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """What the customer's balance or subscription shows. Raises Unsure when it cannot be read."""
        body, words = prepared.body, ""
        try:
            if body["make"] == "discount":
                return self._discounts.find(body, key)
            found = self._credit_of(body, key)
            return None if found is None else _credited(found, before=True)
        except ChannelFault as fault:
            words = fault.reason
        raise Unsure(words)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """Discounts redeemed, invoices paid or failed. Raises BadCallback."""
        return read_stripe_callback(headers, body, secret=self._settings.webhook_secret, now=now)

    def close(self) -> None:
        """Release the connections."""
        self._api.close()

    def _coupon(self, incentive: Incentive) -> dict[str, Any]:
        percent, months = incentive.value, incentive.duration_months
        if not 0 < percent <= 100:
            raise Refused("a discount must be more than 0 and at most 100 percent")
        shown = f"{percent:g}"
        terms: dict[str, Any] = {"percent_off": percent, "duration": "repeating" if months else "once"}
        if months:
            terms["duration_in_months"] = months
        lasting = f"{months}-months" if months else "once"
        return {
            "id": f"retinue-{shown.replace('.', 'p')}-percent-{lasting}",
            "name": self._settings.coupon_name.replace("{percent}", shown),
            **terms,
        }

    def _credit_of(self, body: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        for row in self._api.pages(_balance(body), {}):
            if (row.get("metadata") or {}).get("retinue_key") == key:
                return row
            if row["created"] < body["since"]:
                return None
        return None


def _credited(made: Mapping[str, Any], *, before: bool) -> Sent:
    return Sent(made["id"], replayed=before, cost_cents=-int(made["amount"]))


def _balance(body: Mapping[str, Any]) -> str:
    return f"/v1/customers/{body['customer']}/balance_transactions"
