"""What customers did with what was sent: opened, clicked, redeemed, bounced, complained, as channels tell it.

News comes twice and in any order: each has an id at the other end, is kept once, and nothing here depends on
which came first. News of deliveries that nobody knows is kept too. An address that comes with it is kept as
its token only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import BigInteger, DateTime, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "KIND_ORDER",
    "Listener",
    "News",
    "Told",
    "complaints_in",
    "counts",
    "keep",
    "of_delivery",
    "redeemed",
]

KIND_ORDER = (
    "delivered",
    "opened",
    "clicked",
    "redeemed",
    "paid",
    "failed",
    "bounced",
    "complained",
    "unsubscribed",
)
"""The kinds, in the order of a report."""


class News(Protocol):
    """What is kept of a channel's news: the fields of `retinue.channels.base.Response`."""

    @property
    def response_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def delivery_id(self) -> str | None: ...
    @property
    def reference(self) -> str | None: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def cents(self) -> int | None: ...
    @property
    def currency(self) -> str | None: ...


Listener = Callable[[Session, str, Sequence[Any]], None]
"""Called with the transaction, the channel and the news that is new, before any of it is kept. What it raises
leaves nothing kept: the other end sends it again."""


class _Response(Base):
    __tablename__ = "responses"

    channel: Mapped[str] = mapped_column(String(100), primary_key=True)
    response_id: Mapped[str] = mapped_column(String(300), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    received_at: Mapped[datetime] = mapped_column(DateTime)
    delivery_id: Mapped[str | None] = mapped_column(String(100), index=True)
    reference: Mapped[str | None] = mapped_column(String(300), index=True)
    recipient: Mapped[str | None] = mapped_column(String(100))  # a token
    cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news as kept; times are UTC without a zone, `recipient` is a token."""

    channel: str
    response_id: str
    kind: str
    at: datetime
    delivery_id: str | None
    reference: str | None
    recipient: str | None
    cents: int | None
    currency: str | None


def keep(
    store: Store,
    channel: str,
    responses: Sequence[News],
    *,
    now: datetime,
    token: Callable[[str | None], str | None] = lambda _: None,
    then: Listener | None = None,
) -> int:
    """Keep what a callback told, all of it or nothing; how many were new.

    token: makes an address into its token; by default addresses are not kept. then: acts on what is new.
    """
    moment = naive(now)
    with store.transaction() as session:
        fresh = []
        for news in responses:
            if session.get(_Response, (channel, news.response_id)) is not None:
                continue
            session.add(
                _Response(
                    channel=channel,
                    response_id=news.response_id,
                    kind=news.kind,
                    at=naive(news.at),
                    received_at=moment,
                    delivery_id=news.delivery_id,
                    reference=news.reference,
                    recipient=token(news.recipient),
                    cents=news.cents,
                    currency=news.currency,
                )
            )
            fresh.append(news)
        if fresh:
            kinds = Counter(news.kind for news in fresh)
            listed = hashlib.sha256("\n".join(news.response_id for news in fresh).encode())
            on_record(
                session,
                "response.kept",
                "channel",
                channel,
                kinds=dict(kinds),
                ids_sha256=listed.hexdigest(),
            )
        if fresh and then is not None:
            then(session, channel, fresh)
        return len(fresh)


def of_delivery(store: Store, delivery_id: str, *, reference: str | None = None) -> list[Told]:
    """The news of one delivery by its id, or by its reference at the other end; by time."""
    same = _Response.delivery_id == delivery_id
    if reference is not None:
        same = or_(same, _Response.reference == reference)
    query = select(_Response).where(same).order_by(_Response.at, _Response.response_id)
    with Session(store.engine) as session:
        return [_told(row) for row in session.scalars(query)]


def redeemed(store: Store) -> list[Told]:
    """Every redemption, by time."""
    query = (
        select(_Response).where(_Response.kind == "redeemed").order_by(_Response.at, _Response.response_id)
    )
    with Session(store.engine) as session:
        return [_told(row) for row in session.scalars(query)]


def counts(store: Store) -> dict[str, dict[str, int]]:
    """Channel to kind to how many deliveries or, where news names none, pieces of news there are."""
    about = func.coalesce(_Response.delivery_id, _Response.reference, _Response.response_id)
    query = select(_Response.channel, _Response.kind, func.count(about.distinct())).group_by(
        _Response.channel, _Response.kind
    )
    found: dict[str, Counter[str]] = {}
    with Session(store.engine) as session:
        for channel, kind, many in session.execute(query):
            found.setdefault(channel, Counter())[kind] = int(many)
    return {
        channel: {kind: many[kind] for kind in KIND_ORDER if many[kind]}
        for channel, many in sorted(found.items())
    }


def complaints_in(session: Session, since: datetime) -> int:
    """How many deliveries were complained about since a time (naive UTC)."""
    about = func.coalesce(_Response.delivery_id, _Response.reference, _Response.response_id)
    query = select(func.count(about.distinct())).where(_Response.kind == "complained", _Response.at > since)
    return int(session.scalar(query) or 0)


def _told(row: _Response) -> Told:
    return Told(
        row.channel,
        row.response_id,
        row.kind,
        row.at,
        row.delivery_id,
        row.reference,
        row.recipient,
        row.cents,
        row.currency,
    )
