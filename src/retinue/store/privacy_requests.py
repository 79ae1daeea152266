"""Requests of customers about their data: what was asked when, by when it is due, and what became of it.

| state | means |
| --- | --- |
| open | to be answered |
| working | being answered; found again in this state, it is gone on with |
| done | answered |
| refused | not answered, for a reason that was told |

`customer_id` is the customer's until they are erased, and the token of the erasure list after that.
"""

from __future__ import annotations

import calendar
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, DateTime, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import NotFoundError, StateError, UsageError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "KINDS",
    "PrivacyRequest",
    "RequestKind",
    "RequestState",
    "ask",
    "ask_in",
    "close",
    "close_in",
    "close_others_in",
    "due_within",
    "expired_answers",
    "list_requests",
    "month_after",
    "note_progress",
    "renamed_in",
    "request_of",
]

RequestKind = Literal["access", "explanation", "objection", "review", "erasure"]
RequestState = Literal["open", "working", "done", "refused"]

KINDS: dict[str, str] = {
    "access": "a copy of everything that is kept (Art. 15 and 20)",
    "explanation": "how a decision came about (Art. 15(1)(h) and 22)",
    "objection": "no direct marketing and no profiling for it (Art. 21(2) and (3))",
    "review": "a person looks at a decision (Art. 22(3))",
    "erasure": "everything is deleted (Art. 17)",
}
"""Kind of request to its words."""


class _Request(Base):
    __tablename__ = "privacy_requests"

    request_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    customer_id: Mapped[str] = mapped_column(String(200), index=True)
    subject: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), index=True)
    received_at: Mapped[datetime] = mapped_column(DateTime)
    due_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    received_by: Mapped[str] = mapped_column(String(200))
    handled_by: Mapped[str | None] = mapped_column(String(200))
    closed_at: Mapped[datetime | None] = mapped_column(DateTime)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    result_sha256: Mapped[str | None] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """One request; times naive UTC. subject: the decision it is about, where it is about one.

    detail: what was done, as counts and ids.
    """

    request_id: str
    kind: RequestKind
    customer_id: str
    subject: str | None
    state: RequestState
    received_at: datetime
    due_at: datetime
    received_by: str
    handled_by: str | None
    closed_at: datetime | None
    reason: str
    result_sha256: str | None
    detail: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; what is only needed while it is worked on is left out."""
        body = {
            name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }
        body["detail"] = {name: value for name, value in self.detail.items() if not name.startswith("_")}
        return body


def month_after(moment: datetime) -> datetime:
    """One month later: the same day of the next month, or its last.

    >>> month_after(datetime(2026, 1, 31, 9))
    datetime.datetime(2026, 2, 28, 9, 0)
    """
    year, month = moment.year + moment.month // 12, moment.month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def ask(
    store: Store,
    kind: RequestKind,
    customer_id: str,
    *,
    who: str,
    clock: datetime,
    received_at: datetime | None = None,
    subject: str | None = None,
    reason: str = "",
) -> PrivacyRequest:
    """Keep a request; it is due one month after it was received. `who`: took it in. Times aware UTC."""
    with store.transaction() as session:
        return ask_in(
            session,
            kind,
            customer_id,
            who=who,
            clock=clock,
            received_at=received_at,
            subject=subject,
            reason=reason,
        )


def ask_in(
    session: Session,
    kind: RequestKind,
    customer_id: str,
    *,
    who: str,
    clock: datetime,
    received_at: datetime | None = None,
    subject: str | None = None,
    reason: str = "",
) -> PrivacyRequest:
    """The same within the caller's transaction."""
    received = naive(received_at or clock)
    if received > naive(clock):
        raise UsageError(
            "A request cannot have been received in the future.",
            where="received",
            fix="Give the day it came: its month runs from there.",
        )
    row = _Request(
        request_id=f"prv_{secrets.token_hex(8)}",
        kind=kind,
        customer_id=customer_id,
        subject=subject,
        state="open",
        received_at=received,
        due_at=month_after(received),
        received_by=who[:200],
        reason=reason[:2000],
        detail={},
    )
    session.add(row)
    session.flush()
    _on_record(session, row, "privacy.asked", who)
    return _record(row)


def request_of(store: Store, request_id: str) -> PrivacyRequest:
    """One request. Raises NotFoundError when there is none."""
    with store.reading() as session:
        return _record(_found(session, request_id))


def list_requests(
    store: Store,
    *,
    kinds: Sequence[str] = (),
    states: Sequence[str] = (),
    customer_id: str | None = None,
    limit: int | None = None,
) -> list[PrivacyRequest]:
    """Requests, those that are due first."""
    query = select(_Request).order_by(_Request.due_at, _Request.request_id)
    if kinds:
        query = query.where(_Request.kind.in_(kinds))
    if states:
        query = query.where(_Request.state.in_(states))
    if customer_id is not None:
        query = query.where(_Request.customer_id == customer_id)
    if limit is not None:
        query = query.limit(limit)
    with store.reading() as session:
        return [_record(row) for row in session.scalars(query)]


def due_within(store: Store, moment: datetime) -> int:
    """How many requests that nobody answered yet are due by a time."""
    query = select(func.count()).where(
        _Request.state.in_(("open", "working")), _Request.due_at <= naive(moment)
    )
    with store.reading() as session:
        return int(session.scalar(query) or 0)


def note_progress(store: Store, request_id: str, *, who: str, **detail: Any) -> PrivacyRequest:
    """Say that it is being worked on, and add to its detail; names with `_` first are for the work only."""
    with store.transaction() as session:
        row = _found(session, request_id)
        if row.state in ("done", "refused"):
            raise StateError(f"The request is closed: {row.state}.", where=request_id)
        if (row.state, row.handled_by, row.detail) != ("working", who[:200], {**row.detail, **detail}):
            row.state, row.handled_by = "working", who[:200]
            row.detail = {**row.detail, **detail}
            session.flush()
            _on_record(session, row, "privacy.working", who)
        return _record(row)


def close(
    store: Store,
    request_id: str,
    *,
    who: str,
    clock: datetime,
    state: Literal["done", "refused"] = "done",
    result_sha256: str | None = None,
    reason: str | None = None,
    **detail: Any,
) -> PrivacyRequest:
    """End a request: done, or refused with a reason. Closed already, it stays as it is."""
    with store.transaction() as session:
        return close_in(
            session,
            request_id,
            who=who,
            clock=clock,
            state=state,
            result_sha256=result_sha256,
            reason=reason,
            **detail,
        )


def close_in(
    session: Session,
    request_id: str,
    *,
    who: str,
    clock: datetime,
    state: Literal["done", "refused"] = "done",
    result_sha256: str | None = None,
    reason: str | None = None,
    **detail: Any,
) -> PrivacyRequest:
    """The same within the caller's transaction."""
    row = _found(session, request_id)
    if row.state in ("done", "refused"):
        return _record(row)
    row.state, row.handled_by, row.closed_at = state, who[:200], naive(clock)
    row.result_sha256 = result_sha256 or row.result_sha256
    row.reason = row.reason if reason is None else reason[:2000]
    kept = {**row.detail, **detail}
    row.detail = {name: value for name, value in kept.items() if not name.startswith("_")}
    session.flush()
    _on_record(session, row, f"privacy.{state}", who)
    return _record(row)


def close_others_in(session: Session, customer_id: str, *, who: str, clock: datetime) -> None:
    """Close what else a customer asked for: once they are erased nobody can answer it."""
    mine = _Request.customer_id == customer_id, _Request.state.in_(("open", "working"))
    for request_id in session.scalars(select(_Request.request_id).where(*mine)).all():
        close_in(session, request_id, who=who, clock=clock, state="refused", why="the customer was erased")


def renamed_in(session: Session, customer_id: str, token: str) -> int:
    """Put the token of the erasure list in place of a customer in all their requests; how many."""
    done = session.execute(
        update(_Request)
        .where(_Request.customer_id == customer_id)
        .values(customer_id=token, reason="", subject=None)
    )
    many = int(done.rowcount)  # type: ignore[attr-defined]
    if many:
        on_record(session, "privacy.renamed", "erased", token, requests=many)
    return many


def expired_answers(store: Store, before: datetime) -> list[PrivacyRequest]:
    """Requests of a copy that were answered before a time, oldest first."""
    query = select(_Request).where(
        _Request.kind == "access", _Request.state == "done", _Request.closed_at < naive(before)
    )
    with store.reading() as session:
        return [_record(row) for row in session.scalars(query.order_by(_Request.closed_at))]


def _found(session: Session, request_id: str) -> _Request:
    row = session.get(_Request, request_id, with_for_update=True)
    if row is None:
        raise NotFoundError(
            f"There is no request {request_id}.", where="privacy", fix="List them: retinue privacy list"
        )
    return row


def _record(row: _Request) -> PrivacyRequest:
    return PrivacyRequest(**{name: getattr(row, name) for name in PrivacyRequest.__slots__})


def _on_record(session: Session, row: _Request, action: str, who: str) -> None:
    on_record(
        session,
        action,
        "request",
        row.request_id,
        actor=who,
        request_kind=row.kind,
        customer_id=row.customer_id if row.kind != "erasure" else None,
        result_sha256=row.result_sha256,
    )
