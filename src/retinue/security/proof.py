"""From what somebody shows to who they are: the one place that knows every kind of proof.

| shown | is | counts as |
| --- | --- | --- |
| `rtn_…` | a key of a machine | its role, narrowed to its scopes |
| an access token of our own | a user who signed in, or a machine | the roles they have now |
| an access token of the provider of `[auth]` | whoever the provider signed in | the roles that it maps to |
| the token of `[api]` | the machine it was given to | role service |

Roles and whether somebody is disabled are read from the store, never taken from a token of our own, so a
change counts at once.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.security import api_keys
from retinue.security.own_tokens import OwnTokens
from retinue.security.principal import Principal
from retinue.security.refusal import NotProven
from retinue.security.resource import Resource
from retinue.security.web_token import LONGEST, take_apart

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["Proof"]


class Proof:
    """Checks what is shown.

    token: the token of `[api]`; None when none is set. own: tokens of our own users; None where nobody signs
    in here. resource: tokens of the provider; None where there is none.
    """

    def __init__(
        self, settings: Settings, store: Store, token: str | None, own: OwnTokens | None = None
    ) -> None:
        self._own = own
        self._settings, self._store, self._token = settings, store, token
        self.resource = Resource(settings.auth) if settings.auth.issuer is not None else None

    @property
    def open_here(self) -> bool:
        """Whether whoever is at this machine needs no proof: nobody was given any to prove it with."""
        from retinue.store.users import any_users

        return self._token is None and self._settings.auth.issuer is None and not any_users(self._store)

    @property
    def possible(self) -> bool:
        """Whether anybody can prove who they are."""
        from retinue.store.api_keys import any_api_keys

        return not self.open_here or any_api_keys(self._store)

    def principal(self, shown: str, now: datetime) -> Principal:
        """Who shows this (a bearer token or a key). now: aware UTC. Raises NotProven; ProviderDown."""
        if not shown or len(shown) > LONGEST or not shown.isascii():
            raise NotProven("nothing, or too long, or no ASCII")
        if self._token is not None and hmac.compare_digest(shown.encode(), self._token.encode()):
            return Principal("token", frozenset({"service"}), "machine")
        if shown.startswith(api_keys.PREFIX):
            found = api_keys.holder(self._store, shown, now)
            if isinstance(found, str):
                raise NotProven(found)
            return found
        token = take_apart(shown)
        issuer = token.claims.get("iss")  # not proven: it only says whose keys to try
        if self.resource is not None and issuer == self.resource.issuer:
            return self.resource.principal(token, now)
        if self._own is not None and issuer == self._own.issuer:
            return self._own.principal(token, now)
        raise NotProven("another issuer")
