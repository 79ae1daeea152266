"""Word that the server is about to end, for answers that go on: it waits for them before it does."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Ending"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Ending:
    """Whether the end has begun."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for the signals that end the server, beside whoever else does.

        Only the main thread of a process hears signals; elsewhere nothing is listened for.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop, before = asyncio.get_running_loop(), {one: signal.getsignal(one) for one in _SIGNALS}

        def hear(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._begun.set)
            other = before[signal.Signals(number)]
            if callable(other):
                other(number, frame)

        for one in _SIGNALS:
            signal.signal(one, hear)
        try:
            yield
        finally:
            for one, other in before.items():
                if signal.getsignal(one) is hear and other is not None:
                    signal.signal(one, other)

    def begin(self) -> None:
        """Let the end begin, as a signal would. From the thread of the loop."""
        self._begun.set()

    async def within(self, seconds: float) -> bool:
        """Wait so long, or until the end begins; whether it has."""
        try:
            await asyncio.wait_for(self._begun.wait(), seconds)
        except TimeoutError:
            return False
        return True
