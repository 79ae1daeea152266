"""What a service that speaks TLS itself says in every answer: come by https only (RFC 6797)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["OnlyByTls"]

_TWO_YEARS = "max-age=63072000"


class OnlyByTls:
    """Middleware that adds `Strict-Transport-Security`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = _TWO_YEARS
            await send(message)

        await self.app(scope, receive, answered)
