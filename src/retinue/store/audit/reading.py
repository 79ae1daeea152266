"""The trail, read: in order and in pages, so that its length does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, or_, select

from retinue.store.accounts import naive
from retinue.store.audit.record import AuditRecord, Head, HeadRow, Record

if TYPE_CHECKING:
    from retinue.store.base import Store

__all__ = ["ends", "newest_about", "pages", "search"]

PAGE = 20_000
_TABLE = Record.__table__.c
_COLUMNS = (
    _TABLE.number,
    _TABLE.at,
    _TABLE.actor,
    _TABLE.action,
    _TABLE.kind,
    _TABLE.object_id,
    _TABLE.detail,
    _TABLE.previous,
    _TABLE.hash,
)
Row = tuple[int, str, str, str, str, str, str, str, str]


def pages(store: Store, upto: int | None = None) -> Iterator[list[Row]]:
    """Every record (to that number) in the order of the chain, some thousands at a time."""
    after: int | None = None
    with store.reading() as session:
        while True:
            query = select(*_COLUMNS).order_by(_TABLE.number).limit(PAGE)
            if after is not None:
                query = query.where(_TABLE.number > after)
            if upto is not None:
                query = query.where(_TABLE.number <= upto)
            # Numbers and text come from the driver as they are; plain tuples are read twice as fast.
            page: list[Row] = session.execute(query).cursor.fetchall()  # type: ignore[attr-defined]
            if not page:
                return
            yield page
            after = page[-1][0]


def ends(store: Store) -> tuple[Head | None, int]:
    """Where the chain ends: as whoever added last noted, and as the records themselves say; of one moment."""
    last = select(func.max(_TABLE.number)).scalar_subquery()
    with store.reading() as session:
        noted = session.execute(select(HeadRow.count, HeadRow.hash, last)).first()
        if noted is None:
            return None, int(session.scalar(select(last)) or 0)
        return Head(noted[0], noted[1]), int(noted[2] or 0)


def search(
    store: Store,
    *,
    actor: str | None = None,
    action: str | None = None,
    kind: str | None = None,
    object_id: str | None = None,
    customer: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> list[AuditRecord]:
    """Records, newest first.

    Parameters
    ----------
    action: a whole name, or the beginning of one that ends in a dot, such as `campaign.`.
    kind: of what sort the thing is that was acted upon, such as `campaign`.
    customer: what is about them, also readings of several that name them; every record is looked at for that.
    since, until: aware UTC; both ends are included. before: only records of a lower number.
    """
    query = select(*_COLUMNS).order_by(_TABLE.number.desc())
    if actor is not None:
        query = query.where(_TABLE.actor == actor)
    if action is not None:
        whole = not action.endswith(".")
        query = query.where(_TABLE.action == action if whole else _TABLE.action.startswith(action))
    if kind is not None:
        query = query.where(_TABLE.kind == kind)
    if object_id is not None:
        query = query.where(_TABLE.object_id == object_id)
    if customer is not None:
        named = _TABLE.detail.contains(msgspec.json.encode(customer).decode(), autoescape=True)
        query = query.where(or_(_TABLE.object_id == customer, named))
    if since is not None:
        query = query.where(_TABLE.at >= _text(since))
    if until is not None:
        query = query.where(_TABLE.at <= _text(until))
    if before is not None:
        query = query.where(_TABLE.number < before)
    with store.reading() as session:
        return [AuditRecord(*row) for row in session.execute(query.limit(limit))]


def newest_about(store: Store, kind: str, object_id: str) -> AuditRecord | None:
    """The newest record about a thing."""
    query = select(*_COLUMNS).where(_TABLE.object_id == object_id, _TABLE.kind == kind)
    with store.reading() as session:
        found = session.execute(query.order_by(_TABLE.number.desc()).limit(1)).first()
        return None if found is None else AuditRecord(*found)


def _text(moment: datetime) -> str:
    return f"{naive(moment).isoformat(timespec='microseconds')}Z"
