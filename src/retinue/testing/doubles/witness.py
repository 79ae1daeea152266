"""What really happened, in an SQLite file of the double's own: a second opinion that no sender can talk to.

Each call is written and brought to the disk before it is answered.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Witness", "read_calls", "read_effects"]

_TABLES = """
CREATE TABLE IF NOT EXISTS calls (number INTEGER PRIMARY KEY, at REAL, method TEXT, path TEXT, key TEXT,
                                  fault TEXT, status INTEGER);
CREATE TABLE IF NOT EXISTS effects (number INTEGER PRIMARY KEY, at REAL, key TEXT, what TEXT);
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT);
CREATE TABLE IF NOT EXISTS things (kind TEXT, id TEXT, what TEXT, PRIMARY KEY (kind, id));
"""


class Witness:
    """The one writer of the file. Everything between `unit` and its end is written together."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_TABLES)

    @contextlib.contextmanager
    def unit(self) -> Iterator[None]:
        """One call at a time; on the disk when it ends, undone when it fails."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def call(self, method: str, path: str, key: str | None, fault: str | None, status: int | None) -> None:
        """A call arrived and is answered so; status None: not at all."""
        self._db.execute(
            "INSERT INTO calls (at, method, path, key, fault, status) VALUES (?, ?, ?, ?, ?, ?)",
            (time.time(), method, path, key, fault, status),
        )

    def effect(self, key: str | None, what: Any) -> None:
        """The thing was done."""
        self._db.execute(
            "INSERT INTO effects (at, key, what) VALUES (?, ?, ?)", (time.time(), key, json.dumps(what))
        )

    def answered(self, key: str) -> Any | None:
        """What was answered under a key before."""
        row = self._db.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def remember(self, key: str, answer: Any) -> None:
        """Keep the answer of a key."""
        self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(answer)))

    def put(self, kind: str, name: str, what: Any) -> None:
        """Keep a thing of the vendor's, such as a customer or a message."""
        self._db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?)", (kind, name, json.dumps(what)))

    def get(self, kind: str, name: str) -> Any | None:
        """A thing, or None."""
        row = self._db.execute("SELECT what FROM things WHERE kind = ? AND id = ?", (kind, name)).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, kind: str) -> list[Any]:
        """Every thing of a kind, in the order in which they were first kept."""
        rows = self._db.execute("SELECT what FROM things WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def clear(self) -> None:
        """Forget everything."""
        for table in ("calls", "effects", "answers", "things"):
            self._db.execute(f"DELETE FROM {table}")


def read_effects(file: Path) -> list[dict[str, Any]]:
    """Every effect in order: `key`, `at` (Unix time) and `what`; also while, and after, the double runs."""
    return _read(file, "SELECT key, at, what FROM effects ORDER BY number", decode="what")


def read_calls(file: Path) -> list[dict[str, Any]]:
    """Every call in order, also those that did nothing: `method`, `path`, `key`, `at`, `fault`, `status`."""
    return _read(file, "SELECT method, path, key, at, fault, status FROM calls ORDER BY number")


def _read(file: Path, query: str, decode: str = "") -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(file, timeout=10)) as db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute(query)]
    for row in rows:
        if decode:
            row[decode] = json.loads(row[decode])
    return rows
