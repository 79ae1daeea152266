"""How the service's requests went lately: counts per minute, so that a worker can judge them.

Each process of the service adds what it counted to the row of the minute. Rows are forgotten after a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import JSON, DateTime, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.base import Base, Store

__all__ = ["add_requests", "requests_since"]

KEPT = timedelta(days=1)


class _Minute(Base):
    __tablename__ = "request_counts"

    minute: Mapped[datetime] = mapped_column(DateTime, primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


def add_requests(store: Store, counts: Mapping[str, int], *, clock: datetime) -> None:
    """Add counts by name to those of the minute (UTC); nothing for none."""
    if not counts:
        return
    now = naive(clock)
    minute = now.replace(second=0, microsecond=0)
    with store.transaction() as session:
        row = session.get(_Minute, minute)
        if row is None:
            session.add(_Minute(minute=minute, counts=dict(counts)))
            session.execute(delete(_Minute).where(_Minute.minute < now - KEPT))
        else:
            row.counts = dict(Counter(row.counts) + Counter(counts))


def requests_since(store: Store, since: datetime) -> Counter[str]:
    """The sum of the counts of the minutes from a time (UTC) on."""
    found: Counter[str] = Counter()
    with Session(store.engine) as session:
        for counts in session.scalars(select(_Minute.counts).where(_Minute.minute >= naive(since))):
            found.update(counts)
    return found
