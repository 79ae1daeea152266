"""A conformance check for sources: call `check_source` in the tests of your plugin."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from retinue.ingest import LoadReport, load_sources
from retinue.settings import ProjectSettings, Settings
from retinue.sources import FileBacked, Source
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine
from retinue.warehouse.tables import TABLES, table

__all__ = ["check_source"]

LARGEST_BATCH = 1_000_000


def check_source(
    make: Callable[[], Source], *, currency: str = "EUR", clock: datetime | None = None
) -> LoadReport:
    """Check that a source does what `retinue.sources.Source` promises; AssertionError says what it does not.

    Parameters
    ----------
    make: builds the source afresh, over the same data each time.
    currency: the project's currency that its amounts are in.
    clock: the time of the load; now by default.

    Checked: it has a name and only declared tables; batches are Arrow record batches of one schema and
    bounded size, their columns are columns of the table, and what a row needs is there; reading twice gives
    the same rows; loading twice into a warehouse is as loading once; at least one row is sound.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from retinue.sources import FilesSource
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = "customer_id,event_type,timestamp\\n1,login,2026-01-01\\n"
    ...     _ = (Path(folder) / "events.csv").write_text(text)
    ...     check_source(lambda: FilesSource.folder(Path(folder), tables=["events"])).loaded
    1
    """
    source = make()
    _expect(isinstance(source, Source), "it lacks something of retinue.sources.Source")
    _expect(isinstance(source.name, str), "its name is not a text")
    _expect(source.name, "it has no name")
    declared = {t.name for t in TABLES}
    _expect(source.tables, f"{source.name} has no tables")
    strange = [name for name in source.tables if name not in declared]
    _expect(not strange, f"{source.name} names tables that are not declared: {strange}")
    for name in source.tables:
        first = _read(source, name)
        _expect(first == _read(make(), name), f"{name}: reading twice gives different rows")
    return _check_loading(make, currency, clock or datetime.now(UTC))


def _expect(holds: object, words: str) -> None:
    if not holds:
        raise AssertionError(words)


def _read(source: Source, name: str) -> list[dict[str, object]]:
    import pyarrow as pa

    columns = {*table(name).column_names, "recorded_at"}
    rows: list[dict[str, object]] = []
    schema = None
    for batch in source.batches(name):
        kind = type(batch).__name__
        _expect(isinstance(batch, pa.RecordBatch), f"{name}: a batch is a {kind}, no RecordBatch")
        _expect(batch.num_rows <= LARGEST_BATCH, f"{name}: a batch of {batch.num_rows} rows is not bounded")
        _expect(schema in (None, batch.schema), f"{name}: batches differ in their columns")
        schema = batch.schema
        rows += batch.to_pylist()
    if schema is not None and not isinstance(source, FileBacked):
        # files may hold more columns than the table; ingest leaves those out and says so
        extra = set(schema.names) - columns
        _expect(not extra, f"{name}: the table has no columns {sorted(extra)}")
    if schema is not None:
        needed = {
            c for c in table(name).required if c != table(name).key or not table(name).references_customer
        }
        missing = sorted(needed - set(schema.names))
        _expect(not missing, f"{name}: columns are missing: {missing}")
    return rows


def _check_loading(make: Callable[[], Source], currency: str, clock: datetime) -> LoadReport:
    with tempfile.TemporaryDirectory(prefix="retinue-") as folder:
        settings = Settings(project=ProjectSettings(currency=currency), root=Path(folder))
        with Warehouse(DuckDBEngine(Path(folder) / "check.duckdb")) as warehouse:
            first = load_sources(warehouse, settings, [make()], clock=clock)
            counts = {t.name: warehouse.count(t.name) for t in TABLES}
            second = load_sources(warehouse, settings, [make()], clock=clock)
            _expect(second.loaded == second.corrected == 0, "loading twice adds rows")
            again = {t.name: warehouse.count(t.name) for t in TABLES}
            _expect(counts == again, "loading twice changes the tables")
    _expect(first.loaded > 0, f"no row is sound; set aside: {first.reasons}")
    balance = first.loaded + first.corrected + first.unchanged + first.duplicates + first.skipped
    _expect(first.read == balance + first.quarantined, "rows were lost")
    return first
