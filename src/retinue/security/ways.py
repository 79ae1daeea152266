"""Ways in for a browser: by Retinue's own sign-in, in this process, or (`relying`) by a provider.

The dashboard is part of the service, so nobody registers it: its address to come back to follows from how
others reach the service, and its secret from the workspace's key, so that no other program can pose as it at
`/oauth/token`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from retinue.security.clients import digest

if TYPE_CHECKING:
    from retinue.security.server import Server
    from retinue.store.clients import ClientRecord

__all__ = ["BACK", "DASHBOARD", "OwnWay", "Tokens", "WayIn", "dashboard_client", "dashboard_secret"]

DASHBOARD = "app_dashboard"
BACK = "/session/callback"
"""Where a browser comes back to from a sign-in, below how others reach the service."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a renewal gave.

    until: seconds since 1970 at which the access token ends. identity: the provider's ID token, which it
    wants to see again at the end. name: what to call the person; None for what they are called here.
    """

    access: str
    refresh: str | None
    until: float
    identity: str | None = None
    name: str | None = None


class WayIn(Protocol):
    """One way in. Raises GrantError where it gives nothing, ProviderDown where it does not answer.

    `back` is always the whole address of `BACK`; `now` aware UTC.
    """

    @property
    def label(self) -> str:
        """What to call it."""

    @property
    def issuer(self) -> str:
        """What it calls itself where it sends a browser back."""

    def address(self, *, back: str, state: str, nonce: str, challenge: str, now: datetime) -> str:
        """Where a browser goes to sign in."""

    def tokens(self, code: str, *, back: str, verifier: str, nonce: str, now: datetime) -> Tokens:
        """What a code is worth."""

    def renewed(self, tokens: Tokens, now: datetime) -> Tokens:
        """New tokens for old ones."""

    def ended(self, tokens: Tokens, *, back: str, now: datetime) -> str | None:
        """Take tokens back; where the browser goes to sign out there too, None for nowhere.

        back: where it comes back to from there. Never raises for what cannot be reached.
        """


def dashboard_secret(workspace_key: bytes) -> str:
    """The dashboard's secret at our own sign-in; the same in every process of a workspace."""
    return hmac.digest(workspace_key, b"retinue/dashboard-client/v1", "sha256").hex()


def dashboard_client(issuer: str, secret: str) -> ClientRecord:
    """The dashboard as an application. issuer: how others reach the service."""
    from retinue.store.clients import ClientRecord

    begun = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    return ClientRecord(
        DASHBOARD, "the dashboard of Retinue", digest(secret), (issuer + BACK,), None, (), begun, None
    )


class OwnWay:
    """By the sign-in of this service. secret: of `dashboard_client`."""

    label = "Retinue"

    def __init__(self, server: Server, secret: str) -> None:
        self._server, self._secret = server, secret

    @property
    def issuer(self) -> str:
        """How others reach the service."""
        return self._server.tokens.issuer

    def address(self, *, back: str, state: str, nonce: str, challenge: str, now: datetime) -> str:
        """The sign-in page. No ID token is asked for: who signed in is looked up here."""
        asked = {
            "response_type": "code",
            "client_id": DASHBOARD,
            "redirect_uri": back,
            "state": state,
            "scope": "offline_access",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.issuer}/oauth/authorize?{urlencode(asked)}"

    def tokens(self, code: str, *, back: str, verifier: str, nonce: str, now: datetime) -> Tokens:
        """What a code is worth. Raises GrantError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        return self._asked(form, now)

    def renewed(self, tokens: Tokens, now: datetime) -> Tokens:
        """New tokens for old ones. Raises GrantError; a refresh token that was used ends the grant."""
        return self._asked({"grant_type": "refresh_token", "refresh_token": tokens.refresh or ""}, now)

    def ended(self, tokens: Tokens, *, back: str, now: datetime) -> str | None:
        """End the grant with all its tokens."""
        self._server.revoke({"token": tokens.refresh or tokens.access}, DASHBOARD, self._secret, now)
        return None

    def _asked(self, form: Mapping[str, str], now: datetime) -> Tokens:
        found: dict[str, Any] = self._server.answer(form, DASHBOARD, self._secret, now)
        return Tokens(
            found["access_token"], found["refresh_token"], int(now.timestamp()) + found["expires_in"]
        )
