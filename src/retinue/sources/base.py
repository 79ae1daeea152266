"""What a source of facts must offer.

A source yields rows for some of the declared tables, with the table's own column names and *raw* values:
strings as they were found, or Arrow values of any sensible type. It does not clean, deduplicate or judge;
`retinue.ingest` does that in one place for all sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.sources.files import FilePart

__all__ = ["FileBacked", "Source"]


@runtime_checkable
class Source(Protocol):
    """Where facts come from. Registered under the entry-point group `retinue.sources`.

    The columns of a batch are columns of the table (`retinue.warehouse.tables`) and, when the source
    knows it, `recorded_at`. A table without its key column gets a key from the content of each row.
    Reading twice must yield the same rows as long as nothing changed at the other end.
    `retinue.testing.check_source` checks all of this.
    """

    name: str
    """The name under `[sources.NAME]`; kept beside every row."""

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> Source:
        """Build it from its section of `retinue.toml`; SettingsError when a key is wrong."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The declared tables it has rows for."""

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        """The rows for one table, in batches of bounded size."""


@runtime_checkable
class FileBacked(Protocol):
    """A source whose rows stand in files; ingest reads those in place and skips unchanged ones."""

    name: str

    def parts(self) -> Sequence[FilePart]:
        """One part per file and table, in a stable order."""
