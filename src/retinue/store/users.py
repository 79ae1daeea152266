"""People who sign in to Retinue itself: their name, the hash of their password, and their roles.

A user is never deleted, only disabled: the name stands in histories, and must not become somebody else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import JSON, DateTime, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import StateError, UsageError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "UserRecord",
    "add_user",
    "any_users",
    "change_password",
    "change_roles",
    "disable_user",
    "list_users",
    "user_in",
    "user_named",
]


class _User(Base):
    __tablename__ = "users"

    user_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str] = mapped_column(String(200))  # Argon2id
    roles: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(DateTime)
    since: Mapped[datetime] = mapped_column(DateTime)  # of the password, or of being allowed again
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user; times naive UTC. password: its Argon2 hash. since: tokens made before it count no more."""

    user_id: str
    name: str
    password: str
    roles: tuple[str, ...]
    created_at: datetime
    since: datetime
    disabled_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether this user may sign in."""
        return self.disabled_at is None


def add_user(
    store: Store,
    name: str,
    password: str,
    roles: Iterable[str],
    *,
    now: datetime,
    keep_admin: bool = False,
) -> UserRecord:
    """Keep a new user with the hash of a password. Raises UsageError when the name is taken.

    keep_admin, here and below: raise StateError where no user would be an admin who may sign in.
    """
    moment = naive(now)
    row = _User(
        user_id=f"usr_{secrets.token_hex(12)}",
        name=name,
        password=password,
        roles=sorted(set(roles)),
        created_at=moment,
        since=moment,
        disabled_at=None,
    )
    try:
        with store.transaction() as session:
            session.add(row)
            session.flush()
            _admin_left(session, keep_admin)
            on_record(session, "user.created", "user", name, roles=row.roles)
            return _record(row)
    except IntegrityError:
        raise UsageError(
            f"There is a user {name} already.",
            where="users",
            fix="Take another name, or: retinue users roles, retinue users enable.",
        ) from None


def any_users(store: Store) -> bool:
    """Whether there is a user, disabled or not."""
    with store.reading() as session:
        return session.scalar(select(_User.user_id).limit(1)) is not None


def list_users(store: Store) -> list[UserRecord]:
    """Every user by name."""
    with store.reading() as session:
        return [_record(row) for row in session.scalars(select(_User).order_by(_User.name))]


def user_named(store: Store, name: str) -> UserRecord | None:
    """The user of a name; None when there is none."""
    with store.reading() as session:
        found = session.scalar(select(_User).where(_User.name == name))
        return None if found is None else _record(found)


def user_in(session: Session, user_id: str) -> UserRecord | None:
    """The user of an id, within the caller's session; None when there is none."""
    found = session.get(_User, user_id)
    return None if found is None else _record(found)


def change_roles(store: Store, name: str, roles: Iterable[str], *, keep_admin: bool = False) -> UserRecord:
    """Give a user these roles and no others. Raises UsageError when there is no such user."""
    with store.transaction() as session:
        row, given = _named(session, name), sorted(set(roles))
        if row.roles != given:
            on_record(session, "user.roles_changed", "user", name, roles=given, before=row.roles)
            row.roles = given
            session.flush()
            _admin_left(session, keep_admin)
        return _record(row)


def change_password(store: Store, name: str, password: str, *, now: datetime) -> UserRecord:
    """Keep the hash of a new password; what was signed in with the old one counts no more."""
    with store.transaction() as session:
        row = _named(session, name)
        row.password, row.since = password, naive(now)
        on_record(session, "user.password_changed", "user", name)
        return _record(row)


def disable_user(
    store: Store, name: str, *, now: datetime, enable: bool = False, keep_admin: bool = False
) -> UserRecord:
    """Shut a user out from now on, or let them in again; what was signed in before stays invalid."""
    with store.transaction() as session:
        row = _named(session, name)
        if enable and row.disabled_at is not None:
            row.disabled_at, row.since = None, naive(now)
            on_record(session, "user.enabled", "user", name)
        elif not enable and row.disabled_at is None:
            row.disabled_at = naive(now)
            session.flush()
            _admin_left(session, keep_admin)
            on_record(session, "user.disabled", "user", name)
        return _record(row)


def _admin_left(session: Session, wanted: bool) -> None:
    if not wanted:
        return
    able = session.scalars(select(_User).where(_User.disabled_at.is_(None)))
    if not any("admin" in row.roles for row in able):
        raise StateError(
            "No user would be an admin any more, and nobody could let anybody in.",
            fix="Make somebody else an admin first.",
        )


def _named(session: Session, name: str) -> _User:
    found = session.scalar(select(_User).where(_User.name == name).with_for_update())
    if found is None:
        raise UsageError(f"There is no user {name}.", where="users", fix="See: retinue users list.")
    return found


def _record(row: _User) -> UserRecord:
    return UserRecord(
        row.user_id,
        row.name,
        row.password,
        tuple(row.roles),
        row.created_at,
        row.since,
        row.disabled_at,
    )
