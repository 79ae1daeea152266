"""Every delivery that was decided, and what became of it.

| state | means |
| --- | --- |
| queued | to be sent once it is due and what it waits for is sent |
| sending | marked before the call was made; the call may or may not have had its effect |
| sent | the other end took it |
| unknown | nobody knows; looked up or settled by a person, never sent again by itself |
| failed | surely not done, and given up |
| withheld | not sent, for the reason it names (consent, a cap, a suppressed address, test mode) |
| cancelled | not sent: a person stopped the campaign or the delivery |
| expired | not sent: it could not begin in time |

Every change of state is a row of the history, only ever added. `retinue.store.outbox` changes them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    String,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = [
    "OPEN",
    "Delivery",
    "DeliveryRecord",
    "DeliveryState",
    "DeliveryStep",
    "Draft",
    "Step",
    "contacted_in",
    "counted",
    "counted_each",
    "delivery_of",
    "found_in",
    "history",
    "list_deliveries",
    "list_deliveries_in",
    "record_of",
    "siblings_in",
    "state_in",
    "steps_of",
]

DeliveryState = Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]
OPEN: tuple[DeliveryState, ...] = ("queued", "sending", "unknown")
"""States from which something may still become of a delivery."""


class Delivery(Base):
    """One delivery."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("ix_deliveries_waiting", "state", "due_at", "delivery_id"),)

    delivery_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    decision_id: Mapped[str] = mapped_column(String(64), index=True)
    campaign_id: Mapped[str] = mapped_column(String(64), index=True)
    customer_id: Mapped[str] = mapped_column(String(200), index=True)
    channel: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(String(100))
    after: Mapped[str | None] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    planned_cents: Mapped[int] = mapped_column(BigInteger)
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500), default="")
    planned_at: Mapped[datetime] = mapped_column(DateTime)
    due_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime)
    announced_at: Mapped[datetime | None] = mapped_column(DateTime)
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    first_try_at: Mapped[datetime | None] = mapped_column(DateTime)
    over: Mapped[bool] = mapped_column(Boolean, default=True)  # no call of it can still be under way
    reference: Mapped[str | None] = mapped_column(String(200), index=True)
    changed_at: Mapped[datetime] = mapped_column(DateTime)


class DeliveryStep(Base):
    """One change of a delivery's state."""

    __tablename__ = "delivery_steps"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    delivery_id: Mapped[str] = mapped_column(String(64), index=True)
    before: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    fence: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(DateTime)


only_added(DeliveryStep.__table__, "the history of deliveries is only ever added to", ("UPDATE",))


@dataclass(frozen=True, slots=True)
class Draft:
    """A delivery that is to be put in the outbox. Times UTC.

    after: the delivery that must be sent first. content: the order's incentive and facts, and the template.
    """

    delivery_id: str
    decision_id: str
    campaign_id: str
    customer_id: str
    channel: str
    kind: str
    purpose: str
    planned_cents: int
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    after: str | None = None
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as it stands; times naive UTC. `request`: what is sent, sealed."""

    delivery_id: str
    decision_id: str
    campaign_id: str
    customer_id: str
    channel: str
    kind: str
    purpose: str
    after: str | None
    content: dict[str, Any]
    planned_cents: int
    cost_cents: int | None
    state: DeliveryState
    reason: str
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    tries: int
    fence: int
    owner: str | None
    lease_until: datetime | None
    request: bytes | None
    first_try_at: datetime | None
    over: bool
    reference: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a delivery's state (naive UTC)."""

    number: int
    delivery_id: str
    before: str
    state: str
    fence: int
    owner: str | None
    reason: str
    at: datetime


def delivery_of(store: Store, delivery_id: str) -> DeliveryRecord | None:
    """One delivery; None when there is none."""
    with Session(store.engine) as session:
        row = session.get(Delivery, delivery_id)
        return None if row is None else record_of(row)


def list_deliveries(
    store: Store,
    *,
    campaign_id: str | None = None,
    decision_id: str | None = None,
    customer_id: str | None = None,
    customers: Collection[str] | None = None,
    channels: Sequence[str] | None = None,
    states: Sequence[DeliveryState] = (),
    after: tuple[datetime, str] | None = None,
    limit: int | None = None,
) -> list[DeliveryRecord]:
    """Deliveries in the order they are due.

    customers, channels: to and through none but these; None for no such limit. after: due time (naive UTC)
    and id of the last one known.
    """
    query = select(Delivery).order_by(Delivery.due_at, Delivery.delivery_id)
    for column, value in (
        (Delivery.campaign_id, campaign_id),
        (Delivery.decision_id, decision_id),
        (Delivery.customer_id, customer_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if customers is not None:
        query = query.where(Delivery.customer_id.in_(sorted(customers)))
    if channels is not None:
        query = query.where(Delivery.channel.in_(channels))
    if states:
        query = query.where(Delivery.state.in_(states))
    if after is not None:
        later = Delivery.due_at > after[0]
        query = query.where(or_(later, and_(Delivery.due_at == after[0], Delivery.delivery_id > after[1])))
    if limit is not None:
        query = query.limit(limit)
    with Session(store.engine) as session:
        return [record_of(row) for row in session.scalars(query)]


def list_deliveries_in(
    session: Session, customer_id: str, *, states: Sequence[DeliveryState]
) -> list[DeliveryRecord]:
    """A customer's deliveries in some states, held until the caller's transaction ends."""
    query = select(Delivery).where(Delivery.customer_id == customer_id, Delivery.state.in_(states))
    query = query.order_by(Delivery.due_at, Delivery.delivery_id).with_for_update()
    return [record_of(row) for row in session.scalars(query)]


def counted(store: Store, *, campaign_id: str | None = None) -> dict[str, int]:
    """How many deliveries are in each state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    if campaign_id is not None:
        query = query.where(Delivery.campaign_id == campaign_id)
    with Session(store.engine) as session:
        return {state: int(count) for state, count in session.execute(query)}


def counted_each(store: Store, campaigns: Collection[str]) -> dict[str, dict[str, int]]:
    """The same for each of these campaigns, in one read; one without deliveries has no states."""
    query = (
        select(Delivery.campaign_id, Delivery.state, func.count())
        .where(Delivery.campaign_id.in_(campaigns))
        .group_by(Delivery.campaign_id, Delivery.state)
    )
    found: dict[str, dict[str, int]] = {name: {} for name in campaigns}
    with Session(store.engine) as session:
        for name, state, count in session.execute(query):
            found[name][state] = int(count)
    return found


def contacted_in(session: Session, customer_id: str, since: datetime, *, besides: str) -> int:
    """How many messages went, or may have gone, to a customer since a time (naive UTC), one of them apart."""
    query = select(func.count()).where(
        Delivery.customer_id == customer_id,
        Delivery.kind == "message",
        Delivery.state.in_(("sending", "sent", "unknown")),
        Delivery.first_try_at > since,
        Delivery.delivery_id != besides,
    )
    return int(session.scalar(query) or 0)


def found_in(session: Session, delivery_id: str | None, reference: str | None) -> DeliveryRecord | None:
    """A delivery by its id, else by its reference at the other end; None when neither is known."""
    row = session.get(Delivery, delivery_id) if delivery_id else None
    if row is None and reference:
        row = session.scalar(select(Delivery).where(Delivery.reference == reference).limit(1))
    return None if row is None else record_of(row)


def state_in(session: Session, delivery_id: str) -> str | None:
    """The state of a delivery; None when there is none."""
    return session.scalar(select(Delivery.state).where(Delivery.delivery_id == delivery_id))


def siblings_in(session: Session, decision_id: str) -> list[DeliveryRecord]:
    """Every delivery of a decision."""
    query = select(Delivery).where(Delivery.decision_id == decision_id).order_by(Delivery.delivery_id)
    return [record_of(row) for row in session.scalars(query)]


def history(store: Store, delivery_id: str) -> list[Step]:
    """Every change of a delivery's state, oldest first."""
    with Session(store.engine) as session:
        return steps_of(session, delivery_id)


def steps_of(session: Session, delivery_id: str | None = None) -> list[Step]:
    """The same within the caller's transaction; of all deliveries when none is named."""
    query = select(DeliveryStep).order_by(DeliveryStep.number)
    if delivery_id is not None:
        query = query.where(DeliveryStep.delivery_id == delivery_id)
    return [
        Step(r.number, r.delivery_id, r.before, r.state, r.fence, r.owner, r.reason, r.at)
        for r in session.scalars(query)
    ]


def record_of(row: Delivery) -> DeliveryRecord:
    """The row as a value."""
    return DeliveryRecord(**{name: getattr(row, name) for name in DeliveryRecord.__slots__})
