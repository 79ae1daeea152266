"""Customers at the cancel button: when they asked and why, what they were shown, what they chose.

A customer's token names an **occasion**: the same token always finds the same one, and what was answered on
it never changes. Rows are written before the customer is answered; `retinue outcomes collect` brings them
into the warehouse once their token can no longer change them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    String,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from retinue.errors import RequestError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "NOT_ASKED",
    "Answer",
    "Choice",
    "Moment",
    "accepted",
    "choose",
    "collected",
    "find",
    "find_receipt",
    "occasion_id",
    "of_customer",
    "opened",
    "planned_in",
    "settled",
    "summary",
    "was_accepted",
]

Choice = Literal["accepted", "declined", "cancelled", "closed"]
Answer = Literal["offer", "call", "none"]

NOT_ASKED = "not_asked"
"""In place of a rule, where the customer chose without waiting for an answer."""


class _Moment(Base):
    __tablename__ = "cancel_moments"

    occasion_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(String(200), index=True)
    opened_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    answer: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str] = mapped_column(String(40))
    offer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    decision_id: Mapped[str | None] = mapped_column(String(64), index=True)
    repeats: Mapped[str | None] = mapped_column(String(40))  # the occasion whose answer was given again
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    choice: Mapped[str | None] = mapped_column(String(10), index=True)
    chosen_at: Mapped[datetime | None] = mapped_column(DateTime)
    changed: Mapped[int] = mapped_column(Integer, default=1)  # raised with every change
    collected: Mapped[int] = mapped_column(Integer, default=0)  # `changed` as last collected
    planned_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class Moment:
    """One occasion; times are UTC without a zone.

    answer: an offer, a promise to call, or nothing. offer: what was shown, JSON-ready. rule: the row of the
    decision's rules, or why there was no decision. repeats: the occasion whose answer was given again.
    planned: an accepted offer is on its way.
    """

    occasion_id: str
    customer_id: str
    opened_at: datetime
    answer: Answer
    rule: str
    reason: str | None = None
    offer: Mapping[str, Any] | None = None
    decision_id: str | None = None
    repeats: str | None = None
    receipt: bytes | None = None
    choice: Choice | None = None
    chosen_at: datetime | None = None
    changed: int = 1
    planned: bool = False


def occasion_id(customer_id: str, nonce: str) -> str:
    """The name of a customer's occasion.

    >>> occasion_id("C1", "n1") == occasion_id("C1", "n1") != occasion_id("C2", "n1")
    True
    """
    return "occ_" + hashlib.sha256(f"{customer_id}\0{nonce}".encode()).hexdigest()[:24]


def find(store: Store, name: str) -> Moment | None:
    """One occasion."""
    with Session(store.engine) as session:
        found = session.get(_Moment, name)
        return None if found is None else _moment(found)


def find_receipt(store: Store, decision_id: str) -> bytes | None:
    """The receipt of a decision that was made at the button, as JSON."""
    query = select(_Moment.receipt).where(_Moment.decision_id == decision_id, _Moment.receipt.is_not(None))
    with Session(store.engine) as session:
        return session.scalar(query.limit(1))


def was_accepted(store: Store, decision_id: str) -> bool:
    """Whether the customer took the offer of a decision, and did not go on to cancel after all."""
    query = select(_Moment.occasion_id).where(
        _Moment.decision_id == decision_id, _Moment.choice == "accepted"
    )
    with Session(store.engine) as session:
        return session.scalar(query.limit(1)) is not None


def of_customer(store: Store, customer_id: str, *, since: datetime) -> list[Moment]:
    """A customer's occasions since a time, oldest first."""
    query = (
        select(_Moment)
        .where(_Moment.customer_id == customer_id, _Moment.opened_at >= naive(since))
        .order_by(_Moment.opened_at, _Moment.occasion_id)
    )
    with Session(store.engine) as session:
        return [_moment(row) for row in session.scalars(query)]


def opened(store: Store, moment: Moment) -> Moment:
    """Put an occasion on record; the one that is there already, if another request was faster.

    One on which nobody had asked for an answer yet gets this one.
    """
    with store.transaction() as session:
        found = session.get(_Moment, moment.occasion_id)
        if found is not None and found.rule == NOT_ASKED and moment.rule != NOT_ASKED:
            found.answer, found.rule, found.offer = moment.answer, moment.rule, _plain(moment.offer)
            found.decision_id, found.repeats, found.receipt = (
                moment.decision_id,
                moment.repeats,
                moment.receipt,
            )
            found.reason, found.changed = moment.reason or found.reason, found.changed + 1
            session.flush()
            _on_record(session, found, "cancel.answered")
        if found is None:
            found = _Moment(
                occasion_id=moment.occasion_id,
                customer_id=moment.customer_id,
                opened_at=naive(moment.opened_at),
                reason=moment.reason,
                answer=moment.answer,
                rule=moment.rule,
                offer=_plain(moment.offer),
                decision_id=moment.decision_id,
                repeats=moment.repeats,
                receipt=moment.receipt,
                choice=moment.choice,
                chosen_at=moment.chosen_at,
                changed=1,
                collected=0,
            )
            session.add(found)
            session.flush()
            _on_record(session, found, "cancel.answered" if found.rule != NOT_ASKED else "cancel.opened")
        return _moment(found)


def choose(store: Store, name: str, choice: Choice, *, now: datetime, reason: str | None = None) -> Moment:
    """Record what the customer chose; the same again changes nothing.

    A customer may always go on to cancel. Raises RequestError when there is no such occasion, when there is
    no offer to accept, or when the customer went on to cancel before.
    """
    with store.transaction() as session:
        row = session.get(_Moment, name)
        if row is None:
            raise RequestError("There is no such occasion.", status=404, fix="Ask for an offer first.")
        if reason is not None and row.reason is None:
            row.reason, row.changed = reason, row.changed + 1
            _on_record(session, row, "cancel.reason_told")
        if row.choice == choice:
            return _moment(row)
        if choice == "accepted" and row.answer != "offer":
            raise RequestError("There is no offer to accept.", status=409)
        if row.choice == "cancelled" or (row.choice == "accepted" and choice != "cancelled"):
            raise RequestError(f"The customer has chosen already: {row.choice}.", status=409)
        if choice == "accepted":
            same = select(_Moment.occasion_id).where(
                _Moment.decision_id == row.decision_id, _Moment.choice == "accepted"
            )
            if session.scalar(same.limit(1)) is not None:
                row.planned_at = naive(now)  # with the other one: an offer is made real once
        row.choice, row.chosen_at, row.changed = choice, naive(now), row.changed + 1
        session.flush()
        _on_record(session, row, f"cancel.{choice}")
        return _moment(row)


def accepted(store: Store, *, limit: int = 1_000, after: Moment | None = None) -> list[Moment]:
    """Offers that customers accepted and nobody planned yet, oldest first: what is to be made real.

    Left out is whoever went on to cancel after all, in this window or in another. after: only those that
    come after this one.
    """
    query = _owed().order_by(_Moment.chosen_at, _Moment.occasion_id).limit(limit)
    if after is not None:
        query = query.where(
            tuple_(_Moment.chosen_at, _Moment.occasion_id) > (after.chosen_at, after.occasion_id)
        )
    with Session(store.engine) as session:
        return [_moment(row) for row in session.scalars(query)]


def planned_in(session: Session, name: str, *, now: datetime) -> bool:
    """Say of an accepted offer that it is planned, within the caller's transaction; False where it is no
    longer to be: another process planned it, or the customer went on to cancel."""
    row = session.scalar(_owed().where(_Moment.occasion_id == name).with_for_update())
    if row is not None:
        row.planned_at = naive(now)
        session.flush()
        on_record(session, "cancel.planned", "occasion", name)
    return row is not None


def _owed() -> Select[_Moment]:
    other = aliased(_Moment)
    left = exists().where(other.decision_id == _Moment.decision_id, other.choice == "cancelled")
    return select(_Moment).where(_Moment.choice == "accepted", _Moment.planned_at.is_(None), ~left)


def settled(store: Store, before: datetime, *, limit: int = 1_000) -> list[Moment]:
    """Occasions opened before a time that are not collected as they are now, oldest first."""
    query = (
        select(_Moment)
        .where(_Moment.opened_at < naive(before), _Moment.changed > _Moment.collected)
        .order_by(_Moment.opened_at, _Moment.occasion_id)
        .limit(limit)
    )
    with Session(store.engine) as session:
        return [_moment(row) for row in session.scalars(query)]


def collected(store: Store, moments: Sequence[Moment]) -> None:
    """Mark occasions as collected as they were read."""
    marked = []
    with store.transaction() as session:
        for moment in moments:
            mine = _Moment.occasion_id == moment.occasion_id, _Moment.collected != moment.changed
            done = session.execute(update(_Moment).where(*mine).values(collected=moment.changed))
            if done.rowcount:  # type: ignore[attr-defined]
                marked.append(moment.occasion_id)
        if marked:
            listed = hashlib.sha256("\n".join(marked).encode()).hexdigest()
            on_record(session, "cancel.collected", "occasions", "", occasions=len(marked), ids_sha256=listed)


def summary(store: Store) -> dict[str, dict[str, int]]:
    """How many occasions there were by answer, by choice and by reason."""
    found: dict[str, dict[str, int]] = {}
    with Session(store.engine) as session:
        for name, column in (
            ("answer", _Moment.answer),
            ("choice", _Moment.choice),
            ("reason", _Moment.reason),
        ):
            rows = session.execute(select(column, func.count()).group_by(column))
            found[name] = {str(key or "not stated"): int(many) for key, many in rows}
    return found


def _on_record(session: Session, row: _Moment, action: str) -> None:
    offer = row.offer or {}
    on_record(
        session,
        action,
        "occasion",
        row.occasion_id,
        actor=f"customer {row.customer_id}" if action != "cancel.answered" else None,
        customer_id=row.customer_id,
        answer=row.answer,
        rule=row.rule,
        decision_id=row.decision_id,
        offer=offer.get("id"),
        receipt_sha256=hashlib.sha256(row.receipt).hexdigest() if row.receipt else None,
    )


def _plain(offer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if offer is None else dict(offer)


def _moment(row: _Moment) -> Moment:
    return Moment(
        occasion_id=row.occasion_id,
        customer_id=row.customer_id,
        opened_at=row.opened_at,
        answer=cast(Answer, row.answer),
        rule=row.rule,
        reason=row.reason,
        offer=row.offer,
        decision_id=row.decision_id,
        repeats=row.repeats,
        receipt=row.receipt,
        choice=cast("Choice | None", row.choice),
        chosen_at=row.chosen_at,
        changed=row.changed,
        planned=row.planned_at is not None,
    )
