"""The tools over HTTP, at /api/v1/mcp of the service: each request proves who asks, nothing is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from retinue.api.access import permit
from retinue.security import Principal

__all__ = ["Agents", "router"]

router = APIRouter(prefix="/api/v1/mcp", tags=["agents"], include_in_schema=False)


class Agents:
    """The server of the tools as the service holds it; opened at the first request, as it is slow to load."""

    def __init__(self, app: FastAPI, *, acts: bool) -> None:
        self._app, self._acts = app, acts
        self._manager: Any = None
        self._wanted, self._ready, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the service runs."""
        task = asyncio.create_task(self._keeping())
        try:
            yield
        finally:
            self._over.set()
            self._wanted.set()
            await task

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._wanted.set()
        await self._ready.wait()
        await self._manager.handle_request(scope, receive, send)

    async def _keeping(self) -> None:
        """Holds it open in one task: it must end where it began."""
        await self._wanted.wait()
        if self._over.is_set():
            return
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from retinue.api.agents.server import agent_server

        server = agent_server(self._app, _asking, acts=self._acts)
        self._manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        async with self._manager.run():
            self._ready.set()
            await self._over.wait()


def _asking(ctx: Any) -> Principal:
    found: Principal = ctx.request.state.principal
    return found


class _Handed(Response):
    """An answer that the server of the tools gives by itself."""

    def __init__(self, agents: Agents) -> None:
        super().__init__()
        self._agents = agents

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._agents.handle(scope, receive, send)


@router.post("")
async def ask(request: Request, _: Annotated[Principal, Depends(permit("agents.use"))]) -> Response:
    """One message of the Model Context Protocol (Streamable HTTP, without sessions)."""
    agents: Agents = request.app.state.agents
    return _Handed(agents)
