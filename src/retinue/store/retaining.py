"""What the store keeps for so long only: counted, and deleted, in one transaction for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Store
from retinue.store.history import unprotected
from retinue.store.subjects import table_named

__all__ = ["OF_STORE", "expired", "let_go"]

OF_STORE = ("requests", "responses", "cancel_moments", "reviews", "inbox")
"""The kinds of `[retention]` that stand in the store."""


def expired(store: Store, kind: str, before: datetime) -> int:
    """How many rows of a kind are older than a time (UTC)."""
    name, where = _chosen(kind, naive(before))
    with store.reading() as session:
        return int(session.scalar(select(func.count()).select_from(table_named(name)).where(*where)) or 0)


def let_go(store: Store, before: Mapping[str, datetime]) -> dict[str, int]:
    """Delete what is older than the time of its kind; how many rows of each."""
    found: dict[str, int] = {}
    with store.transaction() as session:
        for kind, moment in before.items():
            found[kind] = _let_go(session, kind, naive(moment))
        kept = {kind: many for kind, many in found.items() if many}
        if kept:
            on_record(session, "retention.applied", "store", "", rows=kept)
    return found


def _let_go(session: Session, kind: str, before: datetime) -> int:
    name, where = _chosen(kind, before)
    table = table_named(name)
    if kind == "requests":
        done = session.execute(update(table).where(*where).values(request=None))
        return int(done.rowcount)  # type: ignore[attr-defined]
    if kind == "reviews":
        _without_steps(session, list(session.scalars(select(table.c.decision_id).where(*where))))
    done = session.execute(delete(table).where(*where))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _without_steps(session: Session, decisions: list[str]) -> None:
    if not decisions:
        return
    steps = table_named("review_steps")
    with unprotected(session, "review_steps"):
        for start in range(0, len(decisions), 500):
            part = decisions[start : start + 500]
            session.execute(delete(steps).where(steps.c.decision_id.in_(part)))


def _chosen(kind: str, before: datetime) -> tuple[str, list[ColumnElement[bool]]]:
    """The table of a kind, and which of its rows are too old and over."""
    name = {"requests": "deliveries", "inbox": "inbox_outcomes"}.get(kind, kind)
    c: Any = table_named(name).c
    if kind == "requests":
        over = c.state.notin_(("queued", "sending", "unknown"))
        return name, [c.request.is_not(None), over, c.changed_at < before]
    if kind == "responses":
        return name, [c.received_at < before]
    if kind == "cancel_moments":
        settled = (c.choice.is_(None)) | (c.choice != "accepted") | c.planned_at.is_not(None)
        return name, [c.opened_at < before, c.changed <= c.collected, settled]
    if kind == "reviews":
        return name, [c.state != "waiting", func.coalesce(c.answered_at, c.expires_at) < before]
    return name, [c.collected_at.is_not(None), c.received_at < before]
