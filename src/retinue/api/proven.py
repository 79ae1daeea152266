"""Who asked a moment ago: known again without asking the store, as long as nothing in it has changed.

A hot route would spend most of its time on handing the look-up to a thread. What is kept here counts only
while the store's file is the same to the last change (`retinue.store.changes`), so a key that is revoked or a
role that is taken counts from the next request on, as without it; and for a second at most, which is how late
the end of a token's own time may be seen.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from retinue.security import Principal
from retinue.store import Store
from retinue.store.changes import Changes

__all__ = ["Proven"]

_KEPT = timedelta(seconds=1)
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """Whoever a proof stands for; None: whoever is at this machine, who needs none."""

    principal: Principal | None
    version: int
    since: datetime


class Proven:
    """Proofs of the last second. For the thread of the event loop alone.

    What is shown is kept as its hash only.
    """

    def __init__(self, store: Store) -> None:
        self._changes = Changes(store)
        self._held: OrderedDict[bytes, _Known] = OrderedDict()

    def version(self) -> int | None:
        """The store's version, to be taken before the store is asked."""
        return self._changes.version()

    def known(self, shown: str | None, *, version: int | None, now: datetime) -> _Known | None:
        """What was found for this proof, where that still counts. version: of now; now: aware UTC."""
        name = _name(shown)
        found = self._held.get(name)
        if found is None:
            return None
        if timedelta(0) <= now - found.since < _KEPT and found.version == version:
            return found
        del self._held[name]
        return None

    def keep(
        self, shown: str | None, principal: Principal | None, version: int | None, now: datetime
    ) -> None:
        """Keep what was found. version: of before the store was asked."""
        if version is None:
            return
        self._held[_name(shown)] = _Known(principal, version, now)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)

    def close(self) -> None:
        """Let go of the store's file."""
        self._changes.close()


def _name(shown: str | None) -> bytes:
    return b"" if shown is None else hashlib.sha256(shown.encode()).digest()
