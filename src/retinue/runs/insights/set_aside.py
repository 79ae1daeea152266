"""Rows that were set aside, in a file that is read in pages."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import ArtefactError
from retinue.ingest.quarantine import list_rows

if TYPE_CHECKING:
    from retinue.warehouse import Warehouse

__all__ = ["MOST", "QUARANTINE", "SetAside", "write_set_aside"]

QUARANTINE = "quarantine.sqlite"
MOST = 50_000
"""Rows in the file; how many there are in all is in the insights, by reason."""

COLUMNS = (
    "quarantine_id",
    "source",
    "table_name",
    "file",
    "row_number",
    "column_name",
    "reason",
    "detail",
    "quarantined_at",
)
_FILTERS = {"table": "table_name", "reason": "reason", "source": "source"}


def write_set_aside(warehouse: Warehouse, path: Path, *, most: int = MOST) -> int:
    """Write rows that are set aside, whole or not at all; how many. Values stay in the warehouse."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    found = list_rows(warehouse, limit=most)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute(f"CREATE TABLE rows (place INTEGER PRIMARY KEY, {', '.join(COLUMNS)})")
        connection.executemany(
            f"INSERT INTO rows ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",
            (
                (
                    one.quarantine_id,
                    one.source,
                    one.table,
                    one.file,
                    one.row_number,
                    one.column,
                    one.reason,
                    one.detail,
                    f"{one.quarantined_at.isoformat()}Z",
                )
                for one in found
            ),
        )
        connection.commit()
    draft.replace(path)
    return len(found)


class SetAside:
    """The rows that a run found set aside. Nothing is ever written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def page(self, wanted: Mapping[str, str | None], after: int, limit: int) -> list[dict[str, Any]]:
        """The next rows behind a place, in the order of table, file and row.

        wanted: `table`, `reason`, `source` to the value they must have; None for any.
        Raises ArtefactError when the file cannot be read.
        """
        where, values = _where(wanted)
        query = f"SELECT * FROM rows WHERE place > ?{where} ORDER BY place LIMIT ?"
        return self._rows(query, (after, *values, limit))

    def count(self, wanted: Mapping[str, str | None]) -> int:
        """How many rows of the file there are of that kind; as `page`."""
        where, values = _where(wanted)
        query = f"SELECT count(*) AS many FROM rows WHERE place > ?{where}"
        return int(self._rows(query, (0, *values))[0]["many"])

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        try:
            with closing(
                sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as opened:
                opened.row_factory = sqlite3.Row
                return [dict(row) for row in opened.execute(query, values)]
        except sqlite3.Error as error:
            raise ArtefactError(
                "The rows set aside by a run cannot be read.",
                where=str(self._path),
                fix="Run again: retinue run",
            ) from error


def _where(wanted: Mapping[str, str | None]) -> tuple[str, tuple[str, ...]]:
    given = {_FILTERS[name]: value for name, value in wanted.items() if value is not None}
    return "".join(f" AND {column} = ?" for column in given), tuple(given.values())
