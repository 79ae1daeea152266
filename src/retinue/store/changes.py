"""Whether anything in the store has changed, asked in microseconds and without waiting for anybody."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from retinue.store.base import Store

__all__ = ["Changes"]


class Changes:
    """Watches a store that is a file; of a server nobody knows without asking it. For one thread."""

    def __init__(self, store: Store) -> None:
        url = store.engine.url
        on_disk = url.get_backend_name() == "sqlite" and bool(url.database)
        self._file = Path(str(url.database)) if on_disk else None
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """A number that is another one after anybody has changed anything; None where nobody can know."""
        if self._file is None:
            return None
        try:
            if self._connection is None:
                # It never writes, so that SQLite counts the changes of everybody else: all there are.
                place = f"{self._file.resolve().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(place, uri=True, check_same_thread=False, timeout=0.0)
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
