"""Applications: registered by hand, known by a secret where they can keep one."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retinue.errors import UsageError
from retinue.security.api_keys import narrowed
from retinue.security.policy import PERMISSIONS

if TYPE_CHECKING:
    from retinue.store import Store
    from retinue.store.clients import ClientRecord

__all__ = ["digest", "is_client", "register_client"]

_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_LONGEST = 1_000


def register_client(
    store: Store,
    name: str,
    *,
    redirect_uris: Sequence[str] = (),
    secret: bool = False,
    role: str | None = None,
    scopes: Sequence[str] = (),
    now: datetime,
) -> tuple[ClientRecord, str | None]:
    """A new application, and its secret, which cannot be had again; None for one that has none.

    redirect_uris: where users may be sent back to, compared letter by letter. role: for a machine, which then
    needs a secret and scopes. Raises UsageError.
    """
    from retinue.store.clients import add_client

    for uri in redirect_uris:
        _check(uri)
    if role is not None:
        narrowed(scopes, [role])
    elif not redirect_uris:
        raise UsageError("An application needs --redirect, a machine --role.", where="clients create")
    unknown = [scope for scope in scopes if scope not in PERMISSIONS]
    if unknown:
        raise UsageError(f"{unknown[0]} is no permission.", where="--scope")
    made = secrets.token_urlsafe(32) if secret or role is not None else None
    record = add_client(
        store,
        f"app_{secrets.token_hex(8)}",
        name=name,
        sha256=None if made is None else digest(made),
        redirect_uris=redirect_uris,
        role=role,
        scopes=scopes,
        now=now,
    )
    return record, made


def is_client(client: ClientRecord | None, secret: str | None) -> bool:
    """Whether a secret is the application's; a public one has none, and must not send any."""
    if client is None:
        return False
    if client.sha256 is None or secret is None:
        return client.sha256 is None and secret is None
    return hmac.compare_digest(client.sha256, digest(secret))


def digest(secret: str) -> str:
    """The SHA-256 of a random secret, in hexadecimal digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        parts = urlsplit("")
    web = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    )
    good = (web and parts.hostname and not parts.username) or _OWN_SCHEME.fullmatch(parts.scheme)
    if (
        not good
        or "#" in uri
        or len(uri) > _LONGEST
        or not uri.isascii()
        or not uri.isprintable()
        or " " in uri
    ):
        raise UsageError(
            "That is no address to send users back to.",
            where="--redirect",
            fix="Write https://…, http://localhost…, or a scheme of your own such as com.example.app:/back.",
        )
