"""Loads sources into the warehouse: idempotent, streaming, and with every row accounted for."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue import plugins
from retinue.errors import DataError, UsageError
from retinue.ingest import effort
from retinue.ingest.bench import Bench, workbench
from retinue.ingest.binding import bind
from retinue.ingest.book import LoadBook, bring_customers, bring_known
from retinue.ingest.commit import commit, prepare_quarantine, prepare_releases
from retinue.ingest.job import Job, judge, keep_broken, stage
from retinue.ingest.plan import Dialect, check_targets, table_named
from retinue.ingest.report import FileReport, LoadReport
from retinue.ingest.versions import name_candidates, resolve
from retinue.privacy import workspace_key
from retinue.privacy.erased import erasure_list
from retinue.progress import Share, Tell
from retinue.sources.base import FileBacked, Source
from retinue.sources.files import FilePart, FilesSource
from retinue.sources.mapping import FileSettings
from retinue.sources.reading import ROW, Reading
from retinue.warehouse.tables import TABLES, Table

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["Loader", "as_is", "configured_sources", "load", "load_sources", "opened"]

RULES = "1"
"""Part of every fingerprint: raise it when a rule changes, so that files are judged again."""

WAREHOUSE_MEMORY = "512MB"
"""What a DuckDB warehouse may hold in memory during a load, unless the settings say otherwise."""

RETRY = 0.02
"""The share of a load that is left for trying earlier rejects again."""

_ORDER = {table.name: place for place, table in enumerate(TABLES)}


def configured_sources(settings: Settings, data: Path | None = None) -> list[Source]:
    """The sources of `retinue.toml`, or the one folder given instead.

    Raises SettingsError, PluginError or DataError, before anything is loaded.
    """
    if data is not None:
        return [FilesSource.folder(data, tables=[t.name for t in TABLES])]
    sources: list[Source] = []
    for name, raw in settings.sources.items():
        kind = raw.get("kind", "files")
        made: Source = plugins.load("retinue.sources", str(kind)).from_settings(name, raw, settings.root)
        sources.append(made)
    if not sources:
        raise UsageError(
            "There is nothing to load.",
            where=str(settings.root / "retinue.toml"),
            fix="Describe your files under [sources.NAME] (`retinue sources suggest PATH` writes it), "
            "or point --data at a folder of tables.",
        )
    return sources


def load(
    warehouse: Warehouse,
    settings: Settings,
    *,
    clock: datetime,
    data: Path | None = None,
    progress: Tell | None = None,
) -> LoadReport:
    """Load everything the settings describe, or the folder `data` shaped as our tables.

    Twice is as once, also after the process was killed: each file goes in by one transaction, rows are
    compared with what is known, and files that did not change are not read again. Customers go first.
    Rows that cannot be used are set aside with the reason; rows set aside earlier for want of their
    customer, or for lying ahead of the clock, are tried again at the end.

    Parameters
    ----------
    clock: now, in UTC; corrections are learned at this time and later facts are refused.
    progress: called with the share done, which never falls and ends at exactly 1.

    Raises MappingError when a mapping does not fit its file, SettingsError for a wrong key, DataError for
    a file that cannot be read. Files loaded before the error stay loaded.
    """
    sources = configured_sources(settings, data)
    report = load_sources(warehouse, settings, sources, clock=clock, progress=progress)
    for source in sources:
        ignored = getattr(source, "ignored", ())
        if ignored:
            report.notes.append(f"Files that belong to no table were left alone: {', '.join(ignored)}.")
    return report


def load_sources(
    warehouse: Warehouse,
    settings: Settings,
    sources: Sequence[Source],
    *,
    clock: datetime,
    progress: Tell | None = None,
) -> LoadReport:
    """As `load`, for sources already built."""
    from retinue.ingest import quarantine

    items: list[tuple[Source, FilePart | str]] = []
    for source in sources:
        if isinstance(source, FileBacked):
            items += [(source, part) for part in source.parts()]
        else:
            items += [(source, table) for table in source.tables]
    for source, item in items:
        _check_table(source, item)
    items.sort(key=lambda pair: _ORDER[_table_of(pair[1])])
    report = LoadReport()
    weights = [effort.of_item(item) for _, item in items]
    last = RETRY * sum(weights)
    share = Share(progress, sum(weights) + last)
    with opened(warehouse, settings, clock) as loader:
        for weight, (source, item) in zip(weights, items, strict=True):
            with share.part(weight) as within:
                report.files.append(loader.load(source, item, within if share.heard else None))
        if loader.customers is False:
            report.notes.append(
                "There is no table of customers, so whoever appears in the other tables is a customer."
            )
        with share.part(last):
            report.released = quarantine.retry(loader, sources) if loader.rejects else 0
    return report


@contextmanager
def opened(warehouse: Warehouse, settings: Settings, clock: datetime) -> Iterator[Loader]:
    """A loader with its bench, which is cleared away afterwards."""
    key = workspace_key(settings.state)
    with (
        workbench(settings.state / "tmp", key=key, threads=settings.warehouse.threads) as bench,
        _within_memory(warehouse, settings),
    ):
        yield Loader(bench, warehouse, settings, clock=clock, key=key)


@contextmanager
def _within_memory(warehouse: Warehouse, settings: Settings) -> Iterator[None]:
    """Keep a DuckDB warehouse from filling the machine's memory while rows stream into it."""
    engine: Any = warehouse.engine
    if engine.name != "duckdb" or settings.warehouse.memory_limit is not None:
        yield
        return
    engine.raw.execute(f"SET memory_limit = '{WAREHOUSE_MEMORY}'")
    try:
        yield
    finally:
        engine.raw.execute(f"SET memory_limit = '{engine.memory_limit}'")


def _table_of(item: FilePart | str) -> str:
    return item if isinstance(item, str) else item.table


def _check_table(source: Source, item: FilePart | str) -> None:
    place = f"source {source.name}" if isinstance(item, str) else item.place
    declared = table_named(_table_of(item), place)
    if isinstance(item, FilePart) and not item.shaped:
        check_targets(declared, list(item.settings.columns), item.place)


class Loader:
    """Loads one item after another with the same bench, clock and book."""

    def __init__(
        self, bench: Bench, warehouse: Warehouse, settings: Settings, *, clock: datetime, key: bytes
    ) -> None:
        self.bench = bench
        self.warehouse = warehouse
        self.settings = settings
        self.clock = clock
        self.key = key
        self.book = LoadBook(warehouse)
        self.customers: bool | None = None
        self.rejects = warehouse.count("quarantine") > 0
        gone = erasure_list(settings)
        self.erased = gone.recogniser(key) if gone.tokens() else None

    def load(self, source: Source, item: FilePart | str, progress: Tell | None = None) -> FileReport:
        """One file, or one table of a source without files."""
        started = time.perf_counter()
        share = Share(progress, effort.WHOLE)
        if isinstance(item, FilePart):
            report = self._file(item, share)
        else:
            report = self._table(source, item, share)
        report.seconds = time.perf_counter() - started
        return report

    def _file(self, part: FilePart, share: Share) -> FileReport:
        try:
            content = part.fingerprint()
        except OSError as error:
            raise DataError(
                f"The file cannot be read: {error.strerror or error}.",
                where=str(part.path),
                fix="Check its rights.",
            ) from error
        body = f"{RULES}|{self.settings.project.currency}|{part.shaped}|{content}"
        fingerprint = hashlib.sha256(body.encode()).hexdigest()
        seen = self.book.seen(part.source, part.table, part.label, fingerprint)
        if seen is not None:
            return seen
        declared = table_named(part.table, part.place)
        also = frozenset((*declared.column_names, "recorded_at")) if part.shaped else frozenset()
        with share.part(effort.OPEN) as within, self.bench.watched(within if share.heard else None):
            reading = part.open(self.bench.connection, self.bench.folder, also)
        try:
            if not reading.types:
                return self._nothing(part, reading, fingerprint)
            job = self.bind(part, declared, reading)
            return self.run(job, fingerprint, share)
        finally:
            for copy in reading.temporary:
                copy.unlink(missing_ok=True)

    def _nothing(self, part: FilePart, reading: Reading, fingerprint: str) -> FileReport:
        report = FileReport(part.source, part.table, part.label, assumptions=reading.assumed)
        with self.warehouse.transaction():
            self.book.write(report, fingerprint, self.clock)
        return report

    def _table(self, source: Source, name: str, share: Share) -> FileReport:
        import pyarrow as pa

        declared = table_named(name, f"source {source.name}")
        batches = iter(source.batches(name))
        first = next(batches, None)
        if first is None:
            return FileReport(source.name, name, name)

        def every() -> Iterator[pa.RecordBatch]:
            yield first
            yield from batches

        incoming = pa.RecordBatchReader.from_batches(first.schema, every())
        with share.part(effort.OPEN):
            self.bench.keep("incoming", incoming, f"row_number() OVER () AS {ROW}, *")
        types = {row[0]: row[1] for row in self.bench.rows("DESCRIBE incoming") if row[0] != ROW}
        reading = Reading("SELECT * FROM incoming", types)
        part = as_is(source.name, name, self.settings.root)
        return self.run(self.bind(part, declared, reading), "", share)

    def bind(
        self, part: FilePart, declared: Table, reading: Reading, remembered: Dialect | None = None
    ) -> Job:
        """Make a job of a part's mapping and the columns found.

        `remembered` is what was sniffed in the whole file, for rows that come back from quarantine.
        """
        return bind(
            self.bench,
            part,
            declared,
            reading,
            clock=self.clock,
            currency=self.settings.project.currency,
            remembered=remembered,
        )

    def run(
        self, job: Job, fingerprint: str, share: Share | None = None, *, commit_rows: bool = True
    ) -> FileReport:
        """Judge the rows of a job, compare them with what is known, and commit (unless told not to)."""
        share = share or Share(None, effort.WHOLE)
        bench, warehouse, table = self.bench, self.warehouse, job.plan.table
        if table.references_customer and self.customers is None:
            self.customers = bring_customers(bench, warehouse)
        with share.part(effort.STAGE) as within, bench.watched(within if share.heard else None):
            read, skipped = stage(bench, job)
        with share.part(effort.COMPARE):
            judge(bench, job, customers=bool(self.customers), erased=self.erased)
            name_candidates(bench, job)
            outcome = resolve(bench, job, known=bring_known(bench, warehouse, job))
        if not commit_rows:
            return FileReport(job.source, table.name, job.file, read, outcome.loaded, outcome.corrected)
        keep_broken(bench, job, self.key)
        reasons = prepare_quarantine(bench, warehouse, job, self.book.next_id(), earlier=self.rejects)
        prepare_releases(bench, warehouse, job, earlier=self.rejects)
        report = FileReport(
            job.source,
            table.name,
            job.file,
            read=read,
            loaded=outcome.loaded,
            corrected=outcome.corrected,
            unchanged=outcome.unchanged,
            duplicates=outcome.duplicates,
            skipped=skipped,
            reasons=reasons,
            assumptions=list(job.plan.assumptions),
        )
        with share.part(effort.COMMIT) as within:
            commit(
                bench,
                warehouse,
                job,
                lambda: self.book.write(report, fingerprint, self.clock, job.plan.dialect),
                appended=report.loaded + report.corrected,
                progress=within if share.heard else None,
            )
        self.loaded(table.name)
        self.rejects = self.rejects or bool(reasons)
        return report

    def loaded(self, table: str) -> None:
        """Rows of a table came in: who the customers are must be asked again."""
        if table == "customers":
            self.customers = None


def as_is(source: str, table: str, root: Path) -> FilePart:
    """A part for rows that already have our column names and stand in no file."""
    settings = FileSettings(path="", table=table)
    return FilePart(source, table, root, table, settings, True, f"source {source}, table {table}", root)
