"""Take in what became of customers, from a file or a program; the same outcome twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, UsageError
from retinue.ingest import LoadReport, load_sources
from retinue.ingest.rows import RowsSource
from retinue.sources.files import FilePart, FilesSource, is_data_file
from retinue.sources.mapping import FileSettings

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["SOURCE", "load"]

SOURCE = "outcomes"
"""The source's name, kept beside every row: a file and a program report as one."""

_TABLE = "outcomes"


def load(
    warehouse: Warehouse,
    settings: Settings,
    given: Path | str | Iterable[Mapping[str, Any]],
    *,
    clock: datetime,
    progress: Callable[[float], None] | None = None,
    source: str = SOURCE,
) -> LoadReport:
    """Load outcomes into the warehouse by the rules of ingest, whoever brings them.

    Parameters
    ----------
    given: a CSV, Parquet or NDJSON file, or rows, with the columns of the table `outcomes`: `customer_id`,
        `retained`, `observed_at` (UTC when it has no zone); if known `outcome_id`, `decision_id`, `revenue`
        (in the project's currency).
    clock: now, in UTC: corrections are learned at this time, later observations are refused.
    source: the name kept beside rows of a program.

    An `outcome_id` seen before with the same content is unchanged; with other content it is a correction,
    and what was believed until now stays on record. Without `outcome_id` the content is the identity. Rows
    that cannot be used go to quarantine with the reason. Which decision an outcome belongs to is worked out
    when it is read (`attribution`), so it may come before its decision is logged.

    Raises DataError when the file cannot be read, UsageError when it is of no format we read.

    >>> import tempfile
    >>> from retinue.settings import load_settings
    >>> from retinue.warehouse import open_warehouse
    >>> settings = load_settings(Path(tempfile.mkdtemp()))
    >>> row = {"outcome_id": "O1", "customer_id": "C1", "retained": True, "observed_at": "2026-01-05"}
    >>> with open_warehouse(settings) as warehouse:
    ...     for _ in range(2):
    ...         done = load(warehouse, settings, [row], clock=datetime(2026, 2, 1))
    ...         print(done.loaded, done.unchanged)
    1 0
    0 1
    """
    read = (
        _file(Path(given), settings) if isinstance(given, Path | str) else RowsSource(source, _TABLE, given)
    )
    return load_sources(warehouse, settings, [read], clock=clock, progress=progress)


def _file(path: Path, settings: Settings) -> FilesSource:
    if not path.is_file():
        raise DataError(f"There is no file '{path}'.", where=str(path), fix="Correct the path.")
    if not is_data_file(path.name):
        raise UsageError(
            f"'{path.name}' is of no format that can be loaded.",
            where=str(path),
            fix="Give a .csv, .parquet or .ndjson file.",
        )
    inside = path.resolve().is_relative_to(settings.root.resolve())
    label = path.resolve().relative_to(settings.root.resolve()).as_posix() if inside else str(path)
    mapping = FileSettings(path=str(path), table=_TABLE)
    part = FilePart(SOURCE, _TABLE, path, label, mapping, True, str(path), settings.root)
    return FilesSource(SOURCE, [part])
