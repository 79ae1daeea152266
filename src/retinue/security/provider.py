"""An OpenID Connect provider: where it publishes its keys, and the keys, kept for a while.

A key that is not known makes us ask again, since providers replace their keys, but never more often than
every ten seconds: a flood of made-up key ids must not become a flood at the provider.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from retinue.errors import RequestError
from retinue.security.web_token import public_key
from retinue.settings.auth import is_secure
from retinue.telemetry import logger

if TYPE_CHECKING:
    from joserfc.jwk import Key

__all__ = ["LEAST_PAUSE", "Provider", "ProviderDown", "address_in", "answer_of", "described_by", "fetch_json"]

LEAST_PAUSE = 10.0
"""Seconds between two questions to the provider."""

_PATIENCE = 5.0
_LONGEST = 512 * 1024
_MOST_KEYS = 100


class ProviderDown(RequestError):
    """The provider cannot be asked, so nobody knows whether a token is good."""

    def __init__(self) -> None:
        super().__init__(
            "The sign-in provider cannot be reached.",
            status=503,
            where="auth.issuer",
            fix="Try again in a while.",
            after=LEAST_PAUSE,
        )


class Provider:
    """The keys of one issuer.

    keeping: seconds for which keys are kept; where the provider is down, they count for as long again.
    """

    def __init__(
        self, issuer: str, *, keeping: float, fetch: Callable[[str], dict[str, Any]] | None = None
    ) -> None:
        self._issuer, self._keeping, self._fetch = issuer, keeping, fetch or fetch_json
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._got: float | None = None
        self._asked: float | None = None
        self._down = False

    def key(self, kid: str, now: float) -> Key | None:
        """The key of an id; None when the provider has none. now: seconds. Raises ProviderDown.

        A provider of a single key need not name it in its tokens: the empty id is that key.
        """
        with self._lock:  # whoever comes while it is asked waits for the answer
            if not self._within(self._got, self._keeping, now) or kid not in self._keys:
                self._ask(now)
            if not self._within(self._got, 2 * self._keeping, now):
                raise ProviderDown
            if kid not in self._keys and self._down:
                raise ProviderDown
            return self._keys.get(kid)

    def _ask(self, now: float) -> None:
        if self._within(self._asked, LEAST_PAUSE, now):
            return
        self._asked = now
        try:
            self._keys, self._got, self._down = self._published(), now, False
        except (OSError, ValueError) as error:
            self._down = True
            logger("api").warning("provider.down", kind=type(error).__name__)

    def _published(self) -> dict[str, Key]:
        address = address_in(described_by(self._issuer, self._fetch), "jwks_uri", self._issuer)
        if address is None:
            raise ValueError("no address of keys")
        described = self._fetch(address).get("keys")
        if not isinstance(described, list):
            raise ValueError("no keys")
        keys: dict[str, Key] = {}
        for one in described[:_MOST_KEYS]:
            key = public_key(one)
            if key is not None:
                keys.setdefault(str(one.get("kid", "")), key)
        if not keys:
            raise ValueError("no keys")
        if len(described) == 1:
            keys[""] = next(iter(keys.values()))
        else:
            keys.pop("", None)  # which of them would be a guess
        return keys

    @staticmethod
    def _within(since: float | None, seconds: float, now: float) -> bool:
        return since is not None and abs(now - since) < seconds


def described_by(issuer: str, fetch: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The provider's own description of itself. Raises OSError or ValueError."""
    found = fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ValueError("the provider says that it is another")
    return found


def address_in(described: Mapping[str, Any], name: str, issuer: str) -> str | None:
    """An address that the provider names: https, or as plain as the issuer on this machine; None for none.

    Raises ValueError for one that is not safe.
    """
    found = described.get(name)
    if found is None:
        return None
    plain = found.partition("?")[0] if isinstance(found, str) else ""
    if not is_secure(plain) or urlsplit(plain).scheme not in ("https", urlsplit(issuer).scheme):
        raise ValueError(f"{name} is no safe address")
    return str(found)


def fetch_json(address: str) -> dict[str, Any]:
    """A JSON object from an address, without following it elsewhere. Raises OSError or ValueError."""
    status, found = answer_of("GET", address)
    if status != 200:
        raise ConnectionError(f"status {status}")
    return found


def answer_of(
    method: str,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer of the provider; an empty object for an error without one.

    Raises OSError where it does not answer, ValueError for what is no object or too long.
    """
    import httpx

    try:
        with (
            httpx.Client(timeout=_PATIENCE, follow_redirects=False) as client,
            client.stream(
                method, address, data=form, headers={"Accept": "application/json", **(headers or {})}
            ) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _LONGEST:
                    raise ValueError("too long")
    except httpx.HTTPError as error:
        raise ConnectionError(type(error).__name__) from None
    try:
        found = json.loads(body)
    except (RecursionError, ValueError):
        if answer.status_code != 200:
            return answer.status_code, {}
        raise ValueError("no JSON, or nested too deeply") from None
    if not isinstance(found, dict):
        if answer.status_code != 200:
            return answer.status_code, {}
        raise ValueError("no object")
    return answer.status_code, found
