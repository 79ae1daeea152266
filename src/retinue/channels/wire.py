"""Connections that keep to one deadline for the whole call.

A time limit for each read alone does not bound a call: an other end that sends a byte every few seconds
would hold a worker for ever, and its lease on the delivery would run out. Here every wait on the socket gets
at most what is left until the deadline of the call that the thread is making.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

import httpcore

__all__ = ["Deadline", "DeadlineBackend"]

_LEAST = 0.001
"""A socket with a timeout of 0 would not wait at all but fail in another way."""


class Deadline(threading.local):
    """When the call that this thread is making must be over."""

    def __init__(self) -> None:
        self._until: float | None = None

    def start(self, seconds: float) -> None:
        """The next call has so many seconds."""
        self._until = time.monotonic() + seconds

    def limit(self, timeout: float | None) -> float | None:
        """The given limit of one wait (seconds), or what is left when that is less."""
        if self._until is None:
            return timeout
        left = max(_LEAST, self._until - time.monotonic())
        return left if timeout is None else min(timeout, left)


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections by another backend and holds them to the deadline."""

    def __init__(self, deadline: Deadline, inner: httpcore.NetworkBackend | None = None) -> None:
        self._deadline = deadline
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a host and port."""
        stream = self._inner.connect_tcp(
            host, port, self._deadline.limit(timeout), local_address, socket_options
        )
        return _Stream(stream, self._deadline)

    def sleep(self, seconds: float) -> None:
        """Never asked: nothing here tries again."""
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.limit(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.limit(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.limit(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
