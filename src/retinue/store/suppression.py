"""Addresses that nothing may be sent to: they bounced, complained, unsubscribed, or a person said so.

An address is kept as a token of the workspace's key, never as itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.privacy import tokenise
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "address_token",
    "lift",
    "list_suppressed",
    "suppress",
    "suppress_in",
    "suppressed",
    "suppressed_count_in",
]


_NUMBER = re.compile(r"\+?\d[\d\s().-]{4,}")
"""A telephone number, however its digits are grouped."""


class _Suppressed(Base):
    __tablename__ = "suppressed"

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(DateTime)


def suppress(store: Store, address: str, reason: str, key: bytes, *, clock: datetime) -> bool:
    """Send nothing to an address (or to a token of one) from now on; whether that is new."""
    with store.transaction() as session:
        return suppress_in(session, address, reason, key, clock=clock)


def suppress_in(session: Session, address: str, reason: str, key: bytes, *, clock: datetime) -> bool:
    """The same within the caller's transaction."""
    token = address_token(address, key)
    if session.get(_Suppressed, token) is not None:
        return False
    session.add(_Suppressed(token=token, reason=reason[:200], at=naive(clock)))
    on_record(session, "suppression.added", "address", token)
    return True


def lift(store: Store, address: str, key: bytes) -> bool:
    """Allow an address again; whether it was suppressed."""
    with store.transaction() as session:
        token = address_token(address, key)
        done = session.execute(delete(_Suppressed).where(_Suppressed.token == token))
        was = bool(done.rowcount)  # type: ignore[attr-defined]
        if was:
            on_record(session, "suppression.lifted", "address", token)
        return was


def suppressed(session: Session, address: str, key: bytes) -> str | None:
    """Why nothing may be sent to an address; None when something may. Within the caller's transaction."""
    found = session.get(_Suppressed, address_token(address, key))
    return None if found is None else found.reason


def suppressed_count_in(session: Session) -> int:
    """How many addresses are suppressed."""
    return int(session.scalar(select(func.count()).select_from(_Suppressed)) or 0)


def list_suppressed(store: Store) -> list[dict[str, Any]]:
    """Every suppressed address as its token, with reason and time; newest first."""
    with Session(store.engine) as session:
        rows = session.scalars(select(_Suppressed).order_by(_Suppressed.at.desc(), _Suppressed.token))
        return [{"token": r.token, "reason": r.reason, "at": f"{r.at.isoformat()}Z"} for r in rows]


def address_token(address: str, key: bytes) -> str:
    """The token of an address; a telephone number has one however its digits are grouped.

    >>> address_token("+49 (30) 123456", b"k") == address_token("+4930123456", b"k")
    True
    """
    number = _NUMBER.fullmatch(address.strip()) is not None
    token = tokenise(re.sub(r"[^\d+]", "", address) if number else address, key)
    if token is None:
        raise ValueError("an address is empty")
    return token
