"""Ten ways to change a trail behind Retinue's back, done in SQL on a copy of its database.

The attacker may write to the database and knows how hashes are computed; the key of the checkpoints they do
not have. A way is a function of the open copy and a position; it returns between which records it began.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from retinue.store.audit.record import GENESIS, Head, digest

__all__ = ["CHAIN_REWRITTEN", "WAYS", "Copy", "OnServer"]

_FIELDS = "number, at, actor, action, kind, object_id, detail, previous, hash"


@dataclass
class Copy:
    """A copy of the database in memory, without the triggers that an attacker would drop first."""

    connection: sqlite3.Connection
    rng: random.Random

    @classmethod
    def of(cls, source: sqlite3.Connection, seed: int) -> Copy:
        target = sqlite3.connect(":memory:")
        source.backup(target)
        target.execute("DROP TRIGGER audit_no_update")
        target.execute("DROP TRIGGER audit_no_delete")
        return cls(target, random.Random(seed))

    def rows(self) -> list[Any]:
        return self.connection.execute(f"SELECT {_FIELDS} FROM audit ORDER BY number").fetchall()

    def head(self) -> Head:
        return Head(*self.connection.execute("SELECT count, hash FROM audit_head").fetchone())

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)

    def put(self, row: tuple[Any, ...]) -> None:
        self.run("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)

    def rehash_from(self, number: int) -> None:
        """Compute every hash from a record on anew, and note the end as the store does."""
        rows = self.rows()
        last = rows[number - 2][8] if number > 1 else GENESIS
        for row in rows[number - 1 :]:
            found = digest(*row[:7], last)
            self.run("UPDATE audit SET previous = ?, hash = ? WHERE number = ?", last, found, row[0])
            last = found
        self.run("UPDATE audit_head SET count = ?, hash = ?", len(rows), last)


@dataclass
class OnServer(Copy):
    """The same in a transaction of PostgreSQL that is undone afterwards, past the triggers."""

    connection: Any  # type: ignore[assignment]

    @classmethod
    def within(cls, connection: Any, seed: int) -> OnServer:
        connection.execute("SET LOCAL session_replication_role = replica")
        return cls(connection, random.Random(seed))

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement.replace("?", "%s"), values or None)


Way = Callable[[Copy, int, int], None]


def _edit(copy: Copy, at: int, _: int) -> None:
    copy.run("UPDATE audit SET detail = '{\"cents\":999}' WHERE number = ?", at)


def _swap_actor(copy: Copy, at: int, _: int) -> None:
    copy.run("UPDATE audit SET actor = 'mallory' WHERE number = ?", at)


def _change_time(copy: Copy, at: int, _: int) -> None:
    copy.run("UPDATE audit SET at = '2020-01-01T00:00:00.000000Z' WHERE number = ?", at)


def _delete(copy: Copy, at: int, _: int) -> None:
    copy.run("DELETE FROM audit WHERE number = ?", at)


def _insert(copy: Copy, at: int, count: int) -> None:
    before = copy.rows()[at - 1]
    for number in range(count, at, -1):
        copy.run("UPDATE audit SET number = ? WHERE number = ?", number + 1, number)
    forged = (at + 1, before[1], "mallory", "budget.spent", "decision", "dec_x", "{}", before[8])
    copy.put((*forged, digest(*forged)))
    copy.run("UPDATE audit_head SET count = count + 1")


def _reorder(copy: Copy, at: int, count: int) -> None:
    other = at + 1 if at < count else at - 1
    copy.run("UPDATE audit SET number = 0 WHERE number = ?", at)
    copy.run("UPDATE audit SET number = ? WHERE number = ?", at, other)
    copy.run("UPDATE audit SET number = ? WHERE number = 0", other)


def _truncate(copy: Copy, at: int, count: int) -> None:
    at = min(at, count - 1)
    copy.run("DELETE FROM audit WHERE number > ?", at)
    copy.run("UPDATE audit_head SET count = ?, hash = (SELECT hash FROM audit WHERE number = ?)", at, at)


def _replace_whole(copy: Copy, at: int, _: int) -> None:
    copy.run("UPDATE audit SET at = replace(at, '2026', '2027') WHERE number >= ?", at)
    copy.run("UPDATE audit SET actor = 'mallory' WHERE number = ?", at)
    copy.rehash_from(1)


def _fork(copy: Copy, at: int, count: int) -> None:
    at = min(at, count - 1)
    copy.run("DELETE FROM audit WHERE number > ?", at)
    kept = copy.rows()[-1]
    for number in range(at + 1, count + 1):
        copy.put((number, kept[1], "mallory", "switch.stop", "switch", str(number), "{}", "", ""))
    copy.rehash_from(at + 1)


def _replay_old_copy(copy: Copy, at: int, count: int) -> None:
    """An old copy is put back, and the system goes on with it beyond where it was before."""
    at = min(at, count - 1)
    copy.run("DELETE FROM audit WHERE number > ?", at)
    kept = copy.rows()[-1]
    for number in range(at + 1, count + 20):
        copy.put((number, kept[1], "ada", "campaign.opened", "campaign", str(number), "{}", "", ""))
    copy.rehash_from(at + 1)


WAYS: dict[str, Way] = {
    "edit": _edit,
    "delete": _delete,
    "insert": _insert,
    "reorder": _reorder,
    "swap actor": _swap_actor,
    "change time": _change_time,
    "truncate tail": _truncate,
    "replace whole chain": _replace_whole,
    "fork": _fork,
    "replay old backup": _replay_old_copy,
}

CHAIN_REWRITTEN = ("replace whole chain", "fork", "replay old backup")
"""Ways that leave a chain without a break: only checkpoints tell, as exactly as they are close together."""
