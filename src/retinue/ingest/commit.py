"""The end of a job: everything it learned goes into the warehouse in one transaction, or nothing does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from retinue import faults
from retinue.ingest.job import STAGED, final_select, left_out_select, rejected_sql, spoiled_sql
from retinue.sources.mapping import literal
from retinue.sources.reading import ROW
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    from retinue.ingest.bench import Bench
    from retinue.ingest.job import Job
    from retinue.progress import Tell
    from retinue.warehouse import Warehouse

__all__ = ["commit", "prepare_quarantine", "prepare_releases"]

FILE_ABOVE = 100_000
"""More rows than this go through a file where the engine can read one: it costs less, and memory stays
bounded."""


def prepare_quarantine(
    bench: Bench, warehouse: Warehouse, job: Job, load_id: str, *, earlier: bool
) -> dict[str, int]:
    """Fill the table `rejected` with the rows to set aside that are not there yet; counts by reason.

    `earlier` says whether anything is in quarantine yet. The id of a row in quarantine follows from the row
    and the reason, so loading a file twice sets its bad rows aside once.
    """
    bench.drop("all_rejected", "rejected")
    if not job.reading.broken and not bench.number("SELECT count(*) FROM bad"):
        bench.run("CREATE TABLE rejected (quarantine_id VARCHAR)")
        return {}
    table = job.plan.table.name
    place = f"{literal(job.source)} || chr(31) || {literal(table)}"
    with bench.as_written():
        bench.run(f"CREATE OR REPLACE TABLE spoiled AS {spoiled_sql(job)}")
        bench.run(
            "CREATE TABLE all_rejected AS SELECT *, row_number() OVER (PARTITION BY reason, raw ORDER "
            f"BY {ROW}) AS n FROM ({rejected_sql(job)})"
        )
    counts = bench.rows("SELECT reason, count(*) FROM all_rejected GROUP BY reason ORDER BY reason")
    rows = warehouse.engine.connection.table("quarantine")
    rows = rows.filter(rows.source == job.source, rows.table_name == table)
    if earlier:
        bench.keep("aside", rows.select("quarantine_id").to_pyarrow_batches())
    else:
        bench.run("CREATE OR REPLACE TABLE aside (quarantine_id VARCHAR)")
    bench.run(
        f"CREATE TABLE rejected AS SELECT * FROM (SELECT 'q_' || md5({place} || chr(31) || reason "
        "|| chr(31) || raw "
        f"|| chr(31) || CAST(n AS VARCHAR)) AS quarantine_id, {literal(job.source)} AS source, "
        f"{literal(table)} AS table_name, {literal(job.file)} AS file, CAST({ROW} AS DOUBLE) AS row_number, "
        f"column_name, value, reason, detail, raw, {literal(load_id)} AS load_id, "
        f"TIMESTAMP '{utc_naive(job.clock)}' AS quarantined_at FROM all_rejected) a "
        f"ANTI JOIN aside USING (quarantine_id)"
    )
    return {reason: int(count) for reason, count in counts}


def prepare_releases(bench: Bench, warehouse: Warehouse, job: Job, *, earlier: bool) -> int:
    """Fill the table `released` with earlier rejects of this file that stand sound in it now."""
    bench.drop("released")
    if not earlier:
        bench.run("CREATE TABLE released (quarantine_id VARCHAR)")
        return 0
    connection = warehouse.engine.connection
    rows = connection.table("quarantine")
    done = connection.table("quarantine_releases")
    rows = rows.filter(
        rows.source == job.source, rows.table_name == job.plan.table.name, rows.file == job.file
    ).anti_join(done, "quarantine_id")
    bench.keep("waiting", rows.select("quarantine_id", "row_number", "raw").to_pyarrow_batches())
    raw = job.reading.raw_object(job.hidden)
    if not bench.number("SELECT count(*) FROM waiting"):
        bench.run("CREATE TABLE released (quarantine_id VARCHAR)")
        return 0
    with bench.as_written():
        bench.run(
            "CREATE TABLE released AS SELECT DISTINCT w.quarantine_id "
            f"FROM (SELECT {ROW}, {raw} AS _raw FROM ({job.reading.relation}) "
            f"WHERE {ROW} IN (SELECT CAST(row_number AS BIGINT) FROM waiting)) r "
            f"JOIN waiting w ON r.{ROW} = CAST(w.row_number AS BIGINT) AND r._raw = w.raw "
            f"ANTI JOIN bad b ON r.{ROW} = b.{ROW}"
        )
    return bench.number("SELECT count(*) FROM released")


def commit(
    bench: Bench,
    warehouse: Warehouse,
    job: Job,
    write_book: Callable[[], None],
    *,
    appended: int,
    progress: Tell | None = None,
) -> None:
    """Append the new rows (so many), what they supersede, rejects, releases and an entry in `loads`.

    progress: told the share of the rows that have gone in.
    """
    engine: Any = warehouse.engine
    reads_files = hasattr(engine, "append_parquet")
    changed = bench.number("SELECT (SELECT count(*) FROM ordinals) + (SELECT count(*) FROM revised)")
    as_staged = reads_files and appended - changed > FILE_ABOVE
    left_out = bench.connection.execute(left_out_select()).to_arrow_table() if as_staged else None
    others = changed if as_staged else appended
    rows = final_select(job, changed=as_staged)
    file = bench.write("rows", rows) if reads_files and others > FILE_ABOVE else None
    if as_staged or file is not None:
        bench.rest()
    now = f"TIMESTAMP '{utc_naive(job.clock)}'"
    with warehouse.transaction():
        if as_staged:
            engine.append_parquet(
                job.plan.table.name, bench.written(STAGED), without=left_out, progress=progress
            )
        if file is not None:
            engine.append_parquet(job.plan.table.name, file, progress=progress)
        elif others:
            engine.append(job.plan.table.name, bench.reader(rows))
        if bench.number("SELECT count(*) FROM superseded"):
            engine.append(
                "supersessions",
                bench.reader(
                    f"SELECT {literal(job.plan.table.name)} AS table_name, row_key, "
                    "row_recorded_at, superseded_at "
                    f"FROM superseded ORDER BY row_key, row_recorded_at"
                ),
            )
        if bench.number("SELECT count(*) FROM rejected"):
            engine.append(
                "quarantine", bench.reader("SELECT * FROM rejected ORDER BY row_number, quarantine_id")
            )
        if bench.number("SELECT count(*) FROM released"):
            engine.append(
                "quarantine_releases",
                bench.reader(
                    f"SELECT quarantine_id, 'replayed' AS outcome, {now} AS released_at FROM "
                    "released ORDER BY 1"
                ),
            )
        faults.point("ingest.rows_appended")
        write_book()
    faults.point("ingest.file_loaded")
