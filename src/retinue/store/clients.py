"""Applications that let their users sign in at Retinue, or that are machines with a secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, DateTime, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import UsageError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["ClientRecord", "add_client", "client_in", "disable_client", "list_clients"]


class _Client(Base):
    __tablename__ = "oauth_clients"

    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str | None] = mapped_column(String(64))
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    role: Mapped[str | None] = mapped_column(String(20))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(DateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """An application; times naive UTC.

    sha256: of its secret; None for a public one, which can keep none. role: what it may as a machine of its
    own; None where it only signs users in. scopes: permissions beyond which it never gets any; empty for none
    such limit.
    """

    client_id: str
    name: str
    sha256: str | None
    redirect_uris: tuple[str, ...]
    role: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None


def add_client(
    store: Store,
    client_id: str,
    *,
    name: str,
    sha256: str | None,
    redirect_uris: Iterable[str],
    role: str | None,
    scopes: Iterable[str],
    now: datetime,
) -> ClientRecord:
    """Keep a new application. now: aware UTC."""
    row = _Client(
        client_id=client_id,
        name=name,
        sha256=sha256,
        redirect_uris=list(redirect_uris),
        role=role,
        scopes=sorted(set(scopes)),
        created_at=naive(now),
        disabled_at=None,
    )
    with store.transaction() as session:
        session.add(row)
        session.flush()
        kind = "public" if sha256 is None else "with a secret"
        on_record(session, "client.created", "client", client_id, role=role, scopes=row.scopes, keeps=kind)
        return _record(row)


def client_in(session: Session, client_id: str) -> ClientRecord | None:
    """The application of an id unless it is disabled; None otherwise."""
    found = session.get(_Client, client_id)
    return _record(found) if found is not None and found.disabled_at is None else None


def list_clients(store: Store) -> list[ClientRecord]:
    """Every application, newest first."""
    with store.reading() as session:
        rows = session.scalars(select(_Client).order_by(_Client.created_at.desc(), _Client.client_id))
        return [_record(row) for row in rows]


def disable_client(store: Store, client_id: str, *, now: datetime) -> ClientRecord:
    """Shut an application out from now on. Raises UsageError when there is none of that id."""
    with store.transaction() as session:
        row = session.get(_Client, client_id, with_for_update=True)
        if row is None:
            raise UsageError(
                f"There is no client {client_id}.", where="clients", fix="See: retinue clients list."
            )
        if row.disabled_at is None:
            row.disabled_at = naive(now)
            on_record(session, "client.disabled", "client", client_id)
        return _record(row)


def _record(row: _Client) -> ClientRecord:
    return ClientRecord(
        row.client_id,
        row.name,
        row.sha256,
        tuple(row.redirect_uris),
        row.role,
        tuple(row.scopes),
        row.created_at,
        row.disabled_at,
    )
