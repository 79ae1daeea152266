"""How much a caller may ask: the length of bodies, and requests per minute."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinue.api.errors import problem

__all__ = ["BodyLimit", "Buckets"]


class Buckets:
    """A bucket of tokens per key that refills steadily; the least used keys are forgotten.

    >>> buckets = Buckets(2)
    >>> [buckets.take("a", now) for now in (0.0, 0.0, 0.0, 30.0)]
    [0.0, 0.0, 30.0, 0.0]
    """

    def __init__(self, per_minute: int, *, keys: int = 50_000) -> None:
        self._size, self._keys = per_minute, keys
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: float) -> float:
        """Take one token; 0, or the seconds to wait when there is none. now: seconds of any steady clock."""
        with self._lock:
            tokens = self._filled(key, now)
            allowed = tokens >= 1.0
            self._held.pop(key, None)
            self._held[key] = (tokens - 1.0 if allowed else tokens, now)
            while len(self._held) > self._keys:
                self._held.popitem(last=False)
            return self._missing(tokens)

    def wait(self, key: str, now: float) -> float:
        """What `take` would answer, without taking."""
        with self._lock:
            return self._missing(self._filled(key, now))

    def _filled(self, key: str, now: float) -> float:
        tokens, at = self._held.get(key, (float(self._size), now))
        return min(float(self._size), tokens + max(0.0, now - at) * self._size / 60.0)

    def _missing(self, tokens: float) -> float:
        return 0.0 if tokens >= 1.0 else (1.0 - tokens) * 60.0 / self._size


class BodyLimit:
    """Refuse a body that is longer than the path may have, whatever its header says."""

    def __init__(self, app: ASGIApp, limit: Callable[[str], int]) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, seen = self.limit(scope["path"]), 0
        said = f"The body is longer than {most:,} bytes."
        stated = dict(scope["headers"]).get(b"content-length", b"")
        if stated.isdigit() and int(stated) > most:
            await problem(413, said)(scope, receive, send)
            return

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, said)  # whoever reads the body passes it on
            return message

        await self.app(scope, counted, send)
