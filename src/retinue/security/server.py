"""The authorization server: codes for users who signed in, and tokens for codes, refresh tokens and machines.

A refresh token is used once and replaced. A code or a refresh token that comes a second time ends the whole
grant, since one of the two who hold it is a thief.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.errors import RequestError
from retinue.security.authorize import Asked, scope_of
from retinue.security.clients import digest, is_client
from retinue.security.own_tokens import OwnTokens
from retinue.security.refusal import NotProven
from retinue.security.web_token import take_apart
from retinue.store.accounts import naive

if TYPE_CHECKING:
    from retinue.store import Store
    from retinue.store.clients import ClientRecord
    from retinue.store.users import UserRecord

__all__ = ["GrantError", "Server"]

_CODE = timedelta(seconds=60)
_CLIENT = re.compile(r"app_([0-9a-f]{16}|dashboard)")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class GrantError(RequestError):
    """A token that is not given. error: the word of RFC 6749, which is all that is answered."""

    def __init__(self, error: str, *, status: int = 400) -> None:
        super().__init__("No token is given.", status=status, where=error)
        self.error = error


class Server:
    """Gives tokens. lasting: how long a grant lasts before the user must sign in again."""

    def __init__(self, store: Store, tokens: OwnTokens, *, lasting: timedelta) -> None:
        self.tokens = tokens
        self._store, self._lasting = store, lasting

    def client(self, client_id: str) -> ClientRecord | None:
        """The application of an id unless it is disabled."""
        if _CLIENT.fullmatch(client_id) is None:  # a database may refuse to even look for some characters
            return None
        with self._store.reading() as session:
            return self.tokens.client(session, client_id)

    def code(self, asked: Asked, user: UserRecord, now: datetime) -> str:
        """A code for an application whose user signed in; it counts once, for a minute."""
        from retinue.store.grants import CodeRecord, forget_codes, keep_code

        made = secrets.token_urlsafe(32)
        with self._store.transaction() as session:
            forget_codes(session, now - timedelta(days=1))
            keep_code(
                session,
                CodeRecord(
                    digest(made),
                    asked.client_id,
                    user.user_id,
                    asked.redirect_uri,
                    asked.challenge,
                    asked.scope,
                    asked.nonce,
                    now,
                    now + _CODE,
                ),
                user=user.name,
            )
        return made

    def answer(
        self, form: Mapping[str, str], client_id: str, secret: str | None, now: datetime
    ) -> dict[str, Any]:
        """The answer to a request for tokens. now: aware UTC. Raises GrantError."""
        client = self._known(client_id, secret)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._for_code(form, client, now)
        if kind == "refresh_token":
            return self._for_refresh(form, client, now)
        if kind == "client_credentials":
            return self._for_machine(form, client, now)
        raise GrantError("unsupported_grant_type" if kind else "invalid_request")

    def revoke(self, form: Mapping[str, str], client_id: str, secret: str | None, now: datetime) -> None:
        """Take a token back that is this application's; nothing for others. Raises GrantError."""
        from retinue.store.grants import end_grant, grant_in, refresh_in, revoke_token

        client, token = self._known(client_id, secret), form.get("token")
        if not token:
            raise GrantError("invalid_request")
        with self._store.transaction() as session:
            family = refresh_in(session, digest(token))
            grant = None if family is None else grant_in(session, family)
            if grant is not None:
                if grant.client_id == client.client_id:
                    end_grant(session, grant.grant_id, now=now, why="revoked")
                return
        try:
            claims = self.tokens.proven(take_apart(token), now)
        except NotProven:
            return  # what is no token, or no more, needs no end
        if claims.get("client_id") == client.client_id:
            with self._store.transaction() as session:
                revoke_token(
                    session, str(claims["jti"]), client.client_id, expires_at=now + timedelta(days=1)
                )

    def _known(self, client_id: str, secret: str | None) -> ClientRecord:
        client = self.client(client_id)
        if client is None or not is_client(client, secret):
            raise GrantError("invalid_client", status=401)
        return client

    def _for_code(self, form: Mapping[str, str], client: ClientRecord, now: datetime) -> dict[str, Any]:
        from retinue.store.grants import begin_grant, end_grant, grant_in, use_code
        from retinue.store.users import user_in

        if not form.get("code") or not form.get("code_verifier") or not form.get("redirect_uri"):
            raise GrantError("invalid_request")
        grant_id = f"gra_{secrets.token_hex(12)}"
        with self._store.transaction() as session:
            code = use_code(session, digest(form["code"]), grant_id)
            user = None if code is None else user_in(session, code.user_id)
            stolen = code is not None and code.grant_id is not None
            good = (
                code is not None
                and not stolen
                and naive(now) < code.expires_at
                and code.client_id == client.client_id
                and code.redirect_uri == form["redirect_uri"]
                and _fits(form["code_verifier"], code.challenge)
                and user is not None
                and user.active
                and code.made_at >= user.since
            )
            if code is not None and good:
                begin_grant(session, grant_id, code, until=now + self._lasting)
                refresh = self._new_refresh(session, grant_id, now)
            elif code is not None and code.grant_id is not None and grant_in(session, code.grant_id):
                end_grant(session, code.grant_id, now=now, why="code twice")
        if code is None or user is None or not good:
            raise GrantError("invalid_grant")
        answer = self._answer(user.user_id, client, code.scope, now, grant=grant_id, refresh=refresh)
        if "openid" in code.scope.split():
            made_at = code.made_at
            answer["id_token"] = self.tokens.identity(user, client.client_id, code.nonce, made_at, now)
        return answer

    def _for_refresh(self, form: Mapping[str, str], client: ClientRecord, now: datetime) -> dict[str, Any]:
        from retinue.store.grants import end_grant, grant_in, refresh_in, use_refresh
        from retinue.store.users import user_in

        if not form.get("refresh_token"):
            raise GrantError("invalid_request")
        token = digest(form["refresh_token"])
        with self._store.transaction() as session:
            family = refresh_in(session, token)
            grant = None if family is None else grant_in(session, family)
            if grant is None or grant.client_id != client.client_id:
                raise GrantError("invalid_grant")
            narrower = _narrower(form.get("scope"), grant.scope)
            user = user_in(session, grant.user_id)
            good = grant.good(now) and user is not None and user.active and grant.created_at >= user.since
            if good and narrower is None:
                raise GrantError("invalid_scope")
            if not use_refresh(session, token, now=now):
                end_grant(session, grant.grant_id, now=now, why="refresh token twice")
                good = False
            if good:
                refresh = self._new_refresh(session, grant.grant_id, now)
        if not good:
            raise GrantError("invalid_grant")
        return self._answer(grant.user_id, client, narrower or "", now, grant=grant.grant_id, refresh=refresh)

    def _for_machine(self, form: Mapping[str, str], client: ClientRecord, now: datetime) -> dict[str, Any]:
        if client.role is None or client.sha256 is None:
            raise GrantError("unauthorized_client")
        scope = scope_of(form.get("scope", ""), client)
        if scope is None:
            raise GrantError("invalid_scope")
        return self._answer(client.client_id, client, scope, now, grant=None, refresh=None)

    def _answer(
        self,
        subject: str,
        client: ClientRecord,
        scope: str,
        now: datetime,
        *,
        grant: str | None,
        refresh: str | None,
    ) -> dict[str, Any]:
        return {
            "access_token": self.tokens.access(subject, client.client_id, scope, now, grant=grant),
            "token_type": "Bearer",
            "expires_in": self.tokens.seconds,
            "scope": scope,
            **({} if refresh is None else {"refresh_token": refresh}),
        }

    @staticmethod
    def _new_refresh(session: Any, grant_id: str, now: datetime) -> str:
        from retinue.store.grants import keep_refresh

        made = secrets.token_urlsafe(32)
        keep_refresh(session, digest(made), grant_id, now=now)
        return made


def _fits(verifier: str, challenge: str) -> bool:
    """Whether a verifier is the one of a challenge (RFC 7636, S256)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def _narrower(asked: str | None, granted: str) -> str | None:
    """The scope of a refreshed token: what was granted, or less; None for more.

    A grant without any permission in its scope is the widest, so that naming one narrows it.
    """
    from retinue.security.own_tokens import narrows
    from retinue.security.policy import PERMISSIONS

    if not asked:
        return granted
    words, able = asked.split(), set(granted.split())
    if narrows(granted) is None:
        able |= PERMISSIONS.keys()
    if any(word not in able for word in words):
        return None
    kept = narrows(granted)
    if kept is not None and narrows(asked) is None:
        return " ".join(dict.fromkeys([*words, *sorted(kept)]))  # naming none would widen it
    return asked
