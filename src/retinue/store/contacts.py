"""Where customers can be reached: the one place with addresses in it, each row sealed.

The warehouse knows tokens only. A row here is opened for one delivery and never written anywhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

import msgspec
from sqlalchemy import DateTime, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.privacy import seal, unseal
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["Known", "contact_of", "contacts_of", "count_contacts", "forget_contact", "keep_contacts"]

_AT_ONCE = 500


class _Contact(Base):
    __tablename__ = "contacts"

    customer_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(DateTime)


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of how to reach a customer; the fields are those of `retinue.channels.Contact`."""

    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push_id: str | None = None
    language: str | None = None
    timezone: str | None = None
    preferred: str | None = None
    ids: dict[str, str] = {}


def keep_contacts(
    store: Store, contacts: Iterable[Known], key: bytes, *, clock: datetime, source: str | None = None
) -> int:
    """Keep contacts, each in place of what was known of the customer before; how many they were.

    source: SHA-256 of the file they come from.
    """
    kept = 0
    rows = iter(contacts)
    while batch := list(islice(rows, _AT_ONCE * 10)):
        with store.transaction() as session:
            for contact in batch:
                row = session.get(_Contact, contact.customer_id)
                sealed = seal(msgspec.json.encode(contact), key, place=_place(contact.customer_id))
                if row is None:
                    session.add(
                        _Contact(customer_id=contact.customer_id, sealed=sealed, changed_at=naive(clock))
                    )
                else:
                    row.sealed, row.changed_at = sealed, naive(clock)
            listed = hashlib.sha256("\n".join(contact.customer_id for contact in batch).encode())
            on_record(
                session,
                "contacts.kept",
                "contacts",
                source or "",
                contacts=len(batch),
                ids_sha256=listed.hexdigest(),
            )
        kept += len(batch)
    return kept


def contact_of(store: Store, customer_id: str, key: bytes) -> Known | None:
    """What is known of a customer; None when nothing is. Raises ArtefactError when it cannot be opened."""
    with Session(store.engine) as session:
        row = session.get(_Contact, customer_id)
        return None if row is None else _opened(row, key)


def contacts_of(store: Store, customers: Sequence[str], key: bytes) -> dict[str, Known]:
    """The same for many: those of whom something is known, by customer id."""
    found: dict[str, Known] = {}
    with Session(store.engine) as session:
        for start in range(0, len(customers), _AT_ONCE):
            query = select(_Contact).where(_Contact.customer_id.in_(customers[start : start + _AT_ONCE]))
            found |= {row.customer_id: _opened(row, key) for row in session.scalars(query)}
    return found


def forget_contact(store: Store, customer_id: str) -> bool:
    """Delete what is known; whether anything was."""
    with store.transaction() as session:
        done = session.execute(delete(_Contact).where(_Contact.customer_id == customer_id))
        was = bool(done.rowcount)  # type: ignore[attr-defined]
        if was:
            on_record(session, "contacts.forgotten", "customer", customer_id)
        return was


def count_contacts(store: Store) -> int:
    """Of how many customers something is known."""
    with Session(store.engine) as session:
        return int(session.scalar(select(func.count()).select_from(_Contact)) or 0)


def _opened(row: _Contact, key: bytes) -> Known:
    return msgspec.json.decode(unseal(row.sealed, key, place=_place(row.customer_id)), type=Known)


def _place(customer_id: str) -> str:
    return f"contacts/{customer_id}"
