"""A customer objects to direct marketing and to being profiled for it: absolute, and heeded at once.

One transaction puts the no on record, cancels what waits to be sent, closes what waits for a person and frees
the money. A sender reads the no in the transaction of its mark, so that a delivery which was claimed before
does not go out either; only a call that was marked before is followed to its end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.campaigns.gates import PROMISED
from retinue.campaigns.profiling import PROFILING
from retinue.campaigns.settling import Settled, settle
from retinue.store.accounts import naive
from retinue.store.consents import Word, say_in
from retinue.store.deliveries import list_deliveries_in
from retinue.store.ledger import give_back_in
from retinue.store.reviews import note_in, waiting_of_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store import Store

__all__ = ["REASON", "Objected", "objection", "objection_in", "stop_all_in"]

REASON = "The customer objected."
_MARKETING = ("message", "grant", "task")


@dataclass(frozen=True, slots=True)
class Objected:
    """What an objection stopped, as ids. under_way: calls that were marked before, which go on."""

    words: int
    cancelled: tuple[str, ...]
    closed: tuple[str, ...]
    under_way: tuple[str, ...]


def objection(
    store: Store, customer_id: str, *, who: str, clock: datetime, at: datetime | None = None
) -> Objected:
    """Put a customer's objection on record and stop everything; done again it changes nothing.

    who: took it in. clock: now (aware UTC); at: since when it counts, by default now.
    """
    with store.transaction() as session:
        return objection_in(session, customer_id, who=who, clock=clock, at=at)


def objection_in(
    session: Session, customer_id: str, *, who: str, clock: datetime, at: datetime | None = None
) -> Objected:
    """The same within the caller's transaction."""
    now = naive(clock)
    since = min(naive(at or clock), now)
    words = say_in(session, [_no(customer_id, purpose, since, now) for purpose in ("marketing", PROFILING)])
    cancelled, under_way = stop_all_in(session, customer_id, REASON, clock=clock)
    closed = []
    for decision_id in waiting_of_in(session, customer_id):
        note_in(
            session,
            decision_id,
            "withdrawn",
            who=who,
            reason=REASON,
            clock=clock,
            detail={"code": "objected"},
            state="withdrawn",
            code="objected",
        )
        give_back_in(session, decision_id)
        closed.append(decision_id)
    return Objected(words, cancelled, tuple(closed), under_way)


def stop_all_in(
    session: Session, customer_id: str, reason: str, *, clock: datetime, promised: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Cancel what waits to be sent to a customer and free its money; the ids cancelled, and those under way.

    promised: also what the customer accepted, which is owed whatever they say on being contacted.
    """
    cancelled, under_way = [], []
    for delivery in list_deliveries_in(session, customer_id, states=("queued", "sending")):
        owed = delivery.purpose == PROMISED and not promised
        if owed or (delivery.kind not in _MARKETING and not promised):
            continue
        if delivery.state == "queued":
            settle(session, delivery, Settled("cancelled", reason), clock=clock)
            cancelled.append(delivery.delivery_id)
        else:
            under_way.append(delivery.delivery_id)
    return tuple(cancelled), tuple(under_way)


def _no(customer_id: str, purpose: str, since: datetime, now: datetime) -> Word:
    name = hashlib.sha256(f"{customer_id}\0{purpose}\0{since.isoformat()}".encode()).hexdigest()[:24]
    return Word(f"objected_{name}", customer_id, "any", purpose, False, since, now)
