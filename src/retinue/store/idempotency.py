"""Requests that may be sent twice: the same key and body get the answer they got before.

A key is claimed before the work and finished in the transaction that does it, so that the work is on record
exactly when its answer is. A claim whose process died may be taken over after `LEASE`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import DateTime, Integer, String, Text, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.base import Base, Store

__all__ = ["KEPT", "LEASE", "Claimed", "claim", "drop", "finish", "forget"]

LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)
"""How long an answer can be had again."""


class _Key(Base):
    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body: Mapped[str] = mapped_column(String(64))  # SHA-256
    claimed_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    status: Mapped[int | None] = mapped_column(Integer)
    answer: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class Claimed:
    """fresh: do the work. answered: `status` and `answer` are those of before. other_body, in_flight: no."""

    state: Literal["fresh", "answered", "other_body", "in_flight"]
    status: int = 0
    answer: str = ""


def claim(store: Store, scope: str, key: str, body: str, *, now: datetime) -> Claimed:
    """Claim a key for a body (its SHA-256); what is to be done with the request."""
    moment = naive(now)
    with store.transaction() as session:
        found = session.get(_Key, (scope, key))
        if found is None:
            session.add(_Key(scope=scope, key=key, body=body, claimed_at=moment))
            return Claimed("fresh")
        if found.body != body:
            return Claimed("other_body")
        if found.status is not None:
            return Claimed("answered", found.status, found.answer or "")
        if moment - found.claimed_at < LEASE:
            return Claimed("in_flight")
        found.claimed_at = moment
        return Claimed("fresh")


def finish(session: Session, scope: str, key: str, *, status: int, answer: str) -> None:
    """Put the answer on record, in the transaction that did the work."""
    found = session.get(_Key, (scope, key))
    if found is not None:
        found.status, found.answer = status, answer


def drop(store: Store, scope: str, key: str) -> None:
    """Give a claim back: the work was not done, and may be asked for again with another body."""
    with store.transaction() as session:
        session.execute(delete(_Key).where(_Key.scope == scope, _Key.key == key, _Key.status.is_(None)))


def forget(store: Store, before: datetime) -> int:
    """Remove answers older than a time; how many they were."""
    with store.transaction() as session:
        found = session.execute(delete(_Key).where(_Key.claimed_at < naive(before)))
        return int(found.rowcount)  # type: ignore[attr-defined]
