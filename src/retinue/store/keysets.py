"""The keysets of a store, each wrapped by the key-encrypting key; twice while that key is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, BigInteger, DateTime, Integer, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base

__all__ = ["Wrapped", "drop_copies_in", "keep_copy_in", "keep_keyset_in", "standing_in", "wrapped_in"]


class _Keyset(Base):
    __tablename__ = "keysets"

    purpose: Mapped[str] = mapped_column(String(20), primary_key=True)
    kek: Mapped[str] = mapped_column(String(300), primary_key=True)
    wrapped: Mapped[str] = mapped_column(Text)
    made: Mapped[dict[str, str]] = mapped_column(JSON)  # number of a key → since when it is there (UTC)
    version: Mapped[int] = mapped_column(Integer)
    primary_id: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A keyset as it is kept. kek: the id of the key that wraps it. made: UTC by the number of each key.
    primary: the number of the one that seals."""

    purpose: str
    kek: str
    wrapped: str
    made: dict[int, str]
    version: int
    primary: int


def wrapped_in(session: Session, purpose: str | None = None) -> list[Wrapped]:
    """Every copy of a keyset, or of all of them."""
    query = select(_Keyset).order_by(_Keyset.purpose, _Keyset.kek)
    if purpose is not None:
        query = query.where(_Keyset.purpose == purpose)
    return [
        Wrapped(
            r.purpose, r.kek, r.wrapped, {int(k): at for k, at in r.made.items()}, r.version, r.primary_id
        )
        for r in session.scalars(query)
    ]


def standing_in(session: Session, purpose: str) -> tuple[int, int]:
    """How often a keyset was changed, and the number of its primary key; zeros where there is none."""
    query = select(_Keyset.version, _Keyset.primary_id).where(_Keyset.purpose == purpose).limit(1)
    found = session.execute(query).first()
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def keep_keyset_in(session: Session, kept: Wrapped, action: str, *, now: datetime, key_id: int) -> None:
    """Keep a keyset in place of what it was, and put on record which of its keys it is about."""
    if wrapped_in(session, kept.purpose) == [kept]:
        return
    session.execute(delete(_Keyset).where(_Keyset.purpose == kept.purpose))
    _add(session, kept, now)
    on_record(session, action, "keyset", kept.purpose, key_id=key_id, version=kept.version, kek=kept.kek)


def keep_copy_in(session: Session, kept: Wrapped, *, now: datetime) -> None:
    """Keep one more copy of a keyset, wrapped by another key."""
    if kept in wrapped_in(session, kept.purpose):
        return
    held = session.get(_Keyset, (kept.purpose, kept.kek))
    if held is not None:
        session.delete(held)
        session.flush()
    _add(session, kept, now)
    on_record(session, "vault.rewrapped", "keyset", kept.purpose, version=kept.version, kek=kept.kek)


def drop_copies_in(session: Session, kek: str) -> list[str]:
    """Drop every copy but those wrapped by one key; the ids of the keys that open nothing any more."""
    gone = sorted(set(session.scalars(select(_Keyset.kek).where(_Keyset.kek != kek))))
    if gone:
        session.execute(delete(_Keyset).where(_Keyset.kek != kek))
        for one in gone:
            on_record(session, "vault.unwrapped", "keyset", "", kek=one)
    return gone


def _add(session: Session, kept: Wrapped, now: datetime) -> None:
    session.add(
        _Keyset(
            purpose=kept.purpose,
            kek=kept.kek,
            wrapped=kept.wrapped,
            made={str(key_id): at for key_id, at in kept.made.items()},
            version=kept.version,
            primary_id=kept.primary,
            changed_at=naive(now),
        )
    )
    session.flush()
