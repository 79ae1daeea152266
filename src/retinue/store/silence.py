"""A server that is there and says nothing: it hangs, its machine vanished, or a network swallows its words.

A statement may take long, and nobody can tell a long one from a server that hangs by waiting. So whoever got
no answer for `QUIET_SECONDS` asks for a second connection. A server that gives one, or refuses it, is at work
and is waited for. One that does neither is silent: whoever waits is told at once, and so is whoever comes
next, until a connection is had again. It is tried once in `AGAIN_SECONDS`, by one of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Silence", "listening"]

QUIET_SECONDS = 5.0
"""So long without a word before it is asked for a second connection."""

_NETWORK = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How long a connection may take (seconds), and when a machine counts as gone; the URL may say otherwise."""

AGAIN_SECONDS = 1.0
"""How often a silent server is tried."""


class Silence:
    """What is known of one server, whatever thread asks.

    greet: asks for a second connection and lets it go; whether it was answered, be it with a refusal. steady:
    seconds that only rise.
    """

    def __init__(self, greet: Callable[[], bool], *, steady: Callable[[], float] = time.monotonic) -> None:
        self._greet, self._steady = greet, steady
        self._lock = threading.Lock()
        self._tried: float | None = None
        self.silent = False

    def asked(self) -> bool:
        """Whether it is silent now; of many who ask at once, one finds out and the others take its word."""
        seen = self._steady()
        with self._lock:
            if self._tried is None or self._tried + AGAIN_SECONDS < seen:
                self.silent = not self._greet()
                self._tried = self._steady()
            return self.silent

    def known(self) -> bool:
        """Whether it is silent as far as is known; only a silent server is asked."""
        if not self.silent:
            return False
        if not self._lock.acquire(blocking=False):
            return True  # somebody is finding out
        self._lock.release()
        return self.asked()


def listening(parameters: dict[str, Any]) -> type[Connection[Any]]:
    """The class of connections to one server, which share what is known of it.

    parameters: of a connection, as psycopg takes them.
    """
    import psycopg

    def greet() -> bool:
        try:
            psycopg.connect(**_NETWORK | parameters).close()
        except psycopg.errors.ConnectionTimeout:
            return False
        except psycopg.Error:  # it has no place left, or another reason: whoever has a connection keeps it
            return True
        return True

    silence = Silence(greet)

    class Listening(psycopg.Connection[Any]):
        """A connection that is given up, closed, when its server is silent."""

        @classmethod
        def connect(cls, *args: Any, **kwargs: Any) -> Listening:
            if silence.known():
                raise _told()
            found: Listening = super().connect(*args, **_NETWORK | kwargs)
            return found

        def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
            if silence.known():
                self.pgconn.finish()
                raise _told()
            return super().wait(_heard(gen, silence, self.pgconn.finish), *args, **kwargs)

    return Listening


def _heard(
    steps: Generator[Any, Any, Any], silence: Silence, give_up: Callable[[], None]
) -> Generator[Any, Any, Any]:
    """The steps of a statement as they are, as long as somebody is at the other end."""
    try:
        wanted = next(steps)
        last = time.monotonic()
        while True:
            ready = yield wanted
            if ready:
                last = time.monotonic()
            elif time.monotonic() - last > QUIET_SECONDS:
                if silence.asked():
                    give_up()
                    raise _told()
                last = time.monotonic()
            wanted = steps.send(ready)
    except StopIteration as done:
        return done.value


def _told() -> Exception:
    import psycopg

    return psycopg.OperationalError("the server says nothing")
