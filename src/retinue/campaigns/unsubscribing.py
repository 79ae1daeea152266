"""A customer unsubscribes by the link in a message: a word on consent, and the address suppressed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from retinue.campaigns.consent_now import may_contact_now
from retinue.campaigns.requests import kept_request
from retinue.campaigns.responding import no_word
from retinue.campaigns.steps import MEDIUM
from retinue.campaigns.unsubscribe_links import read_link
from retinue.channels.base import Response
from retinue.store.consents import say, words_of_one
from retinue.store.contacts import contact_of
from retinue.store.deliveries import DeliveryRecord, delivery_of
from retinue.store.responses import keep
from retinue.store.suppression import suppress

if TYPE_CHECKING:
    from retinue.store import Store

__all__ = ["linked", "unsubscribe"]

PURPOSE = "marketing"
"""What is refused: every offer is marketing in the sense of consent."""


def linked(store: Store, link: str, key: bytes) -> DeliveryRecord | None:
    """The message that a link belongs to; None for a link that we did not make."""
    name = read_link(link, key)
    found = None if name is None else delivery_of(store, name)
    return found if found is not None and found.kind == "message" else None


def unsubscribe(store: Store, delivery: DeliveryRecord, key: bytes, *, now: datetime) -> None:
    """Write to the customer no more the way this message came. Done again it changes nothing, unless the
    customer agreed again in between. `now`: aware UTC; key: the workspace's."""
    way = str(delivery.content.get("medium") or delivery.channel)
    if may_contact_now(words_of_one(store, delivery.customer_id), way, PURPOSE, now):
        say(store, [no_word(delivery, f"link {now.isoformat()}", now, now)])
    address = _address(store, delivery, way)
    if address:
        suppress(store, address, "unsubscribed", key, clock=now)
    news = Response(
        f"unsubscribed:{delivery.delivery_id}", "unsubscribed", now, delivery_id=delivery.delivery_id
    )
    keep(store, delivery.channel, [news], now=now)


def _address(store: Store, delivery: DeliveryRecord, way: str) -> str | None:
    """Where the message went; before it was sent, where it would go."""
    sent = kept_request(store, delivery)
    if sent is not None:
        return sent.recipient
    known = contact_of(store, delivery.customer_id)
    field = next((field for field, medium in MEDIUM.items() if medium == way), None)
    return None if known is None or field is None else getattr(known, field)
