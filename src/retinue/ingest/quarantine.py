"""Rows that were set aside: look at them, load them after all, or let them go.

Nothing is ever deleted: a row leaves the list when an entry in `quarantine_releases` says that it was
replayed (it is loaded now, or was known already) or dismissed.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import UsageError
from retinue.ingest.book import bring_customers
from retinue.ingest.casts import cleaned
from retinue.ingest.commit import commit
from retinue.ingest.job import STRUCTURAL
from retinue.ingest.loading import Loader, as_is, configured_sources
from retinue.ingest.plan import table_named
from retinue.ingest.rules import FUTURE_TOLERANCE
from retinue.sources.base import FileBacked, Source
from retinue.sources.files import FilePart
from retinue.sources.mapping import literal, quoted
from retinue.sources.reading import ROW, Reading, pointer
from retinue.warehouse.base import utc_naive
from retinue.warehouse.tables import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["QuarantinedRow", "ReplayReport", "dismiss", "list_rows", "replay", "show", "summary"]

AWAITED = ("orphan", "future_date")
"""Reasons that time may heal; every load tries them again."""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One row set aside. `raw` is the whole row as found, personal values as tokens."""

    quarantine_id: str
    source: str
    table: str
    file: str
    row_number: int
    column: str | None
    value: str | None
    reason: str
    detail: str
    raw: dict[str, Any]
    quarantined_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return {
            "quarantine_id": self.quarantine_id,
            "source": self.source,
            "table": self.table,
            "file": self.file,
            "row": self.row_number,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
            "detail": self.detail,
            "raw": self.raw,
            "quarantined_at": self.quarantined_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """Rows tried again, rows released, and rows that still cannot be loaded."""

    tried: int
    released: int

    @property
    def still(self) -> int:
        return self.tried - self.released

    def as_dict(self) -> dict[str, int]:
        return {"tried": self.tried, "released": self.released, "still": self.still}


def _waiting(warehouse: Warehouse) -> ir.Table:
    connection = warehouse.engine.connection
    return connection.table("quarantine").anti_join(connection.table("quarantine_releases"), "quarantine_id")


def _chosen(
    warehouse: Warehouse,
    *,
    ids: Sequence[str] | None = None,
    table: str | None = None,
    reason: str | None = None,
    source: str | None = None,
) -> ir.Table:
    rows = _waiting(warehouse)
    if ids is not None:
        rows = rows.filter(rows.quarantine_id.isin(list(ids)))
    if table is not None:
        rows = rows.filter(rows.table_name == table)
    if reason is not None:
        rows = rows.filter(rows.reason == reason)
    if source is not None:
        rows = rows.filter(rows.source == source)
    return rows


def summary(warehouse: Warehouse) -> list[tuple[str, str, int]]:
    """Table, reason and number of rows still set aside, the most frequent first."""
    rows = _waiting(warehouse)
    counted = rows.group_by("table_name", "reason").agg(n=rows.count()).to_pyarrow().to_pylist()
    out = [(r["table_name"], r["reason"], int(r["n"])) for r in counted]
    return sorted(out, key=lambda r: (-r[2], r[0], r[1]))


def list_rows(
    warehouse: Warehouse,
    *,
    table: str | None = None,
    reason: str | None = None,
    source: str | None = None,
    limit: int | None = 100,
) -> list[QuarantinedRow]:
    """Rows still set aside, in the order of table, file and row; at most `limit` of them."""
    rows = _chosen(warehouse, table=table, reason=reason, source=source)
    rows = rows.order_by("table_name", "file", "row_number", "quarantine_id")
    if limit is not None:
        rows = rows.limit(limit)
    return [_row(r) for r in rows.to_pyarrow().to_pylist()]


def show(warehouse: Warehouse, quarantine_id: str) -> QuarantinedRow:
    """One row set aside, released or not. UsageError when there is none of that id."""
    table = warehouse.engine.connection.table("quarantine")
    found = table.filter(table.quarantine_id == quarantine_id).to_pyarrow().to_pylist()
    if not found:
        ids = table.select("quarantine_id").limit(100_000).to_pyarrow().to_pydict()["quarantine_id"]
        near = difflib.get_close_matches(quarantine_id, ids[:5_000], n=1, cutoff=0.5)
        raise UsageError(
            f"No row with the id '{quarantine_id}' was set aside.",
            where="quarantine",
            fix=f"Did you mean {near[0]}?" if near else "List them: retinue quarantine list.",
        )
    return _row(found[0])


def _row(r: dict[str, Any]) -> QuarantinedRow:
    return QuarantinedRow(
        quarantine_id=r["quarantine_id"],
        source=r["source"],
        table=r["table_name"],
        file=r["file"],
        row_number=int(r["row_number"]),
        column=r["column_name"],
        value=r["value"],
        reason=r["reason"],
        detail=r["detail"],
        raw=json.loads(r["raw"]),
        quarantined_at=r["quarantined_at"],
    )


def dismiss(warehouse: Warehouse, ids: Sequence[str], *, clock: datetime) -> int:
    """Take rows off the list without loading them; how many."""
    import pyarrow as pa

    found = _chosen(warehouse, ids=ids).select("quarantine_id").to_pyarrow().to_pydict()["quarantine_id"]
    if found:
        rows = [
            {"quarantine_id": i, "outcome": "dismissed", "released_at": utc_naive(clock)}
            for i in sorted(found)
        ]
        with warehouse.transaction():
            warehouse.engine.append("quarantine_releases", pa.Table.from_pylist(rows))
    return len(found)


def replay(
    warehouse: Warehouse,
    settings: Settings,
    *,
    clock: datetime,
    data: Path | None = None,
    ids: Sequence[str] | None = None,
    table: str | None = None,
    reason: str | None = None,
    source: str | None = None,
) -> ReplayReport:
    """Judge rows set aside again, under the mapping as it is now, and load those that pass.

    Without a selection all are tried. Rows that could not even be split into columns cannot be replayed:
    mend the file and load it. `data` is the folder given to `load`, when there was one.
    """
    from retinue.ingest.loading import opened

    rows = _chosen(warehouse, ids=ids, table=table, reason=reason, source=source)
    sources = configured_sources(settings, data)
    with opened(warehouse, settings, clock) as loader:
        return _replay(loader, sources, rows)


def retry(loader: Loader, sources: Sequence[Source]) -> int:
    """Try the rows whose customer has arrived, or whose time has come; how many could be loaded."""
    rows = _waiting(loader.warehouse)
    rows = rows.filter(rows.reason.isin(list(AWAITED)))
    if not rows.limit(1).count().execute():
        return 0
    if loader.customers is None:
        loader.customers = bring_customers(loader.bench, loader.warehouse)
    limit = utc_naive(loader.clock) + FUTURE_TOLERANCE
    customer = f"regexp_replace({cleaned('value')}, '^(-?[0-9]+)\\.0+$', '\\1')"
    ready = (
        f"(reason = 'orphan' AND {customer} IN (SELECT id FROM customers)) OR (reason = 'future_date' "
        f"AND coalesce(TRY_CAST(value AS TIMESTAMP) <= TIMESTAMP '{limit}', true))"
    )
    return _replay(loader, sources, rows, ready).released


def _replay(loader: Loader, sources: Sequence[Source], rows: ir.Table, ready: str = "true") -> ReplayReport:
    bench = loader.bench
    rows = rows.filter(~rows.reason.isin(list(STRUCTURAL)))
    rows = rows.select(
        "quarantine_id", "source", "table_name", "file", "row_number", "reason", "value", "raw"
    )
    bench.keep("waiting_rows", rows.to_pyarrow_batches())
    bench.run(
        f"CREATE OR REPLACE TABLE pending AS SELECT *, row_number() OVER "
        f"(ORDER BY source, table_name, file, row_number, quarantine_id) AS place "
        f"FROM waiting_rows WHERE {ready}"
    )
    groups = bench.rows("SELECT source, table_name, file, count(*) FROM pending GROUP BY ALL ORDER BY ALL")
    order = {t.name: i for i, t in enumerate(TABLES)}
    tried = released = 0
    for name, table, file, count in sorted(groups, key=lambda g: (order.get(g[1], 99), g[0], g[2])):
        tried += int(count)
        part = _part_for(sources, name, table, file)
        if part is not None:
            released += _replay_group(loader, part, name, table, file)
    return ReplayReport(tried, released)


def _part_for(sources: Sequence[Source], name: str, table: str, file: str) -> FilePart | None:
    """The mapping for rows of a file: that of the file, or of the same source and table."""
    nearest: FilePart | None = None
    for source in sources:
        if source.name != name:
            continue
        if not isinstance(source, FileBacked):
            return as_is(name, table, Path()) if table in source.tables else None
        for part in source.parts():
            if part.table == table and (nearest is None or part.label == file):
                nearest = part
    return nearest


def _replay_group(loader: Loader, part: FilePart, name: str, table: str, file: str) -> int:
    bench = loader.bench
    group = (
        f"SELECT place AS {ROW}, raw FROM pending WHERE source = {literal(name)} "
        f"AND table_name = {literal(table)} AND file = {literal(file)}"
    )
    keys = [
        r[0] for r in bench.rows(f"SELECT DISTINCT unnest(json_keys(raw)) AS k FROM ({group}) ORDER BY k")
    ]
    columns = "".join(f", raw ->> {literal(pointer(k))} AS {quoted(k)}" for k in keys)
    reading = Reading(f"SELECT {ROW}{columns} FROM ({group})", dict.fromkeys(keys, "VARCHAR"))
    declared = table_named(table, part.place)
    job = loader.bind(part, declared, reading, remembered=loader.book.dialect(name, table, file))
    job.file = f"{file} (replay)"
    report = loader.run(job, "replay", commit_rows=False)
    bench.drop("released", "rejected")
    bench.run(f"CREATE TABLE rejected AS SELECT {ROW} FROM bad WHERE false")
    bench.run(
        f"CREATE TABLE released AS SELECT quarantine_id FROM pending p JOIN ({group}) g ON p.place = g.{ROW} "
        f"ANTI JOIN bad b ON p.place = b.{ROW}"
    )
    released = bench.number("SELECT count(*) FROM released")
    if released:
        commit(
            bench,
            loader.warehouse,
            job,
            lambda: loader.book.write(report, "replay", loader.clock),
            appended=report.loaded + report.corrected,
        )
        loader.loaded(table)
    return released
