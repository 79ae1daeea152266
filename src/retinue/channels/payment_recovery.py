"""Payment recovery in Stripe: an open invoice is tried again, or the customer gets a link to mend the card.

A retry is asked for by `facts = {"invoice": "in_…"}`. A bank that declines is `Refused`, with its reason. An
invoice that was paid in the meantime counts as done. Bank debits take days: `Sent` then says that the payment
is being processed, and the webhook `invoice.paid` that it came.

`card_link` makes the address of a page where the customer enters a new card. Whoever holds it may change
the customer's card, and it lasts only for minutes, so it belongs neither in a message nor in a table: let a
page of your own, which knows the customer, ask for it and redirect there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
from retinue.channels.stripe_api import StripeApi, StripeSection, id_of
from retinue.channels.stripe_callback import read_stripe_callback

__all__ = ["PaymentRecovery", "RecoverySettings"]


class RecoverySettings(StripeSection):
    """The section of a channel with `kind = "stripe_recovery"`."""

    return_url: str | None = Field(None, description="where the page for a new card leads back to")
    portal: str | None = Field(None, description="configuration (bpc_…) of Stripe's customer portal")


class PaymentRecovery:
    """Tries failed payments again in one Stripe account."""

    def __init__(self, name: str, settings: RecoverySettings) -> None:
        self.name = name
        self.capabilities = Capabilities(
            kind="recovery",
            needs="ids.stripe",
            honours_keys=True,
            key_life=timedelta(hours=24),
            looks_up=True,
        )
        self._settings = settings
        self._api = StripeApi(settings)

    def __repr__(self) -> str:
        return f"PaymentRecovery({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> PaymentRecovery:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(RecoverySettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """Which invoice of whom. Raises Refused when either is unknown."""
        customer = id_of(contact.ids.get("stripe"), "cus_", "customer")
        invoice = id_of(order.facts.get("invoice"), "in_", "invoice")
        return Prepared(customer, {"customer": customer, "invoice": invoice})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Ask Stripe to collect the invoice now."""
        name = prepared.body["invoice"]
        before = self._invoice(prepared)
        if before["status"] == "paid":
            return Sent(name, replayed=True, detail="was paid already")
        if before["status"] != "open":
            raise Refused("the invoice is not open")
        if before.get("collection_method", "charge_automatically") != "charge_automatically":
            raise Refused("the customer pays this invoice by hand")
        failed: Refused
        try:
            made, replayed = self._api.make(
                f"/v1/invoices/{name}/pay",
                {"off_session": True},
                f"{key}:pay",
                lambda: self._paid(prepared),
            )
            return Sent(name, replayed, detail="paid" if made["status"] == "paid" else "being processed")
        except Refused as refused:
            failed = refused
        # Stripe's own retries, or the customer, may have been quicker by a moment.
        if self._was_paid(prepared):
            return Sent(name, replayed=True, detail="was paid already")
        raise failed

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """Whether the invoice is paid. Raises Unsure when it cannot be read."""
        try:
            paid = self._paid(prepared)
        except ChannelFault as fault:
            words = fault.reason
        else:
            return Sent(prepared.body["invoice"], replayed=True, detail="paid") if paid else None
        raise Unsure(words)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """Invoices paid or failed. Raises BadCallback."""
        return read_stripe_callback(headers, body, secret=self._settings.webhook_secret, now=now)

    def card_link(self, contact: Contact) -> str:
        """The address of a page for a new card, good for minutes. Not to be stored, logged or mailed.

        Raises Refused when the customer has no id in Stripe, TryLater or ChannelDown when Stripe makes none.
        """
        customer = id_of(contact.ids.get("stripe"), "cus_", "customer")
        form = {
            "customer": customer,
            "return_url": self._settings.return_url,
            "configuration": self._settings.portal,
            "flow_data": {"type": "payment_method_update"},
        }
        return str(self._api.ask("/v1/billing_portal/sessions", form)["url"])

    def close(self) -> None:
        """Release the connections."""
        self._api.close()

    def _invoice(self, prepared: Prepared) -> dict[str, Any]:
        found = self._api.get(f"/v1/invoices/{prepared.body['invoice']}")
        owner = found.get("customer")
        if (owner.get("id") if isinstance(owner, dict) else owner) != prepared.body["customer"]:
            raise Refused("the invoice is another customer's")
        return found

    def _paid(self, prepared: Prepared) -> dict[str, Any] | None:
        found = self._invoice(prepared)
        return found if found["status"] == "paid" else None

    def _was_paid(self, prepared: Prepared) -> bool:
        try:
            return self._paid(prepared) is not None
        except ChannelFault:
            return False
