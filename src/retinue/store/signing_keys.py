"""The keys that sign tokens of Retinue's own: the public half as it is, the private half sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.privacy.keys import Keyset
from retinue.privacy.sealing import OLD_VERSION, Place, unseal_old
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base
from retinue.store.vault import Vault, once_more

__all__ = [
    "SigningKey",
    "SigningKeyRecord",
    "add_signing_key",
    "private_in",
    "retire_in",
    "sealed_by",
    "signing_key_in",
    "signing_keys_in",
]

_VERSION = b"\x02"


class SigningKey(Base):
    """One key."""

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    public: Mapped[dict[str, Any]] = mapped_column(JSON)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime)
    ends_at: Mapped[datetime | None] = mapped_column(DateTime)  # null: it signs; else until then it checks


@dataclass(frozen=True, slots=True)
class SigningKeyRecord:
    """A key; times naive UTC. public: its JWK. ends_at: when its signatures count no more; None: it signs."""

    kid: str
    public: dict[str, Any]
    sealed: bytes
    created_at: datetime
    ends_at: datetime | None


def add_signing_key(
    session: Session, kid: str, public: dict[str, Any], private: bytes, vault: Vault, *, now: datetime
) -> SigningKeyRecord:
    """Keep a new key, which signs from now on; its private half is sealed. In `Store.transaction`."""
    sealed = sealed_by(vault.writing(session, "signing", now=now), kid, private)
    row = SigningKey(kid=kid, public=public, sealed=sealed, created_at=naive(now), ends_at=None)
    session.add(row)
    session.flush()
    on_record(session, "signing_key.made", "signing key", kid)
    return _record(row)


def signing_keys_in(session: Session, now: datetime) -> list[SigningKeyRecord]:
    """The keys whose signatures count, the one that signs first."""
    counts = SigningKey.ends_at.is_(None) | (SigningKey.ends_at > naive(now))
    rows = session.scalars(
        select(SigningKey).where(counts).order_by(SigningKey.created_at.desc(), SigningKey.kid)
    )
    found = [_record(row) for row in rows]
    return sorted(found, key=lambda key: key.ends_at is not None)


def signing_key_in(session: Session, kid: str, now: datetime) -> SigningKeyRecord | None:
    """The key of an id whose signatures count; None otherwise."""
    found = session.get(SigningKey, kid)
    good = found is not None and (found.ends_at is None or naive(now) < found.ends_at)
    return _record(found) if found is not None and good else None


def retire_in(session: Session, ends_at: datetime) -> None:
    """Let every key that signs sign no more, and count until a time (aware UTC)."""
    for row in session.scalars(select(SigningKey).where(SigningKey.ends_at.is_(None))):
        row.ends_at = naive(ends_at)
        on_record(session, "signing_key.retired", "signing key", row.kid, until=f"{row.ends_at.isoformat()}Z")


def private_in(session: Session, kid: str, vault: Vault) -> bytes:
    """The private half of a key that there is. Raises ArtefactError when it cannot be opened."""

    def read() -> bytes:
        sealed: bytes = session.execute(select(SigningKey.sealed).where(SigningKey.kid == kid)).scalar_one()
        if sealed[:1] == OLD_VERSION:
            return unseal_old(sealed, vault.old_key(), f"signing_keys/{kid}/private")
        return vault.decrypt(session, "signing", sealed[1:], _place(kid).bound)

    return once_more(read)


def sealed_by(keyset: Keyset, kid: str, private: bytes) -> bytes:
    """A private half as it is kept: a version byte, and what the keyset encrypted."""
    return _VERSION + keyset.encrypt(private, _place(kid).bound)


def _place(kid: str) -> Place:
    return Place("signing_keys", "sealed", kid)


def _record(row: SigningKey) -> SigningKeyRecord:
    """The row as a value."""
    return SigningKeyRecord(row.kid, row.public, row.sealed, row.created_at, row.ends_at)
