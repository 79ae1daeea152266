"""What is sealed in the store, by table: how many rows each key has, and a batch of them sealed anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from retinue.errors import ArtefactError
from retinue.privacy.keys import key_of
from retinue.privacy.sealing import OLD_VERSION, Place, seal, unseal_old
from retinue.store.audit.record import on_record
from retinue.store.contacts import SEALED as CONTACTS
from retinue.store.deliveries import Delivery
from retinue.store.signing_keys import SigningKey, private_in, sealed_by
from retinue.store.subject_keys import SubjectKey, bound_to, data_keys_in, opened_key, rows_by_key_in
from retinue.store.vault import Vault

__all__ = ["STEPS", "Part", "in_old_form", "rows_on", "without_key"]

_DELIVERIES = Delivery.__table__
_SUBJECTS = SubjectKey.__table__


@dataclass(slots=True)
class Part:
    """One batch. last: the row to go on after; None when there are no more."""

    done: int = 0
    failed: list[str] = field(default_factory=list)
    last: str | None = None


def rows_on(session: Session, purpose: str) -> dict[int, int]:
    """How many rows are sealed by each key of a keyset, by its number."""
    if purpose == "personal":
        return rows_by_key_in(session)
    found = (key_of(sealed[1:]) for sealed in session.scalars(select(SigningKey.sealed)))
    return dict(Counter(key_id for key_id in found if key_id is not None))


def in_old_form(session: Session) -> dict[str, int]:
    """How many values are still sealed by the workspace's key itself, by table; zeros left out."""
    found = {
        "contacts": _counted(session, CONTACTS, _old(CONTACTS.c.sealed)),
        "deliveries": _counted(session, _DELIVERIES, _old(_DELIVERIES.c.request)),
        "signing_keys": _counted(session, SigningKey.__table__, _old(SigningKey.__table__.c.sealed)),
    }
    return {table: count for table, count in found.items() if count}


def without_key(session: Session) -> int:
    """Of how many contacts the customer's key is gone, so that nobody can open them."""
    missing = (
        ~select(_SUBJECTS.c.customer_id).where(_SUBJECTS.c.customer_id == CONTACTS.c.customer_id).exists()
    )
    return _counted(session, CONTACTS, missing & ~_old(CONTACTS.c.sealed))


def _subjects(session: Session, vault: Vault, *, after: str, limit: int, now: datetime) -> Part:
    """Customers' keys under the newest key of the keyset; what they seal stays as it is."""
    if not rows_by_key_in(session):
        return Part()
    keyset = vault.writing(session, "personal", now=now)
    query = (
        select(_SUBJECTS.c.customer_id, _SUBJECTS.c.wrapped)
        .where(_SUBJECTS.c.key_id != keyset.primary, _SUBJECTS.c.customer_id > after)
        .order_by(_SUBJECTS.c.customer_id)
        .limit(limit)
    )

    def again(customer_id: str, wrapped: bytes) -> dict[str, Any]:
        key = opened_key(session, vault, customer_id, wrapped)
        return {"wrapped": keyset.encrypt(key, bound_to(customer_id)), "key_id": keyset.primary}

    return _each(session, _SUBJECTS, "customer_id", session.execute(query).all(), again, limit)


def _signing(session: Session, vault: Vault, *, after: str, limit: int, now: datetime) -> Part:
    """Private halves of signing keys, all at once: there are few."""
    rows = session.scalars(select(SigningKey).order_by(SigningKey.kid)).all()
    if after or not rows:
        return Part()
    keyset = vault.writing(session, "signing", now=now)
    older = [row for row in rows if row.sealed[:1] == OLD_VERSION or key_of(row.sealed[1:]) != keyset.primary]

    def again(kid: str, row: SigningKey) -> dict[str, Any]:
        return {"sealed": sealed_by(keyset, kid, private_in(session, kid, vault))}

    found = [(row.kid, row) for row in older]
    return _each(session, SigningKey.__table__, "kid", found, again, len(found) + 1)


def _contacts(session: Session, vault: Vault, *, after: str, limit: int, now: datetime) -> Part:
    """Contacts of the form of before, under their customers' keys."""
    query = (
        select(CONTACTS.c.customer_id, CONTACTS.c.sealed)
        .where(_old(CONTACTS.c.sealed), CONTACTS.c.customer_id > after)
        .order_by(CONTACTS.c.customer_id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    keys = data_keys_in(session, vault, [row[0] for row in rows], now=now) if rows else {}

    def again(customer_id: str, sealed: bytes) -> dict[str, Any]:
        value = unseal_old(sealed, vault.old_key(), f"contacts/{customer_id}")
        return {"sealed": seal(value, keys[customer_id], Place("contacts", "sealed", customer_id))}

    return _each(session, CONTACTS, "customer_id", rows, again, limit)


def _requests(session: Session, vault: Vault, *, after: str, limit: int, now: datetime) -> Part:
    """Requests of deliveries of the form of before, under their customers' keys."""
    query = (
        select(_DELIVERIES.c.delivery_id, _DELIVERIES.c.request, _DELIVERIES.c.customer_id)
        .where(_old(_DELIVERIES.c.request), _DELIVERIES.c.delivery_id > after)
        .order_by(_DELIVERIES.c.delivery_id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    keys = data_keys_in(session, vault, [row[2] for row in rows], now=now) if rows else {}

    def again(delivery_id: str, sealed: bytes, customer_id: str) -> dict[str, Any]:
        value = unseal_old(sealed, vault.old_key(), f"deliveries/{delivery_id}")
        return {"request": seal(value, keys[customer_id], Place("deliveries", "request", delivery_id))}

    return _each(session, _DELIVERIES, "delivery_id", rows, again, limit)


STEPS = (_subjects, _signing, _contacts, _requests)
"""One for each table with something sealed; each does a batch after a row, in the caller's transaction."""


def _each(
    session: Session, table: Any, key: str, rows: Any, again: Callable[..., dict[str, Any]], limit: int
) -> Part:
    part = Part(last=rows[-1][0] if len(rows) == limit else None)
    for row in rows:
        try:
            values = again(*row)
        except ArtefactError as error:
            part.failed.append(f"{table.name} {row[0]}: {error.what}")
            continue
        session.execute(update(table).where(table.c[key] == row[0]).values(**values))
        part.done += 1
    if part.done:
        on_record(session, "vault.resealed", "table", table.name, rows=part.done)
    return part


def _old(column: ColumnElement[Any]) -> ColumnElement[bool]:
    return func.substr(column, 1, 1) == OLD_VERSION


def _counted(session: Session, table: Any, condition: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count()).select_from(table).where(condition)) or 0)
