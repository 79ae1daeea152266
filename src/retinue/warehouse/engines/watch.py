"""How far a running DuckDB query is, asked from beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.progress import Tell

__all__ = ["watched"]

SECONDS = 0.2
"""Between two questions."""


@contextmanager
def watched(connection: Any, tell: Tell | None) -> Iterator[None]:
    """Inside, tell the share done of the query that `connection` runs; without `tell` nothing is asked."""
    if tell is None:
        yield
        return
    # DuckDB counts only where a bar is wanted; it is not to be printed
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(SECONDS):
            per_cent = connection.query_progress()
            if per_cent > 0:  # -1: no query runs, or it cannot tell
                tell(per_cent / 100)

    asking = threading.Thread(target=ask, name="progress", daemon=True)
    asking.start()
    try:
        yield
    finally:
        ended.set()
        asking.join()
        connection.execute("SET enable_progress_bar = false")
