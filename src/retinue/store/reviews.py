"""Offers that wait for a person: who must answer by when, and every answer that was given.

| state | means |
| --- | --- |
| waiting | nobody answered yet, or a second person still must |
| approved | goes out with the campaign |
| rejected | a person said no, and why |
| withdrawn | the campaign was stopped before anybody answered |
| expired | nobody answered in time |

Every step is a row that is only ever added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Integer, String, delete, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import NotFoundError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = [
    "Ask",
    "ReviewRecord",
    "ReviewStep",
    "answers",
    "ask_in",
    "customers_of",
    "held_in",
    "list_reviews",
    "no_case",
    "note_in",
    "open_in",
    "rejected_since",
    "review_of",
    "steps_of",
    "take_back_in",
    "waiting_in",
    "waiting_of_in",
    "withdraw_in",
    "works_on",
]

ReviewState = Literal["waiting", "approved", "rejected", "withdrawn", "expired"]


class _Review(Base):
    __tablename__ = "reviews"

    decision_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(64), index=True)
    customer_id: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    urgent: Mapped[bool] = mapped_column(Boolean)
    expected_cents: Mapped[int] = mapped_column(BigInteger)
    cents: Mapped[int] = mapped_column(BigInteger)
    case: Mapped[dict[str, Any]] = mapped_column(JSON)
    offer: Mapped[dict[str, Any]] = mapped_column(JSON)
    assigned_to: Mapped[str | None] = mapped_column(String(200), index=True)
    snoozed_until: Mapped[datetime | None] = mapped_column(DateTime)
    due_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime] = mapped_column(DateTime)
    escalated: Mapped[bool] = mapped_column(Boolean, default=False)
    first_by: Mapped[str | None] = mapped_column(String(200))
    answered_by: Mapped[str | None] = mapped_column(String(200))
    answered_at: Mapped[datetime | None] = mapped_column(DateTime)
    words: Mapped[str] = mapped_column(String(2000), default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    asked_at: Mapped[datetime] = mapped_column(DateTime)


class _Step(Base):
    __tablename__ = "review_steps"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    decision_id: Mapped[str] = mapped_column(String(64), index=True)
    what: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(2000))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(DateTime)


only_added(_Step.__table__, "the history of reviews is only ever added to")


@dataclass(frozen=True, slots=True)
class Ask:
    """A case for a person. Times UTC. case: what the person is shown; offer: what is proposed."""

    decision_id: str
    campaign_id: str
    customer_id: str
    urgent: bool
    expected_cents: int
    cents: int
    case: dict[str, Any]
    offer: dict[str, Any]
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """A case as it stands; times naive UTC. first_by: who approved first, where two must."""

    decision_id: str
    campaign_id: str
    customer_id: str
    state: ReviewState
    urgent: bool
    expected_cents: int
    cents: int
    case: dict[str, Any]
    offer: dict[str, Any]
    assigned_to: str | None
    snoozed_until: datetime | None
    due_at: datetime
    expires_at: datetime
    escalated: bool
    first_by: str | None
    answered_by: str | None
    answered_at: datetime | None
    words: str
    code: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One thing somebody did about a case (naive UTC)."""

    number: int
    decision_id: str
    what: str
    who: str
    reason: str
    detail: dict[str, Any]
    at: datetime


def ask_in(session: Session, asks: Iterable[Ask], *, clock: datetime) -> int:
    """Put cases in the queue, within the caller's transaction; those in it already are left alone."""
    new = 0
    for ask in asks:
        if session.get(_Review, ask.decision_id) is not None:
            continue
        session.add(
            _Review(
                decision_id=ask.decision_id,
                campaign_id=ask.campaign_id,
                customer_id=ask.customer_id,
                state="waiting",
                urgent=ask.urgent,
                expected_cents=ask.expected_cents,
                cents=ask.cents,
                case=ask.case,
                offer=ask.offer,
                due_at=naive(ask.due_at),
                expires_at=naive(ask.expires_at),
                asked_at=naive(clock),
            )
        )
        on_record(
            session,
            "review.asked",
            "review",
            ask.decision_id,
            campaign_id=ask.campaign_id,
            customer_id=ask.customer_id,
            cents=ask.cents,
        )
        new += 1
    session.flush()
    return new


def review_of(store: Store, decision_id: str) -> ReviewRecord:
    """One case. Raises NotFoundError when there is none."""
    with Session(store.engine) as session:
        return _record(_found(session, decision_id))


def held_in(session: Session, decision_id: str) -> ReviewRecord:
    """The same, held until the caller's transaction ends."""
    return _record(_found(session, decision_id))


def list_reviews(
    store: Store,
    *,
    states: Sequence[ReviewState] = ("waiting",),
    campaign_id: str | None = None,
    assigned_to: str | None = None,
    customer_id: str | None = None,
    awake_at: datetime | None = None,
    customers: Collection[str] | None = None,
    limit: int | None = None,
) -> list[ReviewRecord]:
    """Cases: urgent ones first, then those that are expected to earn most.

    awake_at: leave out those that are snoozed at this time. customers: of none but these; None for no such
    limit.
    """
    query = select(_Review).where(_Review.state.in_(states))
    query = query.order_by(_Review.urgent.desc(), _Review.expected_cents.desc(), _Review.decision_id)
    if campaign_id is not None:
        query = query.where(_Review.campaign_id == campaign_id)
    if assigned_to is not None:
        query = query.where(_Review.assigned_to == assigned_to)
    if customer_id is not None:
        query = query.where(_Review.customer_id == customer_id)
    if awake_at is not None:
        moment = naive(awake_at)
        query = query.where(or_(_Review.snoozed_until.is_(None), _Review.snoozed_until <= moment))
    if limit is not None:
        query = query.limit(limit)
    with Session(store.engine) as session:
        found = [_record(row) for row in session.scalars(query if customers is None else query.limit(None))]
    if customers is None:
        return found
    return [one for one in found if one.customer_id in customers][:limit]


def note_in(
    session: Session,
    decision_id: str,
    what: str,
    *,
    who: str,
    clock: datetime,
    reason: str = "",
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> ReviewRecord:
    """Change a case and note who did what, within the caller's transaction."""
    row = _found(session, decision_id)
    for name, value in changes.items():
        setattr(row, name, value)
    session.add(
        _Step(
            decision_id=decision_id,
            what=what,
            who=who[:200],
            reason=reason[:2000],
            detail=detail or {},
            at=naive(clock),
        )
    )
    session.flush()
    on_record(
        session,
        f"review.{what.replace(' ', '_')}",
        "review",
        decision_id,
        actor=who,
        campaign_id=row.campaign_id,
        state=row.state,
        offer=row.offer.get("id"),
        cents=row.cents,
        code=row.code or None,
        assigned_to=row.assigned_to,
    )
    return _record(row)


_OF_OFFER = ~_Review.decision_id.startswith("prv_", autoescape=True)
"""Cases of offers, which end with the offer. What a customer asked a person to look at has the id of their
request, and waits for its answer whatever becomes of the campaign."""


def open_in(session: Session, campaign_id: str) -> int:
    """How many cases of a campaign wait, within the caller's transaction."""
    mine = _Review.campaign_id == campaign_id, _Review.state == "waiting", _OF_OFFER
    return int(session.scalar(select(func.count()).where(*mine)) or 0)


def waiting_in(session: Session, now: datetime) -> tuple[int, int]:
    """How many cases wait, and how many of them are overdue at a time (naive UTC)."""
    waiting = select(func.count()).where(_Review.state == "waiting")
    overdue = waiting.where(_Review.due_at <= now)
    return int(session.scalar(waiting) or 0), int(session.scalar(overdue) or 0)


def waiting_of_in(session: Session, customer_id: str) -> list[str]:
    """The offers to a customer that wait for a person, within the caller's transaction."""
    mine = _Review.customer_id == customer_id, _Review.state == "waiting", _OF_OFFER
    return list(session.scalars(select(_Review.decision_id).where(*mine).order_by(_Review.decision_id)))


def withdraw_in(session: Session, campaign_id: str, *, who: str, reason: str, clock: datetime) -> list[str]:
    """Close the waiting cases of a campaign unanswered; their decisions."""
    mine = _Review.campaign_id == campaign_id, _Review.state == "waiting", _OF_OFFER
    ids = list(session.scalars(select(_Review.decision_id).where(*mine)))
    for decision_id in ids:
        note_in(session, decision_id, "withdrawn", who=who, reason=reason, clock=clock, state="withdrawn")
    return ids


def take_back_in(session: Session, campaign_id: str) -> None:
    """Take the cases of a campaign that never ran out of the queue again."""
    mine = _Review.campaign_id == campaign_id, _Review.state == "waiting", _OF_OFFER
    for decision_id in session.scalars(select(_Review.decision_id).where(*mine)).all():
        on_record(session, "review.taken_back", "review", decision_id, campaign_id=campaign_id)
    session.execute(delete(_Review).where(*mine))


def rejected_since(store: Store, since: datetime, until: datetime) -> dict[str, datetime]:
    """Customers for whom a person rejected an offer between two times, and when last (naive UTC)."""
    query = (
        select(_Review.customer_id, func.max(_Review.answered_at))
        .where(
            _Review.state == "rejected",
            _Review.code != "set_aside",
            _Review.answered_at.between(naive(since), naive(until)),
        )
        .group_by(_Review.customer_id)
    )
    with Session(store.engine) as session:
        return {customer: at for customer, at in session.execute(query) if at is not None}


def answers(store: Store) -> list[ReviewRecord]:
    """Every case that a person answered, oldest answer first."""
    query = select(_Review).where(_Review.state.in_(("approved", "rejected"))).order_by(_Review.answered_at)
    with Session(store.engine) as session:
        return [_record(row) for row in session.scalars(query)]


def customers_of(store: Store, who: str) -> frozenset[str]:
    """Customers of whom a case is or was assigned to somebody."""
    with store.reading() as session:
        query = select(_Review.customer_id).where(_Review.assigned_to == who).distinct()
        return frozenset(session.scalars(query))


def works_on(store: Store, who: str, customer_id: str) -> bool:
    """Whether a case of a customer is or was assigned to somebody."""
    query = select(_Review.decision_id).where(_Review.customer_id == customer_id, _Review.assigned_to == who)
    with store.reading() as session:
        return session.scalar(query.limit(1)) is not None


def steps_of(store: Store, decision_id: str) -> list[ReviewStep]:
    """All that was done about a case, oldest first."""
    query = select(_Step).where(_Step.decision_id == decision_id).order_by(_Step.number)
    with Session(store.engine) as session:
        return [
            ReviewStep(r.number, r.decision_id, r.what, r.who, r.reason, r.detail, r.at)
            for r in session.scalars(query)
        ]


def _found(session: Session, decision_id: str) -> _Review:
    row = session.get(_Review, decision_id, with_for_update=True)
    if row is None:
        raise no_case(decision_id)
    return row


def no_case(decision_id: str) -> NotFoundError:
    """The error of a case that is not there, or not for whoever asks."""
    return NotFoundError(
        f"No case waits under {decision_id}.", where="review queue", fix="List them: retinue review list"
    )


def _record(row: _Review) -> ReviewRecord:
    return ReviewRecord(**{name: getattr(row, name) for name in ReviewRecord.__slots__})
