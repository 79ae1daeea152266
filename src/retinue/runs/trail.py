"""The settings on record: that they changed, which of them, and never what they say."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from retinue.privacy import workspace_key
from retinue.store.audit.reading import newest_about
from retinue.store.audit.record import on_record

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["notice_settings"]

_ABOUT = ("settings", "retinue.toml")


def notice_settings(store: Store, settings: Settings) -> tuple[str, ...]:
    """Put on record which settings differ from those noticed last; their names.

    Values are kept as keyed hashes, so that a secret cannot be guessed back from the trail.
    """
    key = workspace_key(settings.state)
    values = {
        name: hmac.digest(key, f"{name}\0{value}".encode(), "sha256").hex()[:16]
        for name, value in sorted(_flat(settings.model_dump()))
    }
    known = newest_about(store, *_ABOUT)
    before: dict[str, str] = {} if known is None else json.loads(known.detail)["values"]
    if values == before:
        return ()
    names = values.keys() | before.keys()
    changed = tuple(sorted(name for name in names if values.get(name) != before.get(name)))
    with store.transaction() as session:
        if known is None:
            on_record(session, "settings.first_seen", *_ABOUT, values=values)
        else:
            on_record(session, "settings.changed", *_ABOUT, changed=list(changed), values=values)
    return changed


def _flat(body: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            secret = getattr(value, "get_secret_value", None)
            yield f"{before}{name}", str(value if secret is None else secret())
