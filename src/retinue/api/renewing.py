"""The service of a sample: it can let its data go and go on, empty, in the same process.

An application holds the store open in many places. So it is not emptied: it is ended as at the end of the
server, the data are removed while nobody holds them, and another one is made of what is there then. Requests
that come meanwhile wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from retinue.api.errors import problem
from retinue.telemetry import logger

__all__ = ["Renewing", "renew_after"]

LONGEST_WAIT = 10.0
"""Seconds that answers under way may take before the data are removed all the same."""


def renew_after(app: FastAPI) -> None:
    """Have the data removed once what is under way is answered. Raises LookupError where nobody can."""
    wanted: asyncio.Event | None = getattr(app.state, "renewal", None)
    if wanted is None:
        raise LookupError("the application is not one that can be renewed")
    wanted.set()


class Renewing:
    """An ASGI application in place of another. make: the application; remove: what happens in between."""

    def __init__(self, make: Callable[[], FastAPI], remove: Callable[[], None]) -> None:
        self._make, self._remove = make, remove
        self._app = self._made()
        self._broken = False
        self._under_way = 0
        self._idle, self._open = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live as long as the server does."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        while not self._open.is_set():
            await self._open.wait()
        if self._broken:
            said = "The service ended its data and could not begin again."
            answer = problem(503, said, fix="See its log, then start it again: retinue serve")
            await answer(scope, receive, send)
            return
        self._under_way += 1
        self._idle.clear()
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    def _made(self) -> FastAPI:
        app = self._make()
        app.state.renewal = asyncio.Event()
        return app

    async def _live(self, receive: Receive, send: Send) -> None:
        """One application after the other, each begun and ended in this task, until the server ends."""
        await receive()
        ending: asyncio.Task[Message] | None = None
        while ending is None or not ending.done():
            try:
                async with self._app.router.lifespan_context(self._app):
                    if ending is None:
                        await send({"type": "lifespan.startup.complete"})
                        ending = asyncio.ensure_future(receive())
                    self._open.set()
                    await self._either(ending)
                if not ending.done():
                    await self._renewed()
            except BaseException as error:
                if ending is None:
                    await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
                else:
                    self._broken = True
                    self._open.set()  # whoever waits is told
                raise
        await send({"type": "lifespan.shutdown.complete"})

    async def _either(self, ending: asyncio.Task[Message]) -> None:
        """Wait for the end of the server, or for the wish to be renewed and the end of what is under way."""
        wish = asyncio.ensure_future(self._app.state.renewal.wait())
        await asyncio.wait({ending, wish}, return_when=asyncio.FIRST_COMPLETED)
        if not wish.done():
            wish.cancel()
            return
        self._open.clear()
        self._app.state.ending.begin()  # answers that go on end when they hear of it
        try:
            await asyncio.wait_for(self._idle.wait(), LONGEST_WAIT)
        except TimeoutError:
            logger("api").warning("sample.answers_cut_short", answers=self._under_way)

    async def _renewed(self) -> None:
        """Remove the data, and make an application of what is there then."""
        try:
            await run_in_threadpool(self._remove)
        except Exception:  # what could not be removed is served on
            logger("api").exception("sample.not_removed")
        self._app = await run_in_threadpool(self._made)
