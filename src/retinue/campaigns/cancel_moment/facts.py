"""What a run leaves for the moment at the cancel button: every active customer's facts, found by id.

One SQLite file per run, written once and only read afterwards, so that a service which may not open the
warehouse finds one customer in well under a millisecond, whatever their number.
"""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from retinue.decisions.terms import canonical
from retinue.errors import ArtefactError

__all__ = ["FACTS", "FORMAT", "Facts", "Known", "Shared", "write_facts"]

FACTS = "cancel.sqlite"
FORMAT = 1


class Shared(msgspec.Struct, frozen=True):
    """What the facts of all customers share.

    run_id, as_of: of the run (UTC, ISO 8601). made_at: up to when consents and contacts are known.
    columns: name and type of every feature. models: name to SHA-256. terms, budget: as in the run's receipts.
    carried: how likely a cancel request is carried out.
    """

    run_id: str
    as_of: datetime
    made_at: datetime
    columns: list[tuple[str, str]]
    models: dict[str, str]
    terms: dict[str, Any]
    budget: dict[str, Any]
    carried: dict[str, Any]
    format: int = FORMAT


class Known(msgspec.Struct, frozen=True):
    """What is known of one customer.

    features: values in the order of the columns. assessment: column to value. withheld: why nothing may be
    offered, as the bits of `decisions.withheld`. requests: earlier cancel requests as first and last moment
    (unix seconds), whether taken back, whether paid for.
    """

    features: list[Any]
    assessment: dict[str, Any]
    withheld: int
    requests: list[tuple[float, float, bool, bool]]


def write_facts(path: Path, shared: Shared, customers: Iterable[tuple[str, Known]]) -> int:
    """Write the file whole or not at all; how many customers are in it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    many = 0
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE shared (body BLOB)")
            connection.execute(
                "CREATE TABLE customers (customer_id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID"
            )
            connection.execute("INSERT INTO shared VALUES (?)", (canonical(shared),))
            for customer_id, known in customers:
                body = zlib.compress(msgspec.json.encode(known), level=1)
                connection.execute("INSERT INTO customers VALUES (?, ?)", (customer_id, body))
                many += 1
            connection.commit()
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return many


@dataclass(frozen=True, slots=True)
class Facts:
    """The file of a run, read."""

    path: Path
    shared: Shared = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Facts | None:
        """The facts in a file; None when there is none. Raises ArtefactError when it cannot be read."""
        if not path.is_file():
            return None
        try:
            with closing(_open(path)) as connection:
                (body,) = connection.execute("SELECT body FROM shared").fetchone()
            return cls(path, msgspec.json.decode(body, type=Shared))
        except (sqlite3.Error, TypeError, msgspec.DecodeError) as error:
            raise _damaged(path) from error

    def of(self, customer_id: str) -> Known | None:
        """What is known of a customer; None for one who was not active. Raises ArtefactError."""
        try:
            with closing(_open(self.path)) as connection:
                row = connection.execute(
                    "SELECT body FROM customers WHERE customer_id = ?", (customer_id,)
                ).fetchone()
            return None if row is None else msgspec.json.decode(zlib.decompress(row[0]), type=Known)
        except (sqlite3.Error, zlib.error, msgspec.DecodeError) as error:
            raise _damaged(self.path) from error

    def some_customer(self) -> str | None:
        """The id of any customer in the file."""
        with closing(_open(self.path)) as connection:
            row = connection.execute("SELECT customer_id FROM customers LIMIT 1").fetchone()
        return None if row is None else str(row[0])


def known_rows(
    names: Iterable[str],
    features: Iterable[Mapping[str, Any]],
    assessments: Iterable[Mapping[str, Any]],
    withheld: Iterable[int],
    requests: Mapping[str, list[tuple[float, float, bool, bool]]],
) -> Iterable[tuple[str, Known]]:
    """The rows of `write_facts` from parallel plain rows."""
    for name, row, assessed, mask in zip(names, features, assessments, withheld, strict=True):
        yield name, Known(list(row.values()), dict(assessed), int(mask), requests.get(name, []))


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _damaged(path: Path) -> ArtefactError:
    return ArtefactError(
        "The facts for the cancel moment cannot be read.", where=str(path), fix="Run again: retinue run"
    )
