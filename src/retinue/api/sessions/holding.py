"""The sessions of browsers as the service holds them: begun, kept up, renewed, ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec
from fastapi import Request
from starlette.responses import Response

from retinue.api.sessions.cookies import Jar
from retinue.errors import RequestError
from retinue.privacy import Place, seal, unseal, workspace_key
from retinue.security import NotProven
from retinue.security.relying import ProviderWay
from retinue.security.server import GrantError
from retinue.security.ways import OwnWay, Tokens, WayIn
from retinue.settings.auth import is_secure
from retinue.store.grants import begin_session, end_session, session_ended
from retinue.store.idempotency import claim, drop, finish

if TYPE_CHECKING:
    from retinue.api.sign_in import SignIn
    from retinue.security.proof import Proof
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["HANDED_ON", "Held", "Session", "Sessions", "WayName", "held_by"]

HANDED_ON = 10.0
"""Seconds for which a renewal is handed on to whoever asks with the same tokens: another tab."""

_TOUCHED = 60.0
"""Seconds after which activity is written down anew, where the idle end is minutes away."""

_PATIENCE = 5.0
_TOKENS, _SEEN = "session", "seen"

WayName = Literal["builtin", "provider"]
"""By which way somebody came in."""


class Session(msgspec.Struct, frozen=True):
    """What is sealed: of which sign-in, since when (seconds since 1970), and its tokens."""

    sid: str
    way: WayName
    name: str
    subject: str
    began: float
    tokens: Tokens


class _Seen(msgspec.Struct, frozen=True):
    sid: str
    at: float


class _HandedOn(msgspec.Struct, frozen=True):
    at: float
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Held:
    """A session as a request brought it. idle_at, ends_at: seconds since 1970.

    phase: `live`; `stale`, when its token must be renewed; `over`, when it is too late for that.
    """

    session: Session
    seen: float
    idle_at: float
    ends_at: float
    csrf: str

    def phase(self, now: datetime) -> Literal["live", "stale", "over"]:
        """Whether it counts at a time (aware UTC)."""
        seconds = now.timestamp()
        if seconds >= min(self.idle_at, self.ends_at):
            return "over"
        return "stale" if seconds >= self.session.tokens.until else "live"

    def proof(self, now: datetime) -> str:
        """Its access token. Raises RequestError (401) for a session that is stale or over."""
        phase = self.phase(now)
        if phase == "over":
            raise over()
        if phase == "stale":
            raise RequestError(
                "The session's token has ended.",
                status=401,
                where="session",
                fix="POST /api/v1/session/renew, then try again.",
            )
        return self.session.tokens.access


class Sessions:
    """Makes and reads them. base: how others reach the service. ways: how somebody gets in, by name."""

    def __init__(
        self,
        store: Store,
        key: bytes,
        base: str,
        ways: Mapping[WayName, WayIn],
        *,
        idle: timedelta,
        lasting: timedelta,
    ) -> None:
        self.base, self.ways, self._store = base, ways, store
        self._idle, self._lasting = idle.total_seconds(), lasting.total_seconds()
        self._touched = min(_TOUCHED, self._idle / 10)
        self._sealing = hmac.digest(key, b"retinue/session/v1", "sha256")
        self._marking = hmac.digest(key, b"retinue/session-csrf/v1", "sha256")
        self.jar = Jar(self._sealing, secure=base.startswith("https://"))

    @classmethod
    def of(cls, settings: Settings, store: Store, sign_in: SignIn | None, proof: Proof) -> Sessions | None:
        """As the settings have it; None where a browser could not sign in safely. Raises SettingsError."""
        auth, base = settings.auth, settings.api.issuer
        ways: dict[WayName, WayIn] = {}
        if sign_in is not None:
            ways["builtin"] = OwnWay(sign_in.server, sign_in.secret)
        if auth.client_id is not None and proof.resource is not None:
            ways["provider"] = ProviderWay(auth, auth.secret(settings.root), proof.resource.key)
        if not ways or not is_secure(base) or not settings.api.dashboard:
            return None
        return cls(
            store,
            workspace_key(settings.state),
            base,
            ways,
            idle=timedelta(minutes=auth.idle_minutes),
            lasting=timedelta(hours=auth.session_hours),
        )

    def begin(
        self,
        answer: Response,
        tokens: Tokens,
        *,
        way: WayName,
        subject: str,
        given: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Begin a session on an answer, on record. subject: whom the tokens prove. Raises TooLong."""
        sid, seconds = secrets.token_urlsafe(18), now.timestamp()
        made = Session(sid, way, tokens.name or subject, subject, seconds, replace(tokens, name=None))
        self._put(answer, made, given)
        self._touch(answer, sid, seconds, given)
        with self._store.transaction() as session:
            begin_session(session, sid, subject=subject, way=way)

    def read(self, given: Mapping[str, str]) -> Held | None:
        """The session of a request's cookies, counting or not; None where they hold none of ours."""
        kept, seen = self.jar.read(_TOKENS, given), self.jar.read(_SEEN, given)
        if kept is None or seen is None:
            return None
        try:
            session, last = msgspec.json.decode(kept, type=Session), msgspec.json.decode(seen, type=_Seen)
        except msgspec.DecodeError:  # sealed by another version
            return None
        if last.sid != session.sid:
            return None
        csrf = hmac.digest(self._marking, session.sid.encode(), "sha256").hex()
        return Held(session, last.at, last.at + self._idle, session.began + self._lasting, csrf)

    def touched(self, held: Held, given: Mapping[str, str], now: datetime) -> list[tuple[bytes, bytes]]:
        """Headers that move its idle end forward; none where it was moved a moment ago."""
        if now.timestamp() - held.seen < self._touched:
            return []
        answer = Response()
        self._touch(answer, held.session.sid, now.timestamp(), given)
        return [(name, value) for name, value in answer.raw_headers if name == b"set-cookie"]

    def still(self, held: Held) -> None:
        """Raises NotProven where the session was signed out, whatever its tokens say."""
        with self._store.reading() as session:
            if session_ended(session, held.session.sid):
                raise NotProven("signed out")

    def renew(self, held: Held, clock: Callable[[], datetime], given: Mapping[str, str]) -> Renewed:
        """New tokens for a session's. Raises RequestError (401) where it is over, 409 for one in work.

        A refresh token counts once, and a second use ends the grant. So that two tabs do not end it, the
        first to ask claims the renewal in the store; whoever comes with the same tokens within `HANDED_ON`
        gets its result. Whoever comes later is treated as a thief, by whoever made the tokens.
        """
        now = clock()
        if held.phase(now) == "over":
            raise over()
        self.still(held)
        tokens = held.session.tokens
        if tokens.refresh is None:
            raise over()
        scope = f"renew:{held.session.sid}"
        key = hashlib.sha256(f"{tokens.refresh} {tokens.access}".encode()).hexdigest()
        until = time.monotonic() + _PATIENCE
        found = claim(self._store, scope, key, key, now=now)
        while found.state == "in_flight" and time.monotonic() < until:
            time.sleep(0.05)
            found = claim(self._store, scope, key, key, now=clock())
        if found.state == "in_flight":
            raise RequestError("The session is being renewed.", status=409, fix="Try again.", after=1.0)
        if found.state == "answered":
            place = Place("browser", "renewed", held.session.sid)
            handed = msgspec.json.decode(
                unseal(bytes.fromhex(found.answer), self._sealing, place), type=_HandedOn
            )
            if abs(clock().timestamp() - handed.at) <= HANDED_ON:
                return Renewed(self, replace_tokens(held, handed.tokens), given)
        return Renewed(self, replace_tokens(held, self._renewed(held, scope, key, clock())), given)

    def _renewed(self, held: Held, scope: str, key: str, now: datetime) -> Tokens:
        way = self.ways.get(held.session.way)
        try:
            if way is None:  # it was switched off
                raise GrantError("invalid_grant")
            made = replace(way.renewed(held.session.tokens, now), name=None)
        except BaseException as error:
            drop(self._store, scope, key)
            if isinstance(error, GrantError | NotProven):
                raise over() from None
            raise
        place = Place("browser", "renewed", held.session.sid)
        kept = seal(msgspec.json.encode(_HandedOn(now.timestamp(), made)), self._sealing, place)
        with self._store.transaction() as session:
            finish(session, scope, key, status=200, answer=kept.hex())
        return made

    def end(self, held: Held, now: datetime) -> str | None:
        """End a session, on record, with its grant; where to sign out at the provider too, if anywhere."""
        session = held.session
        with self._store.transaction() as opened:
            until = datetime.fromtimestamp(held.ends_at, UTC) + timedelta(days=1)
            end_session(opened, session.sid, subject=session.subject, until=until)
        way = self.ways.get(session.way)
        return None if way is None else way.ended(session.tokens, back=f"{self.base}/", now=now)

    def forget(self, answer: Response, given: Mapping[str, str]) -> None:
        """Take the cookies away."""
        for name in (_TOKENS, _SEEN):
            self.jar.drop(answer, name, given)

    def _put(self, answer: Response, session: Session, given: Mapping[str, str]) -> None:
        self.jar.put(answer, _TOKENS, msgspec.json.encode(session), given=given)

    def _touch(self, answer: Response, sid: str, at: float, given: Mapping[str, str]) -> None:
        self.jar.put(answer, _SEEN, msgspec.json.encode(_Seen(sid, at)), given=given)


@dataclass(frozen=True, slots=True)
class Renewed:
    """A session with new tokens, to be put on an answer."""

    sessions: Sessions
    held: Held
    given: Mapping[str, str]

    def put(self, answer: Response) -> None:
        """Write its tokens; a renewal is no activity."""
        self.sessions._put(answer, self.held.session, self.given)


def replace_tokens(held: Held, tokens: Tokens) -> Held:
    """The session with other tokens."""
    return replace(held, session=msgspec.structs.replace(held.session, tokens=tokens))


def over() -> RequestError:
    """Whoever comes with a session that counts no more."""
    return RequestError("The session is over.", status=401, where="session", fix="Sign in again.")


def held_by(request: Request) -> Held | None:
    """The session that a request came with, counting or not."""
    found: Held | None = getattr(request.state, "session", None)
    return found
