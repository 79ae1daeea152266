"""What follows from a channel's news at once, in the transaction that keeps it.

| news | follows |
| --- | --- |
| bounced | nothing more is sent to that address |
| complained, unsubscribed | the same, and the customer's no to that channel is on record |
| delivered, opened, clicked, redeemed | a delivery of which nobody knew was sent |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.campaigns.requests import Requests
from retinue.campaigns.settling import Settled, settle
from retinue.channels.base import Channel, Response, Sent
from retinue.privacy import workspace_key
from retinue.store.accounts import naive
from retinue.store.consents import Word, say_in
from retinue.store.deliveries import DeliveryRecord, found_in
from retinue.store.responses import keep
from retinue.store.suppression import address_token, suppress_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.channels.base import Prepared
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["NO_MORE", "PROOF", "Reaction", "no_word", "take_news"]

NO_MORE = ("bounced", "complained", "unsubscribed")
"""News after which nothing more is sent to the address."""

PROOF = ("delivered", "opened", "clicked", "redeemed")
"""News that proves that a delivery was sent."""


def take_news(
    store: Store,
    settings: Settings,
    channels: Mapping[str, Channel],
    name: str,
    calls: Iterable[tuple[Mapping[str, str], bytes]],
    *,
    url: str,
    now: datetime,
) -> tuple[int, int]:
    """Keep what callbacks of a channel tell, and act on it, all in one transaction; how much was new, and how
    much was known.

    channels: open ones, that of `name` among them. calls: headers (names in lower case) and body of each.
    url: as the other end called it. now: aware UTC. Raises BadCallback.
    """
    news = [
        one
        for headers, body in calls
        for one in channels[name].read_callback(headers, body, url=url, now=now)
    ]
    key = workspace_key(settings.state)
    requests = Requests(store, channels, settings, key)
    fresh = keep(
        store,
        name,
        news,
        now=now,
        token=lambda address: address_token(address, key) if address else None,
        then=Reaction(key, requests.kept, clock=now),
    )
    return fresh, len(news) - fresh


class Reaction:
    """Acts on news; give it to `retinue.store.responses.keep` as `then`.

    Parameters
    ----------
    key: the workspace's key (32 bytes). kept: the request of a delivery as it was sent, unsealed. clock: now
    (aware UTC).
    """

    def __init__(
        self, key: bytes, kept: Callable[[DeliveryRecord], Prepared | None], *, clock: datetime
    ) -> None:
        self._key = key
        self._kept = kept
        self._clock = clock

    def __call__(self, session: Session, channel: str, news: Sequence[Response]) -> None:
        """Act, within the caller's transaction."""
        for one in news:
            delivery = found_in(session, one.delivery_id, one.reference)
            if one.kind in NO_MORE:
                self._no_more(session, one, delivery)
            elif one.kind in PROOF and delivery is not None and delivery.state == "unknown":
                proven = Settled("sent", f"{channel} told: {one.kind}", sent=Sent(one.reference))
                settle(session, delivery, proven, clock=self._clock)

    def _no_more(self, session: Session, news: Response, delivery: DeliveryRecord | None) -> None:
        address = news.recipient
        if not address and delivery is not None:
            kept = self._kept(delivery)
            address = None if kept is None else kept.recipient
        if address:
            suppress_in(session, address, news.kind, self._key, clock=self._clock)
        if news.kind != "bounced" and delivery is not None:
            say_in(session, [no_word(delivery, f"{news.kind} {news.response_id}", news.at, self._clock)])


def no_word(delivery: DeliveryRecord, occasion: str, at: datetime, clock: datetime) -> Word:
    """The customer's no to the way a delivery came by. `occasion`: what tells this no from others."""
    name = hashlib.sha256(f"{delivery.delivery_id}\0{occasion}".encode()).hexdigest()[:24]
    moment = min(naive(at), naive(clock))
    through = delivery.content.get("medium") or delivery.channel
    return Word(f"said_{name}", delivery.customer_id, str(through), "marketing", False, moment, naive(clock))
