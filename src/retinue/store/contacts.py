"""Where customers can be reached: the one place with addresses in it, each row sealed
under the key of its customer.

The warehouse knows tokens only. A row here is opened for one delivery and never written anywhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

import msgspec
from sqlalchemy import DateTime, LargeBinary, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.privacy.sealing import OLD_VERSION, Place, seal, unseal, unseal_old
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.deliveries import Delivery
from retinue.store.subject_keys import SubjectKey, data_keys_in, opened_key
from retinue.store.vault import Vault, once_more

__all__ = [
    "SEALED",
    "Contact",
    "Known",
    "contact_of",
    "contacts_of",
    "count_contacts",
    "forget_contact",
    "keep_contacts",
]

_AT_ONCE = 500


class Contact(Base):
    """One customer's row."""

    __tablename__ = "contacts"

    customer_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(DateTime)


SEALED, _KEYS = Contact.__table__, SubjectKey.__table__
_WITH_KEY = select(SEALED.c.customer_id, SEALED.c.sealed, _KEYS.c.wrapped).select_from(
    SEALED.outerjoin(_KEYS, SEALED.c.customer_id == _KEYS.c.customer_id)
)


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
    store: Store, contacts: Iterable[Known], *, clock: datetime, source: str | None = None
) -> int:
    """Keep contacts, each in place of what was known of the customer before; how many they were.

    source: SHA-256 of the file they come from.
    """
    kept = 0
    rows = iter(contacts)
    while batch := list(islice(rows, _AT_ONCE * 10)):
        with store.transaction() as session:
            customers = [contact.customer_id for contact in batch]
            keys = data_keys_in(session, store.vault, customers, now=clock)
            for contact in batch:
                row = session.get(Contact, contact.customer_id)
                name = contact.customer_id
                sealed = seal(msgspec.json.encode(contact), keys[name], _place(name))
                if row is None:
                    session.add(Contact(customer_id=name, sealed=sealed, changed_at=naive(clock)))
                else:
                    row.sealed, row.changed_at = sealed, naive(clock)
            listed = hashlib.sha256("\n".join(customers).encode())
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


def contact_of(store: Store, customer_id: str) -> Known | None:
    """What is known of a customer; None when nothing is, or their key was erased.

    Raises ArtefactError when it cannot be opened.
    """
    return contacts_of(store, [customer_id]).get(customer_id)


def contacts_of(store: Store, customers: Sequence[str]) -> dict[str, Known]:
    """The same for many: those of whom something is known, by customer id."""
    found: dict[str, Known] = {}
    with Session(store.engine) as session:
        for start in range(0, len(customers), _AT_ONCE):
            part = customers[start : start + _AT_ONCE]
            found |= once_more(lambda part=part: _opened_of(session, store.vault, part))  # type: ignore[misc]
    return found


def forget_contact(store: Store, customer_id: str) -> bool:
    """Delete what is known, and the sealed requests of deliveries that are over, which hold it too; whether
    anything was. What is being sent, or is unknown, keeps its request until that is settled."""
    with store.transaction() as session:
        over = Delivery.state.notin_(("sending", "unknown"))
        mine = Delivery.customer_id == customer_id, Delivery.request.is_not(None), over
        held = session.execute(update(Delivery).where(*mine).values(request=None))
        done = session.execute(delete(Contact).where(Contact.customer_id == customer_id))
        was = bool(done.rowcount or held.rowcount)  # type: ignore[attr-defined]
        if was:
            on_record(session, "contacts.forgotten", "customer", customer_id)
        return was


def count_contacts(store: Store) -> int:
    """Of how many customers something is known."""
    with Session(store.engine) as session:
        return int(session.scalar(select(func.count()).select_from(Contact)) or 0)


def _opened_of(session: Session, vault: Vault, customers: Sequence[str]) -> dict[str, Known]:
    rows = session.execute(_WITH_KEY.where(SEALED.c.customer_id.in_(customers)))
    opened = (_opened(session, vault, *row) for row in rows)
    return {known.customer_id: known for known in opened if known is not None}


def _opened(
    session: Session, vault: Vault, customer_id: str, sealed: bytes, wrapped: bytes | None
) -> Known | None:
    if sealed[:1] == OLD_VERSION:
        body = unseal_old(sealed, vault.old_key(), f"contacts/{customer_id}")
    elif wrapped is None:
        return None  # their key was erased
    else:
        body = unseal(sealed, opened_key(session, vault, customer_id, wrapped), _place(customer_id))
    return msgspec.json.decode(body, type=Known)


def _place(customer_id: str) -> Place:
    return Place("contacts", "sealed", customer_id)
