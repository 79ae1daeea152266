"""What customers said about being contacted, where a sender can see it without the warehouse.

Rows are words as in the warehouse's table `consents`: copied from there after each load, or said to Retinue
directly (then they go to the warehouse with the next run). Only ever added to. A sender reads them in the
transaction in which it marks a delivery as being sent: a word that was kept before that mark is heeded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import islice

from sqlalchemy import Boolean, DateTime, Integer, String, UniqueConstraint, func, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "Word",
    "customers_on",
    "mark_told",
    "newest_from_warehouse",
    "say",
    "say_in",
    "untold",
    "words_of",
    "words_of_many",
    "words_of_one",
]

_AT_ONCE = 500


class _Word(Base):
    __tablename__ = "consent_words"
    __table_args__ = (UniqueConstraint("consent_id", "granted", "valid_from"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    consent_id: Mapped[str] = mapped_column(String(200), index=True)
    customer_id: Mapped[str] = mapped_column(String(200), index=True)
    channel: Mapped[str] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(100))
    granted: Mapped[bool] = mapped_column(Boolean)
    valid_from: Mapped[datetime] = mapped_column(DateTime)
    recorded_at: Mapped[datetime] = mapped_column(DateTime)
    copied: Mapped[bool] = mapped_column(Boolean)  # from the warehouse
    told: Mapped[bool] = mapped_column(Boolean, index=True)  # whether the warehouse has it


@dataclass(frozen=True, slots=True)
class Word:
    """One yes or no; times naive UTC."""

    consent_id: str
    customer_id: str
    channel: str
    purpose: str
    granted: bool
    valid_from: datetime
    recorded_at: datetime


def say(store: Store, words: Iterable[Word], *, from_warehouse: bool = False) -> int:
    """Keep words; those that are known already change nothing. How many were new."""
    with store.transaction() as session:
        return say_in(session, words, from_warehouse=from_warehouse)


def say_in(session: Session, words: Iterable[Word], *, from_warehouse: bool = False) -> int:
    """The same within the caller's transaction."""
    new, copied = 0, hashlib.sha256()
    for some in _batches(words):
        fresh = _unknown(session, some)
        if fresh:
            marks = {"copied": from_warehouse, "told": from_warehouse}
            session.execute(insert(_Word), [{**asdict(word), **marks} for word in fresh])
        new += len(fresh)
        for word in fresh:
            if from_warehouse:
                copied.update(f"{word.consent_id}\n".encode())
            else:
                on_record(
                    session,
                    "consent.granted" if word.granted else "consent.withdrawn",
                    "customer",
                    word.customer_id,
                    consent_id=word.consent_id,
                    channel=word.channel,
                    purpose=word.purpose,
                )
    if from_warehouse and new:
        on_record(
            session, "consent.copied", "consents", "warehouse", words=new, ids_sha256=copied.hexdigest()
        )
    return new


def _batches(words: Iterable[Word]) -> Iterator[list[Word]]:
    rest = iter(words)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _unknown(session: Session, words: Sequence[Word]) -> list[Word]:
    """Those of the words that are not kept yet, each once, with naive times."""
    ids = {word.consent_id for word in words}
    columns = (_Word.consent_id, _Word.granted, _Word.valid_from)
    known = {tuple(row) for row in session.execute(select(*columns).where(_Word.consent_id.in_(ids)))}
    fresh: dict[tuple[str, bool, datetime], Word] = {}
    for word in words:
        plain = replace(word, valid_from=naive(word.valid_from), recorded_at=naive(word.recorded_at))
        key = (plain.consent_id, plain.granted, plain.valid_from)
        if key not in known:
            fresh.setdefault(key, plain)
    return list(fresh.values())


def newest_from_warehouse(store: Store) -> datetime | None:
    """When the newest word that came from the warehouse was recorded there; None when none did."""
    with Session(store.engine) as session:
        newest: datetime | None = session.scalar(select(func.max(_Word.recorded_at)).where(_Word.copied))
        return newest


def words_of(session: Session, customer_id: str) -> list[Word]:
    """All that a customer said, in the order it was kept; within the caller's transaction."""
    query = select(_Word).where(_Word.customer_id == customer_id).order_by(_Word.number)
    return [_word(row) for row in session.scalars(query)]


def words_of_one(store: Store, customer_id: str) -> list[Word]:
    """All that a customer said, in the order it was kept."""
    with Session(store.engine) as session:
        return words_of(session, customer_id)


def words_of_many(store: Store, customers: Sequence[str]) -> dict[str, list[Word]]:
    """All that these customers said, by customer id, each in the order it was kept."""
    found: dict[str, list[Word]] = {}
    with Session(store.engine) as session:
        for start in range(0, len(customers), _AT_ONCE):
            chosen = _Word.customer_id.in_(customers[start : start + _AT_ONCE])
            for row in session.scalars(select(_Word).where(chosen).order_by(_Word.number)):
                found.setdefault(row.customer_id, []).append(_word(row))
    return found


def customers_on(store: Store, purposes: Sequence[str]) -> set[str]:
    """Customers who said a word on one of these purposes, written without case, spaces, `-` and `_`."""
    purpose = func.lower(_Word.purpose)
    for sign in (" ", "-", "_"):
        purpose = func.replace(purpose, sign, "")
    with store.reading() as session:
        return set(session.scalars(select(_Word.customer_id).where(purpose.in_(purposes)).distinct()))


def untold(store: Store) -> list[Word]:
    """Words that the warehouse does not have yet."""
    with Session(store.engine) as session:
        return [
            _word(row) for row in session.scalars(select(_Word).where(~_Word.told).order_by(_Word.number))
        ]


def mark_told(store: Store, words: Iterable[Word]) -> None:
    """Note that the warehouse has them now."""
    ids = [word.consent_id for word in words]
    with store.transaction() as session:
        for start in range(0, len(ids), _AT_ONCE):
            chosen = _Word.consent_id.in_(ids[start : start + _AT_ONCE])
            session.execute(update(_Word).where(chosen).values(told=True))


def _word(row: _Word) -> Word:
    return Word(
        row.consent_id,
        row.customer_id,
        row.channel,
        row.purpose,
        row.granted,
        row.valid_from,
        row.recorded_at,
    )
