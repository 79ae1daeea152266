"""What the service does beside answering: predictions that were asked for as jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from retinue.errors import RetinueError
from retinue.runs.predictions import Workshop
from retinue.telemetry import logger

__all__ = ["Background"]

LOOK_AGAIN_SECONDS = 5.0
"""How often a process looks for jobs that another one took in, or left behind."""


class Background:
    """Does jobs in a thread of its own, one after the other, while the service runs."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._due = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """There is a job: look at once. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._due.set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the service runs. At its end the job at hand is given back after the part it is at."""
        self._loop = asyncio.get_running_loop()
        task = asyncio.create_task(self._going())
        try:
            yield
        finally:
            self._workshop.halted.set()
            self._due.set()
            await task

    async def _going(self) -> None:
        while not self._workshop.halted.is_set():
            self._due.clear()
            if await asyncio.to_thread(self._turn):
                continue
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), LOOK_AGAIN_SECONDS)

    def _turn(self) -> bool:
        """One job; where there is none, what is over is deleted. False when there was nothing to do."""
        try:
            done = self._workshop.work()
            if not done:
                self._workshop.tidy()
        except RetinueError as error:
            logger("api").error("predictions.paused", why=error.what)
            return False
        except Exception:
            logger("api").exception("predictions.paused")
            return False
        return done
