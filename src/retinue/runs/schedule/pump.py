"""What the worker does between jobs: plans what was accepted at the cancel button, sends what is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.runs.campaigns import Campaigns
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["Pump"]

AT_ONCE = 20
"""Deliveries taken before the worker looks for jobs again."""

LOOK = timedelta(seconds=5)
"""Between two looks at what was accepted at the cancel button."""
CHECKPOINT_EVERY = timedelta(minutes=1)
"""How often what was recorded meanwhile is vouched for."""


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
        self._campaigns = Campaigns(opened)
        self._sender = self._campaigns.sender(owner, clock=clock)
        self._looked: datetime | None = None
        self._named: dict[str, str] = {}
        self._store = opened.store
        self._signed: datetime | None = None
        self._queue = None
        if opened.settings.queue.kind == "rabbitmq":
            from retinue.runs.queue import Queue

            self._queue = Queue(opened.store, self._sender, opened.settings.queue, clock=clock)
            self._queue.start()

    def __call__(self, now: datetime) -> bool:
        """Plan and send; whether there was something to send."""
        self._plan(now)
        if self._signed is None or now - self._signed >= CHECKPOINT_EVERY:
            self._signed = now
            self._store.checkpoints.try_to_write(self._store)
        if self._queue is not None and self._queue.connected:
            return False
        return self._sender.pump(limit=AT_ONCE) > 0

    def _plan(self, now: datetime) -> None:
        """Plan what was accepted at the cancel button; what cannot be made real is logged once a reason."""
        if self._looked is not None and timedelta() <= now - self._looked < LOOK:
            return
        self._looked = now
        waiting = self._campaigns.plan_accepted(now=now).waiting
        for one in waiting:
            if self._named.get(one.occasion_id) != one.why:
                logger(__name__).warning(
                    "cancel.offer_waits", occasion=one.occasion_id, offer=one.offer, why=one.why
                )
        self._named = {one.occasion_id: one.why for one in waiting}

    def close(self) -> None:
        """End; what was taken and not begun is given back."""
        if self._queue is not None:
            self._queue.close()
        self._sender.close()
        self._campaigns.close()
