"""What users granted to applications: codes, the grant that a code began, and the refresh tokens of a grant.

Codes and refresh tokens are kept as SHA-256 only, and each is used once. One that is used again was stolen,
by whoever came first or second: its whole grant ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base

__all__ = [
    "CodeRecord",
    "GrantRecord",
    "begin_grant",
    "begin_session",
    "end_grant",
    "end_session",
    "forget_codes",
    "grant_in",
    "keep_code",
    "keep_refresh",
    "refresh_in",
    "revoke_token",
    "revoked_in",
    "session_ended",
    "use_code",
    "use_refresh",
]


_SESSION = "session "
"""Before the id of a browser's session among the tokens that count no more; no token has a space."""


class _Grant(Base):
    __tablename__ = "oauth_grants"

    grant_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), index=True)
    user_id: Mapped[str] = mapped_column(String(40), index=True)
    scope: Mapped[str] = mapped_column(String(2000))
    created_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime] = mapped_column(DateTime)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime)


class _Code(Base):
    __tablename__ = "oauth_codes"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(40))
    redirect_uri: Mapped[str] = mapped_column(String(1000))
    challenge: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(2000))
    nonce: Mapped[str | None] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(DateTime)
    expires_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    grant_id: Mapped[str | None] = mapped_column(String(40))


class _Refresh(Base):
    __tablename__ = "oauth_refresh_tokens"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    grant_id: Mapped[str] = mapped_column(String(40), index=True)
    made_at: Mapped[datetime] = mapped_column(DateTime)
    used_at: Mapped[datetime | None] = mapped_column(DateTime)


class _Revoked(Base):
    __tablename__ = "oauth_revoked_tokens"

    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime, index=True)


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """A code; times naive UTC. grant_id: what it began, once it was used."""

    sha256: str
    client_id: str
    user_id: str
    redirect_uri: str
    challenge: str
    scope: str
    nonce: str | None
    made_at: datetime
    expires_at: datetime
    grant_id: str | None = None


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """What a user granted to an application; times naive UTC. ended_at: when it was taken back."""

    grant_id: str
    client_id: str
    user_id: str
    scope: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def good(self, now: datetime) -> bool:
        """Whether it counts at a time."""
        return self.ended_at is None and naive(now) < self.expires_at


def keep_code(session: Session, code: CodeRecord, *, user: str) -> None:
    """Keep a new code of a user, by name, who signed in."""
    on_record(session, "sign_in.done", "client", code.client_id, actor=user, scope=code.scope)
    session.add(
        _Code(
            sha256=code.sha256,
            client_id=code.client_id,
            user_id=code.user_id,
            redirect_uri=code.redirect_uri,
            challenge=code.challenge,
            scope=code.scope,
            nonce=code.nonce,
            made_at=naive(code.made_at),
            expires_at=naive(code.expires_at),
            grant_id=code.grant_id,
        )
    )


def use_code(session: Session, sha256: str, grant_id: str) -> CodeRecord | None:
    """The code as it was before this use of it, which begins a grant; None when there is no such code."""
    row = session.get(_Code, sha256, with_for_update=True)
    if row is None:
        return None
    found = CodeRecord(
        row.sha256,
        row.client_id,
        row.user_id,
        row.redirect_uri,
        row.challenge,
        row.scope,
        row.nonce,
        row.made_at,
        row.expires_at,
        row.grant_id,
    )
    row.grant_id = row.grant_id or grant_id
    return found


def begin_grant(session: Session, grant_id: str, code: CodeRecord, *, until: datetime) -> None:
    """Keep the grant that a code began, until a time (aware UTC). It begins with the sign-in."""
    on_record(
        session,
        "grant.begun",
        "grant",
        grant_id,
        actor=code.client_id,
        user=code.user_id,
        scope=code.scope,
    )
    session.add(
        _Grant(
            grant_id=grant_id,
            client_id=code.client_id,
            user_id=code.user_id,
            scope=code.scope,
            created_at=code.made_at,
            expires_at=naive(until),
            ended_at=None,
        )
    )


def grant_in(session: Session, grant_id: str) -> GrantRecord | None:
    """The grant of an id, ended or not; None when there is none."""
    row = session.get(_Grant, grant_id)
    if row is None:
        return None
    return GrantRecord(
        row.grant_id, row.client_id, row.user_id, row.scope, row.created_at, row.expires_at, row.ended_at
    )


def end_grant(session: Session, grant_id: str, *, now: datetime, why: str) -> None:
    """Take a grant back: its refresh and access tokens count no more. why: `revoked`, or what was stolen."""
    row = session.get(_Grant, grant_id, with_for_update=True)
    if row is not None and row.ended_at is None:
        row.ended_at = naive(now)
        on_record(session, "grant.ended", "grant", grant_id, actor=row.client_id, why=why)


def keep_refresh(session: Session, sha256: str, grant_id: str, *, now: datetime) -> None:
    """Keep a new refresh token of a grant by its hash; an access token goes with it."""
    grant = session.get(_Grant, grant_id)
    client = None if grant is None else grant.client_id
    on_record(session, "token.issued", "grant", grant_id, actor=client)
    session.add(_Refresh(sha256=sha256, grant_id=grant_id, made_at=naive(now), used_at=None))


def refresh_in(session: Session, sha256: str) -> str | None:
    """The grant that a refresh token belongs to, used or not; None when there is no such token."""
    row = session.get(_Refresh, sha256)
    return None if row is None else row.grant_id


def use_refresh(session: Session, sha256: str, *, now: datetime) -> bool:
    """Use a refresh token that is there; whether this was the first time."""
    row = session.get(_Refresh, sha256, with_for_update=True)
    if row is None or row.used_at is not None:
        return False
    row.used_at = naive(now)
    return True


def revoke_token(session: Session, jti: str, client_id: str, *, expires_at: datetime) -> None:
    """Let one access token count no more; it is remembered until it would have expired (aware UTC)."""
    if session.get(_Revoked, jti) is None:
        on_record(session, "token.revoked", "client", client_id, actor=client_id)
        session.add(_Revoked(jti=jti, expires_at=naive(expires_at)))


def revoked_in(session: Session, jti: str) -> bool:
    """Whether an access token was revoked."""
    return session.get(_Revoked, jti) is not None


def begin_session(session: Session, sid: str, *, subject: str, way: str) -> None:
    """Put on record that somebody signed in at a browser; nothing else is kept of it."""
    on_record(session, "session.begun", "session", sid, actor=subject, way=way)


def end_session(session: Session, sid: str, *, subject: str, until: datetime) -> None:
    """Let a browser's session count no more; it is remembered until a time (aware UTC)."""
    if not session_ended(session, sid):
        on_record(session, "session.ended", "session", sid, actor=subject)
        session.add(_Revoked(jti=_SESSION + sid, expires_at=naive(until)))


def session_ended(session: Session, sid: str) -> bool:
    """Whether a browser's session was ended."""
    return revoked_in(session, _SESSION + sid)


def forget_codes(session: Session, before: datetime) -> None:
    """Remove codes and revocations that expired before a time (aware UTC)."""
    session.execute(delete(_Code).where(_Code.expires_at < naive(before)))
    session.execute(delete(_Revoked).where(_Revoked.expires_at < naive(before)))
