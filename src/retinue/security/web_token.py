"""JSON Web Tokens: taken apart strictly, and their signature checked by a key that we hold.

What a token says of its own key (`jku`, `x5u`, `jwk`, `x5c`) is never followed: the key comes by its `kid`
from the set of whoever is trusted to sign. Signatures by a shared secret and `none` are not known here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from retinue.security.refusal import NotProven

if TYPE_CHECKING:
    from joserfc.jwk import Key
    from joserfc.jws import JWSRegistry

__all__ = ["LONGEST", "Parts", "check_signature", "public_key", "take_apart"]

LONGEST = 16_384
"""Characters of the longest token that is looked at."""

_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_REFUSED = frozenset({"jku", "x5u", "jwk", "x5c", "crit", "b64", "zip", "enc", "cty"})
_LEAST_RSA = 2_048


@dataclass(frozen=True, slots=True)
class Parts:
    """A token taken apart; nothing of it is proven yet."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]


def take_apart(token: str) -> Parts:
    """Header and claims of a token. Raises NotProven where its form is not exactly right."""
    if len(token) > LONGEST or _FORM.fullmatch(token) is None:
        raise NotProven("no token")
    header, claims, _ = token.split(".")
    return Parts(token, _object(header), _object(claims))


def check_signature(parts: Parts, algorithms: Collection[str], key_of: Callable[[str], Key | None]) -> None:
    """Raises NotProven unless a key that `key_of` knows by its id signed it by one of these algorithms.

    A token without an id asks for the key of the empty id.
    """
    from joserfc.errors import JoseError
    from joserfc.jws import deserialize_compact

    algorithm, kid = parts.header.get("alg"), parts.header.get("kid", "")
    if _REFUSED & parts.header.keys():
        raise NotProven("a header that leads elsewhere")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise NotProven("another algorithm")
    if not isinstance(kid, str) or len(kid) > 200:
        raise NotProven("a key id that is none")
    key = key_of(kid)
    if key is None:
        raise NotProven("unknown key")
    try:
        deserialize_compact(parts.text, key, algorithms=[algorithm], registry=_registry())
    except (JoseError, ValueError, TypeError):
        raise NotProven("wrong signature") from None


def public_key(described: Any) -> Key | None:
    """A key as its owner publishes it (a JWK); None for one that is of no use to check signatures with."""
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry

    if not isinstance(described, dict) or described.get("kty") not in ("RSA", "EC", "OKP"):
        return None  # a shared secret is no public key
    if described.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key({k: v for k, v in described.items() if k not in ("d", "key_ops")})
        if described["kty"] == "RSA" and getattr(key.public_key, "key_size", 0) < _LEAST_RSA:
            return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


@cache
def _registry() -> JWSRegistry:
    from joserfc.jws import JWSRegistry

    class Registry(JWSRegistry):
        max_header_length = LONGEST

        def get_alg(self, name: str) -> Any:  # the list of the settings holds, and names EdDSA as most do
            return self.algorithms[name]

    return Registry(strict_check_header=False)


def _object(part: str) -> dict[str, Any]:
    """The JSON object of a part; a name twice, or a number that is none, makes it none."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotProven("no JSON") from None
    if not isinstance(found, dict):
        raise NotProven("no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError("no number")
