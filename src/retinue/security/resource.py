"""Access tokens of an OpenID Connect provider (`[auth] issuer`)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from retinue.security.claims import Expected, check_claims, roles_of, words_at
from retinue.security.policy import PERMISSIONS
from retinue.security.principal import Principal
from retinue.security.provider import Provider
from retinue.security.web_token import Parts, check_signature

if TYPE_CHECKING:
    from joserfc.jwk import Key

    from retinue.settings import AuthSettings

__all__ = ["Resource"]


class Resource:
    """Checks tokens that a provider made for us. Needs `issuer` and `audience` in the settings."""

    def __init__(self, auth: AuthSettings) -> None:
        if auth.issuer is None or auth.audience is None:
            raise ValueError("no provider is set")
        self.issuer = auth.issuer
        self._auth = auth
        self._provider = Provider(auth.issuer, keeping=auth.keys_minutes * 60)
        self._expected = Expected(auth.issuer, auth.audience, auth.skew_seconds, auth.token_hours * 3_600)

    def key(self, kid: str, now: float) -> Key | None:
        """The provider's key of an id; None when it has none. now: seconds. Raises ProviderDown."""
        return self._provider.key(kid, now)

    def principal(self, token: Parts, now: datetime) -> Principal:
        """Who a token speaks of. now: aware UTC. Raises NotProven, or ProviderDown when nobody can know.

        A scope that is the name of a permission narrows the token to those; other scopes say nothing here.
        """
        seconds = now.timestamp()
        check_signature(token, self._auth.algorithms, lambda kid: self._provider.key(kid, seconds))
        subject = check_claims(token.header, token.claims, self._expected, seconds)
        scopes = frozenset(PERMISSIONS.keys() & words_at(token.claims, "scope"))
        client = token.claims.get("client_id", token.claims.get("azp"))
        return Principal(
            f"oidc:{subject}",
            roles_of(token.claims, self._auth.roles_claim, self._auth.roles),
            "machine" if client == subject else "person",
            scopes or None,
        )
