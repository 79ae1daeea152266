"""Sign-in of a browser at the OpenID Connect provider of `[auth]`: code flow with PKCE, state and nonce.

The code is exchanged from here, never by the browser. The ID token says who it is for and which sign-in it
belongs to; what somebody may follows from the access token alone, as for every other caller.
"""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from retinue.security.authorize import sent_to
from retinue.security.provider import (
    LEAST_PAUSE,
    ProviderDown,
    address_in,
    answer_of,
    described_by,
    fetch_json,
)
from retinue.security.refusal import NotProven
from retinue.security.server import GrantError
from retinue.security.ways import Tokens
from retinue.security.web_token import Parts, check_signature, take_apart
from retinue.telemetry import logger

if TYPE_CHECKING:
    from joserfc.jwk import Key

    from retinue.settings import AuthSettings

__all__ = ["ProviderWay", "check_identity"]

_LONGEST = 16_384
_NAMES = ("name", "preferred_username")


class ProviderWay:
    """By the provider. Needs `issuer` and `client_id` in the settings.

    secret: the dashboard's at the provider; None for none. key: the provider's key of an id at a time.
    """

    def __init__(
        self, auth: AuthSettings, secret: str | None, key: Callable[[str, float], Key | None]
    ) -> None:
        if auth.issuer is None or auth.client_id is None:
            raise ValueError("no provider is set for the dashboard")
        self.issuer, self._client = auth.issuer, auth.client_id
        self._auth, self._secret, self._key = auth, secret, key
        self._lock = threading.Lock()
        self._found: dict[str, Any] | None = None
        self._got = self._asked = float("-inf")

    @property
    def label(self) -> str:
        """The provider's name, or its host."""
        return self._auth.provider_name or urlsplit(self.issuer).netloc

    def address(self, *, back: str, state: str, nonce: str, challenge: str, now: datetime) -> str:
        """The provider's page. Raises ProviderDown."""
        asked = {
            **self._auth.sign_in_parameters,
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "state": state,
            "nonce": nonce,
            "scope": " ".join(self._auth.scopes),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return sent_to(self._at("authorization_endpoint", now), asked)

    def tokens(self, code: str, *, back: str, verifier: str, nonce: str, now: datetime) -> Tokens:
        """What a code is worth. Raises GrantError, ProviderDown; NotProven for an ID token that is not for us
        and this sign-in."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        found = self._exchanged(form, now)
        identity, name = _text(found, "id_token"), None
        if "openid" in self._auth.scopes:
            if identity is None:
                raise NotProven("no ID token")
            seconds = now.timestamp()
            parts = take_apart(identity)
            check_signature(parts, self._auth.algorithms, lambda kid: self._key(kid, seconds))
            check_identity(
                parts,
                issuer=self.issuer,
                client_id=self._client,
                nonce=nonce,
                now=seconds,
                skew=self._auth.skew_seconds,
            )
            name = next((one for one in (_name(parts.claims.get(key)) for key in _NAMES) if one), None)
        return self._read(found, now, refresh=None, identity=identity, name=name)

    def renewed(self, tokens: Tokens, now: datetime) -> Tokens:
        """New tokens for old ones. Raises GrantError, ProviderDown."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh or ""}
        found = self._exchanged(form, now)
        return self._read(found, now, refresh=tokens.refresh, identity=tokens.identity, name=tokens.name)

    def ended(self, tokens: Tokens, *, back: str, now: datetime) -> str | None:
        """Take the refresh token back, where the provider does that; its page to sign out, if it has one."""
        try:
            described = self._described(now)
            revoking = address_in(described, "revocation_endpoint", self.issuer)
            if revoking is not None and tokens.refresh is not None:
                form, headers = self._proven({"token": tokens.refresh}, described)
                answer_of("POST", revoking, form=form, headers=headers)
            leaving = address_in(described, "end_session_endpoint", self.issuer)
        except (OSError, ValueError, ProviderDown) as error:
            logger("api").warning("provider.down", kind=type(error).__name__)
            return None
        if leaving is None:
            return None
        hint = {} if tokens.identity is None else {"id_token_hint": tokens.identity}
        asked = {"client_id": self._client, "post_logout_redirect_uri": back, **hint}
        return sent_to(leaving, asked)

    def _at(self, name: str, now: datetime) -> str:
        try:
            found = address_in(self._described(now), name, self.issuer)
        except ValueError:
            found = None
        if found is None:
            logger("api").warning("provider.down", kind=f"no {name}")
            raise ProviderDown
        return found

    def _described(self, now: datetime) -> dict[str, Any]:
        seconds = now.timestamp()
        with self._lock:  # whoever comes while it is asked waits for the answer
            old = abs(seconds - self._got) >= self._auth.keys_minutes * 60
            if old and abs(seconds - self._asked) >= LEAST_PAUSE:
                self._asked = seconds
                try:
                    self._found, self._got = described_by(self.issuer, fetch_json), seconds
                except (OSError, ValueError) as error:
                    logger("api").warning("provider.down", kind=type(error).__name__)
            if self._found is None:
                raise ProviderDown
            return self._found

    def _exchanged(self, form: Mapping[str, str], now: datetime) -> dict[str, Any]:
        address = self._at("token_endpoint", now)
        sent, headers = self._proven(form, self._described(now))
        try:
            status, found = answer_of("POST", address, form=sent, headers=headers)
        except (OSError, ValueError) as error:
            logger("api").warning("provider.down", kind=type(error).__name__)
            raise ProviderDown from None
        if status != 200:
            word = found.get("error")
            logger("api").warning("provider.refused", status=status, reason=_short(word))
            if status >= 500 or status == 429:
                raise ProviderDown
            raise GrantError("invalid_grant")
        return found

    def _proven(
        self, form: Mapping[str, str], described: Mapping[str, Any]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Form and headers by which the dashboard proves itself to the provider."""
        if self._secret is None:
            return {**form, "client_id": self._client}, {}
        ways = described.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in ways:
            return {**form, "client_id": self._client, "client_secret": self._secret}, {}
        pair = f"{quote_plus(self._client)}:{quote_plus(self._secret)}"
        return dict(form), {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _read(
        self,
        found: Mapping[str, Any],
        now: datetime,
        *,
        refresh: str | None,
        identity: str | None,
        name: str | None,
    ) -> Tokens:
        access = _text(found, "access_token")
        if access is None or str(found.get("token_type", "")).lower() != "bearer":
            raise GrantError("invalid_grant")
        claims = take_apart(access).claims  # its proof comes later; here only its end matters
        ends = [
            float(one)
            for one in (claims.get("exp"), _later(found.get("expires_in"), now))
            if isinstance(one, int | float) and not isinstance(one, bool)
        ]
        if not ends:
            raise NotProven("no times")
        return Tokens(access, _text(found, "refresh_token") or refresh, min(ends), identity, name)


def check_identity(parts: Parts, *, issuer: str, client_id: str, nonce: str, now: float, skew: float) -> None:
    """Raises NotProven unless an ID token is for this client, of now and of this sign-in.

    now, skew: seconds. Its signature is checked elsewhere.
    """
    claims = parts.claims
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise NotProven("another issuer")
    if client_id not in audiences or (len(audiences) > 1 and claims.get("azp") != client_id):
        raise NotProven("another audience")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotProven("another sign-in")
    made, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(made, int | float) or not isinstance(ends, int | float):
        raise NotProven("no times")
    if now >= ends + skew or made > now + skew:
        raise NotProven("expired")


def _text(found: Mapping[str, Any], name: str) -> str | None:
    value = found.get(name)
    good = isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isascii() and value.isprintable()
    return value if good else None


def _name(given: Any) -> str | None:
    return given.strip()[:100] if isinstance(given, str) and given.strip() and given.isprintable() else None


def _short(word: Any) -> str:
    return word[:40] if isinstance(word, str) and word.isascii() and word.isprintable() else "no word"


def _later(seconds: Any, now: datetime) -> float | None:
    good = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 1e9
    return now.timestamp() + seconds if good else None
