"""Deliveries of which nobody knows whether they were done: looked up, or settled by a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from retinue.campaigns.settling import Settled, settle
from retinue.channels.base import ChannelFault
from retinue.errors import NotFoundError, StateError
from retinue.store.accounts import naive
from retinue.store.deliveries import delivery_of, list_deliveries
from retinue.store.outbox import stale_in, unknown_in
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.channels.base import Channel, Prepared
    from retinue.settings import Settings
    from retinue.store import Store
    from retinue.store.deliveries import DeliveryRecord

__all__ = ["give_up_stale", "reconcile", "settle_by_hand"]


def reconcile(
    store: Store,
    channels: Mapping[str, Channel],
    opened: Callable[[DeliveryRecord], Prepared | None],
    settings: Settings,
    *,
    clock: datetime,
    limit: int = 100,
) -> int:
    """Ask the channels that can tell; how many deliveries were settled.

    opened: the request that was sent, unsealed. What was done becomes `sent`. What surely was not done is
    queued again, but only where the call is surely over (its worker lives and wrote that down) and was long
    enough ago for the other end to have seen it; else a person decides.
    """
    settled = looked = 0
    able = [name for name, channel in channels.items() if channel.capabilities.looks_up]
    waiting = list_deliveries(store, channels=able, states=("unknown",))
    # What cannot be settled stays unknown; beginning elsewhere each time, it stands in nobody's way.
    start = int(clock.timestamp()) % len(waiting) if len(waiting) > limit else 0
    for delivery in waiting[start:] + waiting[:start]:
        if looked >= limit:
            break
        looked += 1
        try:
            prepared = opened(delivery)
            if prepared is None:
                continue
            found = channels[delivery.channel].look_up(prepared, delivery.delivery_id)
        except Exception as error:
            if not isinstance(error, ChannelFault):
                log = logger(__name__).bind(delivery=delivery.delivery_id, channel=delivery.channel)
                log.error("a look-up broke", error=type(error).__name__)
            continue
        patience = timedelta(seconds=settings.delivery.unsure_wait_seconds)
        if found is not None:
            outcome = Settled("sent", "found by a look-up", sent=found)
        elif delivery.over and naive(clock) >= delivery.changed_at + patience:
            outcome = Settled("queued", "surely not done, says a look-up")
        else:
            continue
        settled += _settle_unknown(store, delivery.delivery_id, outcome, clock)
    return settled


def give_up_stale(store: Store, channels: Mapping[str, Channel], *, clock: datetime) -> int:
    """End what waits for a channel that is not in the settings any more, once it is stale; how many.

    What may have been sent through it becomes `unknown`.
    """
    with store.transaction() as session:
        stale = stale_in(session, list(channels), clock=clock)
        for held in stale:
            why = f"There is no channel {held.channel} any more."
            lost = held.state == "sending"
            outcome = Settled("unknown", why, over=held.over) if lost else Settled("expired", why)
            settle(session, held, outcome, clock=clock)
    return len(stale)


def settle_by_hand(
    store: Store, delivery_id: str, what: Literal["sent", "failed"], *, who: str, reason: str, clock: datetime
) -> None:
    """A person looked at the other end and says whether it was done.

    Raises NotFoundError or StateError when nothing is unknown about the delivery.
    """
    found = delivery_of(store, delivery_id)
    said = f"{who}: {reason}" if reason else who
    if found is None or not _settle_unknown(store, delivery_id, Settled(what, said), clock):
        state = "not there" if found is None else found.state
        raise (NotFoundError if found is None else StateError)(
            f"Delivery {delivery_id} is {state}: there is nothing to settle.",
            where="deliveries",
            fix="List what is unknown: retinue deliveries --state unknown",
        )


def _settle_unknown(store: Store, delivery_id: str, outcome: Settled, clock: datetime) -> bool:
    with store.transaction() as session:
        held = unknown_in(session, delivery_id)
        if held is None:
            return False
        settle(session, held, outcome, clock=clock)
        return True
