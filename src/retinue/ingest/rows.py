"""Rows of a program as a source; values are judged as if they stood in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError
from retinue.warehouse.tables import table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RowsSource"]


class RowsSource:
    """Rows of one table, with its columns.

    >>> from retinue.ingest.rows import RowsSource
    >>> made = RowsSource("shop", "outcomes", [{"outcome_id": "O1", "retained": True}])
    >>> [batch.to_pylist() for batch in made.batches("outcomes")]
    [[{'outcome_id': 'O1', 'retained': 'true'}]]
    """

    def __init__(self, name: str, table_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        self.name = name
        self._table = table_name
        self._rows = [dict(row) for row in rows]

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> RowsSource:
        """Not made from settings."""
        raise NotImplementedError

    @property
    def tables(self) -> tuple[str, ...]:
        """The one table."""
        return (self._table,)

    def batches(self, name: str) -> Iterator[pa.RecordBatch]:
        """The rows as text. Raises DataError for a column that the table does not have."""
        import pyarrow as pa

        known = (*table(self._table).column_names, "recorded_at")
        strange = sorted({str(key) for row in self._rows for key in row} - set(known))
        if strange:
            raise DataError(
                f"A row of {self._table} has no field '{strange[0]}'.",
                where=self._table,
                fix=f"Fields are {', '.join(known)}.",
            )
        used = [name for name in known if any(row.get(name) is not None for row in self._rows)]
        columns = {c: pa.array([_text(row.get(c)) for row in self._rows], pa.string()) for c in used}
        if columns:
            yield from pa.table(columns).to_batches()


def _text(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
