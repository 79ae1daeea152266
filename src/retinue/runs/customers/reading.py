"""The file of a run's customers, read: one by id, a page in an order, or all of them."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from retinue.errors import ArtefactError
from retinue.runs.customers.file import COLUMNS, FORMAT, Shared
from retinue.runs.customers.sorting import SORTS

__all__ = ["CustomerFile", "Wanted"]

_PLAIN = ", ".join(name for name in COLUMNS if name != "decision")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers, and in which order.

    among: column to the values it may have. least, most: column to its bounds, both included. starts: of the
    id. at_risk: above the run's threshold of action, or not; None for either. after: value and id of the last
    customer of the page before. only: none but these; None for no such limit.
    """

    sort: str = "churn_probability"
    descending: bool = True
    among: Mapping[str, Sequence[str | int]] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)
    most: Mapping[str, float] = field(default_factory=dict)
    starts: str = ""
    at_risk: bool | None = None
    after: tuple[Any, str] | None = None
    only: Collection[str] | None = None


class CustomerFile:
    """The customers of one run. Any number of threads may ask; nothing is ever written."""

    def __init__(self, path: Path, shared: Shared) -> None:
        self.path = path
        self.shared = shared
        self.stamp = _stamp(path)
        self._own = threading.local()

    @classmethod
    def read(cls, path: Path) -> CustomerFile | None:
        """The customers in a file; None where there is none. Raises ArtefactError when it cannot be read."""
        if not path.is_file():
            return None
        try:
            with closing(_open(path)) as connection:
                row = connection.execute("SELECT body FROM shared").fetchone()
            shared = msgspec.json.decode(row["body"], type=Shared)
        except (sqlite3.Error, TypeError, msgspec.DecodeError) as error:
            raise _damaged(path) from error
        return cls(path, shared) if shared.format == FORMAT else None

    @property
    def replaced(self) -> bool:
        """Whether another file stands there by now: somebody was taken out of it."""
        return self.path.exists() and _stamp(self.path) != self.stamp

    def get(self, customer_id: str) -> dict[str, Any] | None:
        """One active customer with the decision, or None."""
        rows = self._rows("SELECT * FROM customers WHERE customer_id = ?", (customer_id,))
        return _unpacked(rows[0]) if rows else None

    def among(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The active ones among at most 1,000 customers, by id."""
        marks = ", ".join("?" * len(names))
        rows = self._rows(f"SELECT * FROM customers WHERE customer_id IN ({marks})", tuple(names))
        return {row["customer_id"]: _unpacked(row) for row in rows}

    def risks(self) -> list[tuple[str, float, int]]:
        """Every active customer: id, probability, and 1 for whoever was left alone (no offer was made)."""
        alone = "CASE WHEN ifnull(incentive_id, 'none') = 'none' OR held_out = 1 THEN 1 ELSE 0 END AS alone"
        found = self._rows(f"SELECT customer_id, churn_probability, {alone} FROM customers", ())
        return [(row["customer_id"], row["churn_probability"], row["alone"]) for row in found]

    def columns(self, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """These columns of every active customer, by id."""
        text = ", ".join(_known(name) for name in names)
        return [tuple(row.values()) for row in self._rows(f"SELECT {text} FROM customers", ())]

    def state(self, customer_id: str) -> str | None:
        """The state of a customer who is known and not active (gone, too_new, objected), or None."""
        rows = self._rows("SELECT state FROM others WHERE customer_id = ?", (customer_id,))
        return str(rows[0]["state"]) if rows else None

    def page(self, wanted: Wanted, limit: int, *, whole: bool = False) -> list[dict[str, Any]]:
        """The next customers of an order, with `sorted_by` for the cursor of the page after; with their
        decisions where they are wanted `whole`."""
        order, way = SORTS[wanted.sort], "DESC" if wanted.descending else "ASC"
        where, values = self._conditions(wanted)
        if wanted.after is not None:
            sign = "<" if wanted.descending else ">"
            where.append(f"({order}, customer_id) {sign} (?, ?)")
            values += [wanted.after[0], wanted.after[1]]
        text = f"SELECT {'*' if whole else _PLAIN}, {order} AS sorted_by FROM customers"
        text += _where(where) + f" ORDER BY {order} {way}, customer_id {way} LIMIT ?"
        found = self._rows(text, (*values, limit))
        return [_unpacked(row) for row in found] if whole else found

    def count(self, wanted: Wanted) -> int:
        """How many customers there are of that kind."""
        where, values = self._conditions(wanted)
        text = f"SELECT count(*) AS many FROM customers{_where(where)}"
        return int(self._rows(text, tuple(values))[0]["many"])

    def all(
        self, wanted: Wanted, *, at_once: int = 2_000, whole: bool = False
    ) -> Iterator[list[dict[str, Any]]]:
        """Every customer of that kind, part by part, in the order asked for; `whole` as in `page`."""
        after = wanted.after
        while True:
            part = self.page(replace(wanted, after=after), at_once, whole=whole)
            if part:
                yield part
            if len(part) < at_once:
                return
            after = (part[-1]["sorted_by"], part[-1]["customer_id"])

    def _conditions(self, wanted: Wanted) -> tuple[list[str], list[Any]]:
        where, values = _conditions(wanted)
        if wanted.at_risk is not None:
            where.append(f"churn_probability {'>' if wanted.at_risk else '<='} ?")
            values.append(self.shared.act_above)
        return where, values

    def _rows(self, text: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        connection = getattr(self._own, "connection", None)
        try:
            if connection is None:
                connection = self._own.connection = _open(self.path)
            return connection.execute(text, values).fetchall()
        except sqlite3.Error as error:
            raise _damaged(self.path) from error


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    for column, allowed in wanted.among.items():
        # of whom nothing was decided was not left alone by lot
        told = "ifnull(held_out, 0)" if column == "held_out" else _known(column)
        where.append(f"{told} IN ({', '.join('?' * len(allowed))})")
        values += allowed
    for bounds, sign in ((wanted.least, ">="), (wanted.most, "<=")):
        for column, bound in bounds.items():
            where.append(f"{_known(column)} {sign} ?")
            values.append(bound)
    if wanted.only is not None:
        where.append("customer_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(wanted.only)))
    if wanted.starts:
        where.append("substr(customer_id, 1, ?) = ?")
        values += [len(wanted.starts), wanted.starts]
    return where, values


def _where(conditions: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _known(column: str) -> str:
    if column not in COLUMNS:
        raise KeyError(column)
    return column


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    body = row.pop("decision")
    return {**row, "decision": None if body is None else msgspec.json.decode(zlib.decompress(body))}


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.row_factory = _named
    return connection


def _named(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _stamp(path: Path) -> str:
    found = path.stat()
    return f"{found.st_ino}.{found.st_mtime_ns}"


def _damaged(path: Path) -> ArtefactError:
    return ArtefactError(
        "The customers of a run cannot be read.", where=str(path), fix="Run again: retinue run"
    )
