"""What an access token must say, whoever signed it: for us, now, from whom, about whom, and no other kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from retinue.security.refusal import NotProven

__all__ = ["Expected", "check_claims", "roles_of", "words_at"]

_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_OF_OTHER_KINDS = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "events", "cnf"})
"""Claims of ID and logout tokens, and of tokens that are bound to a key, which nobody would check here."""

_LONGEST_SUBJECT = 190


@dataclass(frozen=True, slots=True)
class Expected:
    """skew: seconds by which clocks may differ. longest: seconds since a token was made; older ones are
    refused."""

    issuer: str
    audience: str
    skew: float
    longest: float


def check_claims(header: Mapping[str, Any], claims: Mapping[str, Any], expected: Expected, now: float) -> str:
    """The subject of an access token. now: seconds since 1970. Raises NotProven.

    >>> from retinue.security.claims import Expected, check_claims
    >>> claims = {"iss": "https://a", "aud": "retinue", "sub": "u1", "iat": 100, "exp": 700}
    >>> check_claims({"typ": "at+jwt"}, claims, Expected("https://a", "retinue", 60, 3600), 200.0)
    'u1'
    """
    if claims.get("iss") != expected.issuer:
        raise NotProven("another issuer")
    audience = claims.get("aud")
    if expected.audience not in (audience if isinstance(audience, list) else [audience]):
        raise NotProven("another audience")
    _times(claims, expected, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise NotProven("no subject")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise NotProven("another type")
    if _OF_OTHER_KINDS & claims.keys() or claims.get("token_use", "access") != "access":
        raise NotProven("no access token")
    if str(claims.get("typ", "bearer")).lower() != "bearer":
        raise NotProven("no access token")
    return subject


def _times(claims: Mapping[str, Any], expected: Expected, now: float) -> None:
    made, ends, begins = (_number(claims, name) for name in ("iat", "exp", "nbf"))
    if made is None or ends is None:
        raise NotProven("no times")
    if now >= ends + expected.skew:
        raise NotProven("expired")
    if made > now + expected.skew or (begins is not None and begins > now + expected.skew):
        raise NotProven("not yet")
    if now - made > expected.longest + expected.skew or ends <= made:
        raise NotProven("too old")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise NotProven("a time that is none")
    return float(value)


def roles_of(claims: Mapping[str, Any], path: str, roles: Mapping[str, str]) -> frozenset[str]:
    """The roles that the values at a path stand for; others give none.

    >>> sorted(roles_of({"a": {"b": ["x", "y"]}}, "a.b", {"x": "admin"}))
    ['admin']
    """
    return frozenset(roles[value] for value in words_at(claims, path) if value in roles)


def words_at(claims: Mapping[str, Any], path: str) -> list[str]:
    """The texts at a path: a list's, or the words of one text. A claim of that very name comes first.

    >>> words_at({"https://a.example/roles": ["x"]}, "https://a.example/roles")
    ['x']
    >>> words_at({"scope": "a b"}, "scope")
    ['a', 'b']
    """
    found: Any = claims
    for part in [path] if path in claims else path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [value for value in found if isinstance(value, str)] if isinstance(found, list) else []
