"""What the service keeps of itself while it runs: its meter, its tally of requests, whether it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from fastapi.concurrency import run_in_threadpool

from retinue.api.observing import Tally
from retinue.api.ready import Lately
from retinue.monitoring.scrape import meter_of
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.request_counts import add_requests
from retinue.telemetry import logger
from retinue.telemetry.metrics import counting
from retinue.telemetry.tracing import tracing

__all__ = ["Watched"]

FLUSH_SECONDS = 20.0
READY_SECONDS = 2.0


class Watched:
    """The service's own figures. clock: the present, aware UTC."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self.meter = meter_of(store, settings, clock)
        self.tally = Tally()
        self.failing = Lately[list[dict[str, str]]](READY_SECONDS)
        self._store = store
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the service runs: count, send spans where they are wanted, and tell the store how requests
        went, so that a worker can raise the alarm."""
        with counting(self.meter), tracing("retinue-service"):
            task = asyncio.create_task(self._flushing())
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                await run_in_threadpool(self.flush)

    async def _flushing(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await run_in_threadpool(self.flush)

    def flush(self) -> None:
        """Tell the store what was counted since the last time; kept for the next time where it is busy."""
        counts = self.tally.taken()
        try:
            add_requests(self._store, counts, clock=self._clock())
        except Exception as error:  # a store that is busy must not end the service
            logger("api").warning("requests.not_told", kind=type(error).__name__)
            self.tally.put_back(counts)
