"""What must hold for the service to do its work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

from retinue.api.deps import Door
from retinue.channels.opening import open_channel
from retinue.errors import RetinueError
from retinue.store.accounts import naive
from retinue.store.runs import latest_run

__all__ = ["Lately", "failing"]

Found = TypeVar("Found")


class Lately(Generic[Found]):
    """Remembers an answer for some seconds, so that whoever asks often does not cost more.

    >>> lately = Lately[int](2.0)
    >>> lately.once(10.0, lambda: 1), lately.once(11.0, lambda: 2), lately.once(12.0, lambda: 3)
    (1, 1, 3)
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._kept: tuple[float, Found] | None = None

    def once(self, now: float, ask: Callable[[], Found]) -> Found:
        """The answer of lately, else that of now (seconds)."""
        with self._lock:
            if self._kept is None or not 0 <= now - self._kept[0] < self._seconds:
                self._kept = now, ask()
            return self._kept[1]


def failing(door: Door) -> list[dict[str, str]]:
    """Each check that fails, with what is wrong in words that are fit for anybody."""
    found = []
    for name, check in (("store", _store), ("audit", _audit), ("channels", _channels), ("run", _run)):
        wrong = check(door)
        if wrong:
            found.append({"check": name, "detail": wrong})
    return found


def _store(door: Door) -> str:
    try:
        door.store.check_writable()
    except Exception:  # whatever it is, its words may name places of this machine
        return "The store cannot be written."
    return ""


def _audit(door: Door) -> str:
    behind = door.readings.ahead.wrong is not None
    return "What was shown cannot be put on record, so nothing is shown." if behind else ""


def _channels(door: Door) -> str:
    plan = door.settings.delivery
    if plan.mode == "off":
        return ""
    names = dict.fromkeys((*plan.messages, *plan.grants.values(), *plan.records, *plan.notices))
    broken = []
    for name in names:
        if name not in door.channels:
            try:
                door.channels[name] = open_channel(door.settings, name)
            except RetinueError:
                broken.append(name)
    return f"Channels are not configured: {', '.join(broken)}." if broken else ""


def _run(door: Door) -> str:
    hours = door.settings.api.ready_run_hours
    if hours is None:
        return ""
    try:
        newest = latest_run(door.store)
    except Exception:  # the check of the store tells it
        return "Nobody knows the newest run."
    if newest is None:
        return "There is no finished run."
    if naive(door.clock()) - newest.as_of > timedelta(hours=hours):
        return f"The newest run is older than {hours:g} hours."
    return ""
