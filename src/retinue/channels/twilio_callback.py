"""What Twilio calls back, and its signature: HMAC-SHA1 of the address as called and of the form's fields."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from retinue.channels.answers import safe_code
from retinue.channels.base import BadCallback, Response, ResponseKind

__all__ = ["read"]

MOST_FIELDS = 500

_KINDS: dict[str, ResponseKind] = {
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "failed",
    "failed": "failed",
}
"""Only statuses that are final say something. So a `sent` that comes after a `delivered` does no harm."""


def read(tokens: Sequence[str], signature: str, body: bytes, url: str, now: datetime) -> list[Response]:
    """What a form tells that is signed by one of the tokens.

    url: as Twilio called it, query included. Raises BadCallback.
    """
    pairs: list[tuple[str, str]] | None = None
    spellings: list[str] = []
    with contextlib.suppress(ValueError):
        spellings = _spellings(url)
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=MOST_FIELDS,
        )
    if pairs is None:
        raise BadCallback("the callback is no form")
    given = signature.encode("utf-8", "replace")
    right = [_signature(token, one, pairs) for token in tokens for one in spellings]
    if not given or not sum(hmac.compare_digest(given, one) for one in right):
        raise BadCallback("the callback's signature is not right")
    return _responses(dict(pairs), parse_qs(urlsplit(url).query), now)


def _spellings(url: str) -> list[str]:
    """The address as called, and with or without its scheme's usual port: a proxy may add or drop it."""
    parts = urlsplit(url)
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    if usual and parts.netloc.endswith(usual):
        other = parts.netloc.removesuffix(usual)
    else:
        other = parts.netloc + usual
    return [url, url.replace(parts.netloc, other, 1)] if parts.netloc else [url]


def _signature(token: str, url: str, pairs: list[tuple[str, str]]) -> bytes:
    # The same value under the same name twice counts once.
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1))


def _responses(told: Mapping[str, str], query: Mapping[str, list[str]], now: datetime) -> list[Response]:
    sid = told.get("MessageSid") or told.get("SmsSid") or ""
    if told.get("OptOutType", "").upper() == "STOP":
        sender = told.get("From")
        return [Response(f"{sid}:stop", "unsubscribed", now, recipient=sender)] if sid and sender else []
    status = (told.get("MessageStatus") or told.get("SmsStatus") or "").lower()
    kind = _KINDS.get(status)
    if kind is None or not sid:
        return []
    delivery = next(iter(query.get("delivery", [])), None)
    code = safe_code(told.get("ErrorCode", ""))
    return [Response(f"{sid}:{status}", kind, now, delivery_id=delivery, reference=sid, detail=code)]
