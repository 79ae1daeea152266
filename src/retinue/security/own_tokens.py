"""Access and ID tokens of Retinue's own: made, and checked at each request against the store.

An access token says who it is of and for how long, and nothing of roles: those are read when it is used, so a
role that was taken, a user who was disabled, or a grant that was taken back counts from the next request on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.security.claims import Expected, check_claims
from retinue.security.policy import PERMISSIONS
from retinue.security.principal import Principal
from retinue.security.refusal import NotProven
from retinue.security.signing import ALGORITHM, SigningKeys
from retinue.security.web_token import Parts, check_signature

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.store import Store
    from retinue.store.clients import ClientRecord
    from retinue.store.users import UserRecord

__all__ = ["OwnTokens", "narrows"]

_KIND = "at+jwt"


class OwnTokens:
    """Makes and checks them.

    issuer: how others reach the service. seconds: life of an access token. dashboard: the application that is
    part of the service itself, and so not in the store.
    """

    def __init__(
        self,
        store: Store,
        keys: SigningKeys,
        issuer: str,
        *,
        seconds: int,
        skew: int,
        dashboard: ClientRecord | None = None,
    ) -> None:
        self.issuer, self.seconds, self._dashboard = issuer, seconds, dashboard
        self._store, self._keys = store, keys
        self._expected = Expected(issuer, issuer, skew, seconds)

    def client(self, session: Session, client_id: str) -> ClientRecord | None:
        """The application of an id unless it is disabled; None otherwise."""
        from retinue.store.clients import client_in

        if self._dashboard is not None and client_id == self._dashboard.client_id:
            return self._dashboard
        return client_in(session, client_id)

    def access(self, subject: str, client_id: str, scope: str, now: datetime, *, grant: str | None) -> str:
        """An access token of a user's grant, or of a machine (grant None). now: aware UTC."""
        at = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": subject,
            "client_id": client_id,
            "iat": at,
            "exp": at + self.seconds,
            "jti": secrets.token_urlsafe(16),
            "scope": scope,
            **({} if grant is None else {"sid": grant}),
        }
        return self._keys.sign(claims, _KIND, now)

    def identity(
        self, user: UserRecord, client_id: str, nonce: str | None, at: datetime, now: datetime
    ) -> str:
        """An ID token: who signed in at an application, and when (naive UTC)."""
        second = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": client_id,
            "sub": user.user_id,
            "iat": second,
            "exp": second + self.seconds,
            "auth_time": int(at.replace(tzinfo=now.tzinfo).timestamp()),
            "preferred_username": user.name,
            "roles": list(user.roles),
            **({} if nonce is None else {"nonce": nonce}),
        }
        return self._keys.sign(claims, "JWT", now)

    def proven(self, token: Parts, now: datetime) -> Mapping[str, Any]:
        """The claims of a token that we signed and that has not expired. Raises NotProven."""
        check_signature(token, (ALGORITHM,), lambda kid: self._keys.key(kid, now))
        if token.header.get("typ") != _KIND:
            raise NotProven("another type")
        check_claims(token.header, token.claims, self._expected, now.timestamp())
        return token.claims

    def principal(self, token: Parts, now: datetime) -> Principal:
        """Who a token speaks of, as they are now. now: aware UTC. Raises NotProven."""
        from retinue.store.grants import grant_in, revoked_in
        from retinue.store.users import user_in

        claims = self.proven(token, now)
        with self._store.reading() as session:
            if revoked_in(session, str(claims.get("jti"))):
                raise NotProven("revoked")
            client = self.client(session, str(claims.get("client_id")))
            if client is None:
                raise NotProven("client disabled")
            scopes = narrows(str(claims.get("scope", "")))
            if "sid" not in claims:
                if claims["sub"] != client.client_id or client.role is None:
                    raise NotProven("no machine")
                return Principal(client.client_id, frozenset({client.role}), "machine", scopes or frozenset())
            grant = grant_in(session, str(claims["sid"]))
            if grant is None or not grant.good(now) or grant.user_id != claims["sub"]:
                raise NotProven("grant ended")
            user = user_in(session, grant.user_id)
        if user is None or not user.active or grant.created_at < user.since:
            raise NotProven("user disabled")
        return Principal(user.name, frozenset(user.roles), "person", scopes)


def narrows(scope: str) -> frozenset[str] | None:
    """The permissions that a scope narrows to; None when it names none, and so narrows nothing.

    >>> narrows("openid") is None, narrows("openid customers.read")
    (True, frozenset({'customers.read'}))
    """
    return frozenset(PERMISSIONS.keys() & scope.split()) or None
