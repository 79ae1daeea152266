"""Keys of machines: `rtn_`, the key's id, and 256 random bits. Shown once; only the SHA-256 is kept.

The secret is random and long, so a plain hash cannot be searched, and costs each request nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.errors import UsageError
from retinue.security.policy import PERMISSIONS, ROLES
from retinue.security.principal import Principal

if TYPE_CHECKING:
    from retinue.store import Store
    from retinue.store.api_keys import ApiKeyRecord

__all__ = ["PREFIX", "holder", "make_api_key", "narrowed"]

PREFIX = "rtn_"
_FORM = re.compile(r"rtn_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


def make_api_key(
    store: Store,
    name: str,
    scopes: Sequence[str],
    *,
    role: str,
    by: str,
    now: datetime,
    days: float | None = None,
) -> tuple[str, ApiKeyRecord]:
    """A new key and its record. The key cannot be had again.

    days: how long it counts; None for as long as it is not revoked. Raises UsageError for scopes that are no
    permissions, or not of that role.
    """
    from retinue.store.api_keys import add_api_key

    part = secrets.token_hex(8)
    key = f"{PREFIX}{part}_{secrets.token_urlsafe(32)}"
    record = add_api_key(
        store,
        f"key_{part}",
        name=name,
        sha256=_hash(key),
        role=role,
        scopes=narrowed(scopes, [role]),
        created_by=by,
        now=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    return key, record


def narrowed(scopes: Sequence[str], roles: Sequence[str]) -> list[str]:
    """Scopes that these roles can have. Raises UsageError for others, and for none.

    >>> narrowed(["outcomes.report"], ["service"])
    ['outcomes.report']
    """
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        raise UsageError(f"{unknown[0]} is no role.", where="--role", fix=f"Roles: {', '.join(ROLES)}.")
    able = [name for name, one in PERMISSIONS.items() if one.roles & set(roles)]
    for scope in scopes:
        if scope not in able:
            raise UsageError(
                f"{scope} is no permission of {', '.join(roles)}.",
                where="--scope",
                fix=f"Permissions: {', '.join(able)}.",
            )
    if not scopes:
        raise UsageError("State what it is for.", where="--scope", fix=f"Permissions: {', '.join(able)}.")
    return sorted(set(scopes))


def holder(store: Store, key: str, now: datetime) -> Principal | str:
    """Whoever a key stands for, or why it does not count."""
    from retinue.store.api_keys import api_key

    form = _FORM.fullmatch(key)
    if form is None:
        return "key of another form"
    found = api_key(store, f"key_{form[1]}")
    if found is None or not hmac.compare_digest(found.sha256, _hash(key)):
        return "unknown key"
    if not found.good(now):
        return "key revoked or expired"
    return Principal(found.key_id, frozenset({found.role}), "machine", frozenset(found.scopes))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
