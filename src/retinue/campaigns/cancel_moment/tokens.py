"""The token by which the business's backend vouches for a customer.

    v1.<customer id, base64url without =>.<expiry, unix seconds>.<nonce>.<signature>

The signature is base64url without `=` of HMAC-SHA256, keyed by `api.cancel_secret`, over everything before
its dot. The nonce is 8 to 64 characters of `A-Z a-z 0-9 _ -`, new for each occasion: the backend makes one
when it shows the page with the cancel button.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass

from retinue.errors import RequestError

__all__ = ["CustomerToken", "read_token", "sign_token"]

_VERSION = "v1"
_LONGEST = 1_000
_EXPIRY = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CustomerToken:
    """Whom a token speaks of, until when (unix seconds), and on which occasion."""

    customer_id: str
    expires: int
    nonce: str


def sign_token(customer_id: str, nonce: str, *, expires: int, secret: str) -> str:
    """The token of a customer; a backend in another language does the same in three lines."""
    text = f"{_VERSION}.{_encoded(customer_id.encode())}.{expires}.{nonce}"
    return f"{text}.{_signature(text, secret)}"


def read_token(token: str, *, secret: str, now: float, longest: int) -> CustomerToken:
    """What a token says, once its signature and its time are found right.

    Parameters
    ----------
    now: unix seconds. longest: seconds that a token may still last.

    Raises RequestError (401) for anything else; it does not say which part was wrong before the signature
    was found right.
    """
    if len(token) > _LONGEST or not token.isascii():
        raise _refused()
    text, dot, signature = token.rpartition(".")
    if not dot or not hmac.compare_digest(signature, _signature(text, secret)):
        raise _refused()
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != _VERSION:
        raise _refused()
    _, name, expiry, nonce = parts
    if not (_ID.fullmatch(name) and _EXPIRY.fullmatch(expiry) and _NONCE.fullmatch(nonce)):
        raise _refused()
    customer_id = _decoded(name)
    if not customer_id or len(customer_id) > 200 or _encoded(customer_id.encode()) != name:
        raise _refused()
    expires = int(expiry)
    if now >= expires:
        raise _refused("The customer's token has expired.", "Load the page again.")
    if expires - now > longest:
        raise _refused("The customer's token lasts too long.", f"Let it expire within {longest} seconds.")
    return CustomerToken(customer_id, expires, nonce)


def _refused(
    what: str = "The customer's token is not valid.",
    fix: str = "Sign it as docs/concepts/cancel-moment.md says.",
) -> RequestError:
    return RequestError(what, status=401, where="token", fix=fix)


def _signature(text: str, secret: str) -> str:
    return _encoded(hmac.digest(secret.encode(), text.encode(), "sha256"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
