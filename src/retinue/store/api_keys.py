"""Keys of machines: only the hash is kept, with the role and the permissions it is narrowed to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, DateTime, String, select
from sqlalchemy.orm import Mapped, mapped_column

from retinue.errors import UsageError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["ApiKeyRecord", "add_api_key", "any_api_keys", "api_key", "list_api_keys", "revoke_api_key"]


class _ApiKey(Base):
    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(20))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key as it is kept; times naive UTC. sha256: of the whole key, in hexadecimal digits."""

    key_id: str
    name: str
    sha256: str
    role: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def good(self, now: datetime) -> bool:
        """Whether it counts at a time: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or naive(now) < self.expires_at)


def add_api_key(
    store: Store,
    key_id: str,
    *,
    name: str,
    sha256: str,
    role: str,
    scopes: Iterable[str],
    created_by: str,
    now: datetime,
    expires_at: datetime | None,
) -> ApiKeyRecord:
    """Keep a new key by its hash. Times aware UTC."""
    row = _ApiKey(
        key_id=key_id,
        name=name,
        sha256=sha256,
        role=role,
        scopes=sorted(set(scopes)),
        created_by=created_by,
        created_at=naive(now),
        expires_at=None if expires_at is None else naive(expires_at),
        revoked_at=None,
    )
    with store.transaction() as session:
        session.add(row)
        session.flush()
        until = None if expires_at is None else f"{naive(expires_at).isoformat()}Z"
        on_record(
            session, "key.created", "key", key_id, actor=created_by, role=role, scopes=row.scopes, until=until
        )
        return _record(row)


def any_api_keys(store: Store) -> bool:
    """Whether a key was ever made."""
    with store.reading() as session:
        return session.scalar(select(_ApiKey.key_id).limit(1)) is not None


def api_key(store: Store, key_id: str) -> ApiKeyRecord | None:
    """The key of an id, revoked or not; None when there is none."""
    with store.reading() as session:
        found = session.get(_ApiKey, key_id)
        return None if found is None else _record(found)


def list_api_keys(store: Store) -> list[ApiKeyRecord]:
    """Every key, newest first."""
    with store.reading() as session:
        rows = session.scalars(select(_ApiKey).order_by(_ApiKey.created_at.desc(), _ApiKey.key_id))
        return [_record(row) for row in rows]


def revoke_api_key(store: Store, key_id: str, *, now: datetime) -> ApiKeyRecord:
    """Let a key count no more. Raises UsageError when there is none of that id."""
    with store.transaction() as session:
        row = session.get(_ApiKey, key_id, with_for_update=True)
        if row is None:
            raise UsageError(f"There is no key {key_id}.", where="keys", fix="See: retinue keys list.")
        if row.revoked_at is None:
            row.revoked_at = naive(now)
            on_record(session, "key.revoked", "key", key_id)
        return _record(row)


def _record(row: _ApiKey) -> ApiKeyRecord:
    return ApiKeyRecord(
        row.key_id,
        row.name,
        row.sha256,
        row.role,
        tuple(row.scopes),
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
