"""A customer is forgotten by erasing their key: what was sealed under it can be read by nobody any more.

That holds for every copy of what was sealed, also in a backup, as long as the copy of the key in that backup
is gone as well: back up the table `subject_keys` apart and for a short time (docs/concepts/encryption.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, text, update

from retinue import faults
from retinue.store.audit.record import on_record
from retinue.store.contacts import Contact
from retinue.store.deliveries import Delivery
from retinue.store.subject_keys import SubjectKey

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store import Store

__all__ = ["Shredded", "shred", "shred_in"]


@dataclass(frozen=True, slots=True)
class Shredded:
    """What was erased of a customer. key, contact: whether there was one. requests: how many."""

    key: bool
    contact: bool
    requests: int


def shred(store: Store, customer_id: str) -> Shredded:
    """Erase a customer's key, contact and kept requests, on record; a second time there is nothing to erase.

    In a file what is deleted is overwritten, and the write-ahead log emptied unless somebody reads meanwhile;
    in PostgreSQL the old rows go with the next VACUUM.
    """
    with store.transaction() as session:
        done = shred_in(session, customer_id)
        faults.point("vault.shredding")
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return done


def shred_in(session: Session, customer_id: str, *, named: str | None = None) -> Shredded:
    """The same within the caller's transaction (`Store.transaction`).

    named: what the record calls them, where their id is not to be told any more.
    """
    key = bool(_count(session.execute(delete(SubjectKey).where(SubjectKey.customer_id == customer_id))))
    contact = _count(session.execute(delete(Contact).where(Contact.customer_id == customer_id)))
    mine = (Delivery.customer_id == customer_id) & Delivery.request.is_not(None)
    requests = _count(session.execute(update(Delivery).where(mine).values(request=None)))
    done = Shredded(key, bool(contact), requests)
    if key or contact or requests:
        name = named or customer_id
        on_record(session, "subject.shredded", "customer", name, contact=bool(contact), requests=requests)
    return done


def _count(result: object) -> int:
    return int(result.rowcount)  # type: ignore[attr-defined]
