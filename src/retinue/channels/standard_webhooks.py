"""Signatures of Standard Webhooks 1.0.0: of what is sent, and of what comes back.

>>> from datetime import UTC, datetime
>>> keys = [signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
>>> sign(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from retinue.channels.base import BadCallback

__all__ = ["WINDOW_SECONDS", "sign", "signing_key", "verify"]

WINDOW_SECONDS = 300
"""How far a timestamp may lie from now, on either side."""

_PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """The 24 to 64 bytes behind `whsec_`, which are written in base64. ValueError when they are not."""
    text = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise ValueError("a secret is whsec_ and 24 to 64 random bytes in base64")
    return key


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each key, so that keys can be exchanged.

    timestamp: Unix time of this attempt, in seconds.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join("v1," + base64.b64encode(digest).decode() for digest in digests)


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The `webhook-id` of a call whose signature by one of the keys is right, and whose time is.

    headers: names in lower case. Raises BadCallback.
    """
    message_id, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not message_id or not re.fullmatch(r"\d{1,12}", sent, re.ASCII):
        raise BadCallback("the callback has no webhook-id or no webhook-timestamp")
    if abs(now.timestamp() - int(sent)) > WINDOW_SECONDS:
        raise BadCallback("the callback is not of these minutes")
    right = [part.encode() for part in sign(keys, message_id, int(sent), body).split()]
    found = [part.encode("utf-8", "replace") for part in given.split() if part.startswith("v1,")]
    # Every pair is compared, each in constant time: how long it takes tells nothing.
    if not sum(hmac.compare_digest(a, b) for a in right for b in found):
        raise BadCallback("the callback's signature is not right")
    return message_id
