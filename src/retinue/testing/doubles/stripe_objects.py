"""The part of Stripe's state that billing's rewards and recoveries touch, in one SQLite table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["Objects", "Trouble", "nested"]


class Trouble(Exception):
    """What Stripe answers in place of an object."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error", **more: str) -> None:
        super().__init__(code)
        self.status = status
        self.error = {"type": kind, "code": code, "message": f"the double says {code}", **more}


class Objects:
    """Objects of Stripe by id, oldest first; each kind is a collection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS objects (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, "
            "kind TEXT NOT NULL, customer TEXT, content TEXT NOT NULL)"
        )

    def put(self, kind: str, thing: Mapping[str, Any]) -> dict[str, Any]:
        """Add or replace an object; `object` and `created` are filled in."""
        row = {"object": kind, "created": 1_772_000_000 + self._count(), "livemode": False, **thing}
        self._db.execute(
            "INSERT INTO objects (id, kind, customer, content) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET content = excluded.content",
            (row["id"], kind, row.get("customer"), json.dumps(row)),
        )
        return row

    def new_id(self, prefix: str) -> str:
        """An id that is not taken."""
        return f"{prefix}_{self._count() + 1:06d}"

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object of a kind. Raises Trouble (404)."""
        found = self._db.execute("SELECT content FROM objects WHERE id = ? AND kind = ?", (name, kind))
        row = found.fetchone()
        if row is None:
            raise Trouble(404, "resource_missing")
        return dict(json.loads(row[0]))

    def all(self, kind: str, customer: str | None = None) -> list[dict[str, Any]]:
        """The objects of a kind, of one customer if named, newest first."""
        rows = self._db.execute(
            "SELECT content FROM objects WHERE kind = ? AND (? IS NULL OR customer = ?) ORDER BY number DESC",
            (kind, customer, customer),
        )
        return [json.loads(row[0]) for row in rows]

    def remove(self, names: Iterable[str]) -> None:
        """Take objects away."""
        self._db.executemany("DELETE FROM objects WHERE id = ?", [(name,) for name in names])

    def _count(self) -> int:
        return int(self._db.execute("SELECT COALESCE(MAX(number), 0) FROM objects").fetchone()[0])


def nested(body: bytes) -> dict[str, Any]:
    """A form with brackets as a tree; numbered entries become a list, `name=` an empty text.

    >>> nested(b"discounts[0][coupon]=a&discounts[1][coupon]=b&metadata[k]=v&clear=")
    {'discounts': [{'coupon': 'a'}, {'coupon': 'b'}], 'metadata': {'k': 'v'}, 'clear': ''}
    """
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        *outer, last = name.replace("]", "").split("[")
        place = tree
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    return [inner[name] for name in inner] if inner and all(name.isdigit() for name in inner) else inner
