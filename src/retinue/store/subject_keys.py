"""One data key for each customer, wrapped by the keyset `personal`. Without it nothing of them can be read.

Everything sealed of a customer is sealed under their own key, so that erasing one row here makes every copy
unreadable that was made of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, LargeBinary, String, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.privacy.keys import key_of
from retinue.privacy.sealing import Place, new_data_key
from retinue.store.accounts import naive
from retinue.store.base import Base
from retinue.store.vault import Vault, once_more

__all__ = ["SubjectKey", "bound_to", "data_key_in", "data_keys_in", "opened_key", "rows_by_key_in"]

_AT_ONCE = 500


class SubjectKey(Base):
    """The key of one customer."""

    __tablename__ = "subject_keys"

    customer_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[int] = mapped_column(BigInteger, index=True)  # the number of the key that wraps it
    made_at: Mapped[datetime] = mapped_column(DateTime)


_TABLE = SubjectKey.__table__


def opened_key(session: Session, vault: Vault, customer_id: str, wrapped: bytes) -> bytes:
    """The data key itself. Raises ArtefactError when it cannot be opened."""
    return vault.decrypt(session, "personal", wrapped, bound_to(customer_id))


def data_key_in(session: Session, vault: Vault, customer_id: str) -> bytes | None:
    """The key of a customer; None where there is none: nothing was sealed of them, or it was erased."""

    def read() -> bytes | None:
        wrapped = session.scalar(select(_TABLE.c.wrapped).where(_TABLE.c.customer_id == customer_id))
        return None if wrapped is None else opened_key(session, vault, customer_id, wrapped)

    return once_more(read)


def data_keys_in(
    session: Session, vault: Vault, customers: Iterable[str], *, now: datetime
) -> dict[str, bytes]:
    """The keys of customers, in a transaction of `Store.transaction`; made where there is none."""
    found: dict[str, bytes] = {}
    asked = list(dict.fromkeys(customers))
    for start in range(0, len(asked), _AT_ONCE):
        part: Sequence[str] = asked[start : start + _AT_ONCE]
        query = select(_TABLE.c.customer_id, _TABLE.c.wrapped).where(_TABLE.c.customer_id.in_(part))
        for customer_id, wrapped in session.execute(query):
            found[customer_id] = opened_key(session, vault, customer_id, wrapped)
        fresh = {customer_id: new_data_key() for customer_id in part if customer_id not in found}
        if fresh:
            keyset = vault.writing(session, "personal", now=now)
            rows = []
            for customer_id, key in fresh.items():
                wrapped = keyset.encrypt(key, bound_to(customer_id))
                rows.append(
                    {
                        "customer_id": customer_id,
                        "wrapped": wrapped,
                        "key_id": key_of(wrapped),
                        "made_at": naive(now),
                    }
                )
            session.execute(insert(SubjectKey), rows)
            found |= fresh
    return found


def rows_by_key_in(session: Session) -> dict[int, int]:
    """How many customers' keys are wrapped by each key of the keyset."""
    query = select(SubjectKey.key_id, func.count()).group_by(SubjectKey.key_id)
    return {int(key_id): int(count) for key_id, count in session.execute(query)}


def bound_to(customer_id: str) -> bytes:
    """What a customer's wrapped key is bound to."""
    return Place("subject_keys", "wrapped", customer_id).bound
