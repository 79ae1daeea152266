"""Cursors: where the next page begins, signed so that nobody reads or makes one.

A cursor holds what was asked (the sort and the filters), so that it continues that question and no other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Annotated, Any

import msgspec
from fastapi import Query

from retinue.errors import RequestError

__all__ = ["Cursor", "Limit", "made_cursor", "read_cursor"]

_SIGNED = 16  # bytes

Limit = Annotated[int, Query(ge=1, le=200, description="at most so many")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`next` of the page before")]


def made_cursor(key: bytes, asked: Any, place: Any) -> str:
    """A cursor for a place in what was asked; both are plain values."""
    body = msgspec.json.encode({"asked": _short(asked), "place": place})
    return base64.urlsafe_b64encode(_signature(key, body) + body).decode().rstrip("=")


def read_cursor(key: bytes, asked: Any, given: str | None) -> Any:
    """The place a cursor names; None without one. Raises RequestError for any other than one of ours.

    >>> key = bytes(32)
    >>> read_cursor(key, {"sort": "clv"}, made_cursor(key, {"sort": "clv"}, [12.5, "C1"]))
    [12.5, 'C1']
    """
    if given is None:
        return None
    try:
        raw = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("That is no cursor.") from None
    signature, body = raw[:_SIGNED], raw[_SIGNED:]
    if not hmac.compare_digest(signature, _signature(key, body)):
        raise _wrong("That is no cursor.")
    found = msgspec.json.decode(body)
    if found["asked"] != _short(asked):
        raise _wrong("The cursor belongs to another question.")
    return found["place"]


def _signature(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"cursor\0" + body, hashlib.sha256).digest()[:_SIGNED]


def _short(asked: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()[:16]


def _wrong(what: str) -> RequestError:
    return RequestError(
        what,
        status=422,
        where="cursor",
        fix="Send `next` of the page before with the same filters and sort, or leave it out.",
    )
