"""What the worker does between jobs: sends what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.runs.campaigns import Campaigns

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["Pump"]

AT_ONCE = 20
"""Deliveries taken before the worker looks for jobs again."""


class Pump:
    """Sends what is due, a few deliveries at each call; with a broker, only while that cannot be reached.

    Parameters
    ----------
    opened: the workspace, open for as long as the pump. owner: a name that no other worker has.
    clock: the present (aware UTC).

    Raises SettingsError where `[delivery]` names a channel that is not there, PluginError where an extra is
    missing.
    """

    def __init__(self, opened: Opened, owner: str, *, clock: Callable[[], datetime]) -> None:
        self._sender = Campaigns(opened).sender(owner, clock=clock)
        self._queue = None
        if opened.settings.queue.kind == "rabbitmq":
            from retinue.runs.queue import Queue

            self._queue = Queue(opened.store, self._sender, opened.settings.queue, clock=clock)
            self._queue.start()

    def __call__(self, now: datetime) -> bool:
        """Send; whether there was something to send."""
        if self._queue is not None and self._queue.connected:
            return False
        return self._sender.pump(limit=AT_ONCE) > 0

    def close(self) -> None:
        """End; what was taken and not begun is given back."""
        if self._queue is not None:
            self._queue.close()
        self._sender.close()
