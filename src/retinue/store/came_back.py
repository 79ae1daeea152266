"""Messages by day, incentive and channel, and what came back of them; only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, literal, select, union

from retinue.store.base import Store
from retinue.store.deliveries import Delivery
from retinue.store.responses import _Response

__all__ = ["CameBack", "came_back"]

REDEEMED = "redeemed"


@dataclass(frozen=True, slots=True)
class CameBack:
    """Messages that began on a day (UTC), by what came of them: `messages` (all), `sent`, and each kind of
    response. incentive: its id; `none` where the message made no offer."""

    day: date
    incentive: str
    channel: str
    kind: str
    messages: int


def came_back(store: Store) -> list[CameBack]:
    """Every message that was tried, counted; a message counts once for each kind that came back.

    What came back is counted of the messages that were sent, so that its share of them is one. An offer
    counts as redeemed for its message, whichever delivery of the decision brought the code.
    """
    day = func.date(Delivery.first_try_at)
    incentive = func.coalesce(Delivery.content["incentive"]["id"].as_string(), "none")
    by = (day, incentive, Delivery.channel)
    tried = (Delivery.kind == "message", Delivery.first_try_at.is_not(None))
    every = _Response.kind != REDEEMED
    sent = (*tried, Delivery.state == "sent")
    told = union(_by_id().where(*sent, every), _by_reference().where(*sent, every)).subquery()
    # what is redeemed is a code, which another delivery of the same decision brought
    used = union(
        _by_id().where(_Response.kind == REDEEMED), _by_reference().where(_Response.kind == REDEEMED)
    ).subquery()
    redeemed = select(used.c.decision_id)
    asked = {
        "messages": select(*by, literal("messages"), func.count()).where(*tried).group_by(*by),
        "sent": select(*by, literal("sent"), func.count()).where(*sent).group_by(*by),
        "back": select(*by, told.c.kind, func.count())
        .join(told, told.c.delivery_id == Delivery.delivery_id)
        .group_by(*by, told.c.kind),
        "redeemed": select(*by, literal(REDEEMED), func.count())
        .where(*sent, Delivery.decision_id.in_(redeemed))
        .group_by(*by),
    }
    with store.reading() as session:
        return [
            CameBack(_date(row[0]), row[1], row[2], row[3], int(row[4]))
            for query in asked.values()
            for row in session.execute(query)
        ]


def _by_id() -> Select[str, str, str]:
    """Deliveries with the kinds of news that name them."""
    query = select(Delivery.delivery_id, Delivery.decision_id, _Response.kind)
    return query.join(_Response, _Response.delivery_id == Delivery.delivery_id)


def _by_reference() -> Select[str, str, str]:
    """The same of news that names them as the other end does."""
    query = select(Delivery.delivery_id, Delivery.decision_id, _Response.kind)
    same = _Response.reference == Delivery.reference
    return query.join(_Response, same).where(_Response.delivery_id.is_(None))


def _date(given: date | str) -> date:
    return given if isinstance(given, date) else date.fromisoformat(given)
