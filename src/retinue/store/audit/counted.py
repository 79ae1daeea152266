"""What happens too often for a record each: the first of its kind is on record at once, the others of the
same minute as one number.

So a password that is guessed, or a token that is forged, is seen when it begins, and whoever tries a million
of them cannot fill the trail.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.errors import RetinueError
from retinue.store.audit.record import entry_of

if TYPE_CHECKING:
    from retinue.store.audit.ahead import Ahead

__all__ = ["MOST", "Counted"]

MINUTE = 60.0
MOST = 100
"""Kinds in a minute that are told apart; further ones are counted together."""

Kind = tuple[str, str, str, str, str]
"""Actor, action, kind, object, and why or what."""


class Counted:
    """Counts for a process. clock: the present, aware UTC."""

    def __init__(self, ahead: Ahead, clock: Callable[[], datetime]) -> None:
        self._ahead, self._clock = ahead, clock
        self._lock = threading.Lock()
        self._since = 0.0
        self._times: dict[Kind, int] = {}
        ahead.before_gathering(self._minute)

    def add(self, actor: str, action: str, kind: str, object_id: str, why: str) -> None:
        """Once more. What cannot be put on record is counted all the same, and told with the next number.

        why: what was wrong or what it was, in words of ours, never of whoever calls.
        """
        self._minute()
        found = (actor, action, kind, object_id, why)
        with self._lock:
            if found not in self._times and len(self._times) >= MOST:
                found = ("", action, kind, "", "others")
            first = found not in self._times
            self._times[found] = self._times.get(found, 0) + 1
        if first and not self._put(found, None):
            with self._lock:
                self._times[found] = self._times.get(found, 0) + 1

    def _minute(self) -> None:
        now = self._clock().timestamp()
        with self._lock:
            if 0 <= now - self._since < MINUTE:
                return
            times, self._times, self._since = self._times, {}, now
        for found, many in times.items():
            if many > 1 and not self._put(found, many - 1):
                with self._lock:
                    self._times[found] = self._times.get(found, 0) + many

    def close(self) -> None:
        """Tell what was counted."""
        with self._lock:
            self._since = 0.0
        self._minute()

    def _put(self, found: Kind, more: int | None) -> bool:
        actor, action, kind, object_id, why = found
        detail = {"why": why} | ({} if more is None else {"more": more})
        with suppress(RetinueError):
            self._ahead.put(entry_of(actor, action, kind, object_id, detail))
            return True
        return False
