"""A port of this machine that nobody listens on."""

from __future__ import annotations

import socket

from retinue.errors import StateError

__all__ = ["free_port"]

_TRIED = 100


def free_port(first: int) -> int:
    """The first free port of the loopback address from one on; of a hundred. Raises StateError for none."""
    for port in range(first, first + _TRIED):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StateError(f"No port from {first} to {first + _TRIED - 1} is free.", where="127.0.0.1")
