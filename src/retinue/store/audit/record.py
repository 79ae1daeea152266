"""One record of the trail, and how it is written: with the act, at the end of the act's transaction.

The records of a transaction are collected while it runs and written last, so that the end of the chain is
held only for a moment. Written or not, they share the fate of everything else in the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Integer, String, Text, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue import faults
from retinue.errors import AuditError
from retinue.store.accounts import naive
from retinue.store.acting import actor_now
from retinue.store.base import Base
from retinue.store.history import only_added

__all__ = [
    "GENESIS",
    "AuditRecord",
    "Head",
    "Pending",
    "append",
    "digest",
    "entry_of",
    "head_in",
    "on_record",
]

GENESIS = "0" * 64
"""In place of the hash of the record before the first."""

PENDING = "audit records to be written"
"""Under this name a session of `Store.transaction` holds its records."""


class Record(Base):
    """One row of the trail."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    at: Mapped[str] = mapped_column(String(27))
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(300), index=True)
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class HeadRow(Base):
    """How many records there are and the hash of the last; held by whoever adds to them."""

    __tablename__ = "audit_head"

    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


only_added(Record.__table__, "the audit trail is only ever added to")


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One record; `at` is UTC as text, `detail` canonical JSON as it was hashed."""

    number: int
    at: str
    actor: str
    action: str
    kind: str
    object_id: str
    detail: str
    previous: str
    hash: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, the detail as values."""
        return {
            "number": self.number,
            "at": self.at,
            "actor": self.actor,
            "action": self.action,
            "kind": self.kind,
            "object": self.object_id,
            "detail": msgspec.json.decode(self.detail),
            "previous": self.previous,
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class Head:
    """How many records there are, and the hash of the last one."""

    count: int
    hash: str


Pending = list[tuple[str, str, str, str, str]]
"""Records without number, time and hash: actor, action, kind, object, detail."""


def on_record(
    session: Session, action: str, kind: str, object_id: str, *, actor: str | None = None, **detail: Any
) -> None:
    """Put an act on record, within the caller's transaction (`Store.transaction`): both happen or neither.

    Parameters
    ----------
    action: what was done, such as `campaign.approved`. kind, object_id: to what.
    actor: who did it; None for whoever is `acting`.
    detail: ids, tokens, hashes, numbers; never personal data, secrets or words that people wrote. What is
        None is left out.

    Raises AuditError outside such a transaction: the record would be lost.
    """
    pending: Pending | None = session.info.get(PENDING)
    if pending is None:
        raise AuditError(
            f"'{action}' cannot be put on record here.",
            where="a session of its own",
            fix="Act within Store.transaction().",
        )
    kept = {name: value for name, value in detail.items() if value is not None}
    pending.append(entry_of(actor_now() if actor is None else actor, action, kind, object_id, kept))


def entry_of(
    actor: str, action: str, kind: str, object_id: str, detail: Mapping[str, Any]
) -> tuple[str, str, str, str, str]:
    """A record as it waits to be written, of text that every store and every encoder takes."""
    text = msgspec.json.encode(detail, order="sorted").decode()
    return _clean(actor, 200), action, kind, _clean(object_id, 300), text


def append(session: Session, pending: Pending, *, at: datetime) -> Head:
    """Write the records at the end of the chain; the new end. Called last in a transaction.

    Raises AuditError when they cannot be written: the caller's transaction must not be kept then.
    """
    moment = f"{naive(at).isoformat(timespec='microseconds')}Z"
    try:
        head = head_in(session)
        count, last = head.count, head.hash
        rows = []
        for actor, action, kind, object_id, detail in pending:
            count += 1
            found = digest(count, moment, actor, action, kind, object_id, detail, last)
            rows.append(
                {
                    "number": count,
                    "at": moment,
                    "actor": actor,
                    "action": action,
                    "kind": kind,
                    "object_id": object_id,
                    "detail": detail,
                    "previous": last,
                    "hash": found,
                }
            )
            last = found
        faults.point("audit.writing")
        session.execute(_INSERT, rows)
        session.execute(_MOVE_HEAD, {"count": count, "hash": last})
    except (SQLAlchemyError, OSError) as error:
        raise AuditError(
            "The audit trail cannot be written, so nothing was done.",
            where="store, table audit",
            fix=f"Mend the store ({getattr(error, 'orig', None) or error}), then do it again.",
        ) from error
    faults.point("audit.written")
    return Head(count, last)


def head_in(session: Session) -> Head:
    """The end of the chain, held until the caller's transaction ends."""
    found = session.execute(_HEAD).first()
    if found is None:
        session.execute(insert(HeadRow.__table__).values(place=1, count=0, hash=GENESIS))  # type: ignore[arg-type]
        return Head(0, GENESIS)
    return Head(int(found[0]), str(found[1]))


def digest(
    number: int, at: str, actor: str, action: str, kind: str, object_id: str, detail: str, previous: str
) -> str:
    """The hash of a record: SHA-256 over its fields and the hash before it, as a JSON array without spaces.

    >>> digest(1, "2026-02-14T09:00:00.000000Z", "ada", "stop", "switch", "1", "{}", GENESIS)[:16]
    'a4b09495138861a8'
    """
    fields = (number, at, actor, action, kind, object_id, detail, previous)
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()


_HEAD = select(HeadRow.count, HeadRow.hash).where(HeadRow.place == 1).with_for_update()
_INSERT = insert(Record.__table__)  # type: ignore[arg-type]
_MOVE_HEAD = update(HeadRow.__table__).where(HeadRow.__table__.c.place == 1)  # type: ignore[arg-type]


def _clean(text: str, longest: int) -> str:
    """Text that every store and every encoder takes."""
    if text.isascii() and "\0" not in text:
        return text[:longest]
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:longest]
