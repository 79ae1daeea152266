"""Reported usage events that wait to be loaded into the warehouse.

What comes in one request is one row, so that thousands of events a second need few writes; it is on disk
before the service answers, and `retinue run` and `retinue outcomes collect` bring it over. Every event has
an id: the reporter's, or one made from its content, so that the same report twice is one event wherever the
process dies. Once loaded, the content is let go; counts and hash stay.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import DateTime, Integer, LargeBinary, String, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["WaitingEvents", "collected", "counts", "keep", "named", "waiting"]


class _Events(Base):
    __tablename__ = "inbox_events"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    many: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime] = mapped_column(DateTime)
    collected_at: Mapped[datetime | None] = mapped_column(DateTime, index=True)


@dataclass(frozen=True, slots=True)
class WaitingEvents:
    """Events of one request, with the columns of the table `events`; times naive UTC."""

    number: int
    bodies: list[dict[str, Any]]
    received_at: datetime


def named(body: Mapping[str, Any]) -> dict[str, Any]:
    """An event with an id: its own, or one made from its content.

    >>> named({"customer_id": "C1"})["event_id"] == named({"customer_id": "C1"})["event_id"]
    True
    """
    plain = {name: value for name, value in body.items() if value is not None}
    if not plain.get("event_id"):
        text = json.dumps(plain, sort_keys=True)
        plain["event_id"] = f"content_{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    return plain


def keep(session: Session, bodies: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Keep events that have ids, in a transaction of the caller. bodies: JSON-ready."""
    if not bodies:
        return
    plain = msgspec.json.encode(bodies)
    sha256 = hashlib.sha256(plain).hexdigest()
    row = {
        "content": zlib.compress(plain, level=1),
        "sha256": sha256,
        "many": len(bodies),
        "received_at": naive(now),
    }
    session.execute(insert(_Events), [row])
    on_record(session, "events.reported", "events", "", events=len(bodies), sha256=sha256)


def waiting(store: Store, *, limit: int = 50) -> list[WaitingEvents]:
    """The next reports to load, oldest first."""
    query = select(_Events).where(_Events.collected_at.is_(None)).order_by(_Events.number).limit(limit)
    with store.reading() as session:
        return [
            WaitingEvents(
                row.number,
                [] if row.content is None else msgspec.json.decode(zlib.decompress(row.content)),
                row.received_at,
            )
            for row in session.scalars(query)
        ]


def collected(store: Store, numbers: Sequence[int], *, now: datetime) -> None:
    """Mark reports as loaded, and let go of what they held."""
    with store.transaction() as session:
        mine = update(_Events).where(_Events.number.in_(numbers))
        session.execute(mine.values(collected_at=naive(now), content=None))


def counts(store: Store) -> dict[str, int]:
    """How many events were received, and how many wait."""
    with store.reading() as session:
        total = session.scalar(select(func.sum(_Events.many))) or 0
        open_ = session.scalar(select(func.sum(_Events.many)).where(_Events.collected_at.is_(None))) or 0
    return {"received": int(total), "waiting": int(open_)}
