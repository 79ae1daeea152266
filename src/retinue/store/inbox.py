"""Reported outcomes that wait to be loaded into the warehouse.

The service may not open the warehouse, so what it is told is kept here, on disk before it answers, and
`retinue outcomes collect` brings it over. Every row has an outcome id: the reporter's, or one made from the
content, so that the same report twice is one outcome wherever the process dies.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Integer, String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["Kept", "Waiting", "collected", "counts", "keep", "waiting"]

_AT_ONCE = 500


class _Report(Base):
    __tablename__ = "inbox_outcomes"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    outcome_id: Mapped[str] = mapped_column(String(200), index=True)
    customer_id: Mapped[str | None] = mapped_column(String(200), index=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[str] = mapped_column(String(64))  # SHA-256 of the body
    received_at: Mapped[datetime] = mapped_column(DateTime)
    collected_at: Mapped[datetime | None] = mapped_column(DateTime, index=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """One reported outcome: its id, and whether it is new or was told before just so."""

    outcome_id: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """One outcome that is to be loaded; `body` has the columns of the table `outcomes`."""

    number: int
    body: dict[str, Any]


def keep(session: Session, bodies: Sequence[Mapping[str, Any]], *, now: datetime) -> list[Kept]:
    """Keep outcomes in a transaction of the caller; one answer for each, in their order.

    bodies: JSON-ready, with the columns of the table `outcomes`. Without an `outcome_id` the content is the
    identity. An outcome whose newest report says the same is not kept again.
    """
    rows, kept = [], []
    newest: dict[str, str] = {}
    named = [_named(body) for body in bodies]
    ids = sorted({str(body["outcome_id"]) for body in named})
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        query = (
            select(_Report.outcome_id, _Report.content)
            .where(_Report.outcome_id.in_(part))
            .order_by(_Report.number)
        )
        newest.update((name, content) for name, content in session.execute(query))
    for body in named:
        name, content = str(body["outcome_id"]), _sha(body)
        fresh = newest.get(name) != content
        newest[name] = content
        kept.append(Kept(name, fresh))
        if fresh:
            customer = body.get("customer_id")
            rows.append(
                {
                    "outcome_id": name,
                    "customer_id": customer,
                    "body": body,
                    "content": content,
                    "received_at": naive(now),
                }
            )
    if rows:
        session.execute(insert(_Report), rows)
        listed = hashlib.sha256("\n".join(str(row["outcome_id"]) for row in rows).encode())
        only = str(rows[0]["outcome_id"]) if len(rows) == 1 else ""
        on_record(
            session, "outcome.reported", "outcome", only, outcomes=len(rows), ids_sha256=listed.hexdigest()
        )
    return kept


def waiting(store: Store, *, limit: int = 5_000) -> list[Waiting]:
    """The next outcomes to load, oldest first, no two of them with the same outcome id."""
    query = select(_Report).where(_Report.collected_at.is_(None)).order_by(_Report.number).limit(limit)
    found: list[Waiting] = []
    seen: set[str] = set()
    with Session(store.engine) as session:
        for row in session.scalars(query):
            if row.outcome_id in seen:
                break  # it corrects one of these, and so comes after them
            seen.add(row.outcome_id)
            found.append(Waiting(row.number, dict(row.body)))
    return found


def collected(
    store: Store, numbers: Sequence[int], *, now: datetime, erased: Callable[[str], bool] = lambda _: False
) -> None:
    """Mark outcomes as loaded; of a customer who was erased nothing is kept. erased: whether one was."""
    with store.transaction() as session:
        for start in range(0, len(numbers), _AT_ONCE):
            part = _Report.number.in_(list(numbers[start : start + _AT_ONCE]))
            whose = session.scalars(select(_Report.customer_id).where(part).distinct())
            gone = _Report.customer_id.in_([name for name in whose if name is not None and erased(name)])
            many = len(session.scalars(select(_Report.number).where(part, gone)).all())
            if many:
                session.execute(delete(_Report).where(part, gone))
                on_record(session, "outcome.refused", "outcome", "", outcomes=many, why="erased")
            session.execute(update(_Report).where(part).values(collected_at=naive(now)))


def counts(store: Store) -> dict[str, int]:
    """How many reports were received, and how many wait."""
    with Session(store.engine) as session:
        total = session.scalar(select(func.count()).select_from(_Report)) or 0
        open_ = session.scalar(
            select(func.count()).select_from(_Report).where(_Report.collected_at.is_(None))
        )
    return {"received": int(total), "waiting": int(open_ or 0)}


def _named(body: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in body.items() if value is not None}
    return plain if plain.get("outcome_id") else {**plain, "outcome_id": f"content_{_sha(plain)[:32]}"}


def _sha(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
