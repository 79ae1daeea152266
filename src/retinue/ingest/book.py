"""What the warehouse knows already that a load must be compared with, brought to the bench through Ibis."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.ingest.bench import sql_type
from retinue.ingest.job import content_columns
from retinue.ingest.plan import Dialect
from retinue.ingest.report import FileReport
from retinue.sources.mapping import quoted
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.ingest.bench import Bench
    from retinue.ingest.job import Job
    from retinue.warehouse import Warehouse

__all__ = ["LoadBook", "bring_customers", "bring_known"]

KEYS_AT_ONCE = 500_000
"""Up to so many keys the warehouse is asked for these only; beyond, its narrow columns are read whole."""


def bring_customers(bench: Bench, warehouse: Warehouse) -> bool:
    """Fill the table `customers` with the ids the warehouse knows; whether there are any."""
    rows = warehouse.engine.connection.table("customers").select(id="customer_id").distinct()
    bench.keep("customers", rows.to_pyarrow_batches())
    return bench.number("SELECT count(*) FROM customers") > 0


def bring_known(bench: Bench, warehouse: Warehouse, job: Job) -> bool:
    """Fill the table `known` with the versions the warehouse holds of the keys in `candidates`."""
    import ibis

    table = job.plan.table
    rows = warehouse.engine.connection.table(table.name)
    if not rows.limit(1).count().execute():
        return False
    content = content_columns(job.plan)
    rows = rows.select(table.key, "recorded_at", *content)
    if bench.number("SELECT count(*) FROM sound") <= KEYS_AT_ONCE:
        keys: pa.Table = bench.connection.execute(
            "SELECT DISTINCT _key AS wanted FROM candidates"
        ).to_arrow_table()
        wanted = ibis.memtable(keys)
        rows = rows.semi_join(wanted, rows[table.key] == wanted.wanted)
    typed = ", ".join(f"CAST({quoted(c)} AS {sql_type(table, c)})" for c in content)
    bench.keep(
        "everything_known",
        rows.to_pyarrow_batches(),
        f"{quoted(table.key)} AS _key, recorded_at AS _recorded, hash({typed or '0'}) AS _c",
    )
    bench.run(
        "CREATE OR REPLACE TABLE known AS SELECT * FROM everything_known SEMI JOIN candidates USING (_key)"
    )
    bench.drop("everything_known")
    return True


class LoadBook:
    """The table `loads`: which file was loaded last, with which fingerprint."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        rows = warehouse.engine.connection.table("loads")
        self._latest: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._count = 0
        for row in rows.to_pyarrow().to_pylist():
            self._count = max(self._count, int(row["load_id"].rpartition("_")[2]))
            place = (row["source"], row["table_name"], row["file"])
            if place not in self._latest or row["load_id"] > self._latest[place]["load_id"]:
                self._latest[place] = row

    def next_id(self) -> str:
        """The id of the load to come; ids sort in the order of loading."""
        return f"load_{self._count + 1:08d}"

    def seen(self, source: str, table: str, file: str, fingerprint: str) -> FileReport | None:
        """What the last load of this file did, when file and mapping are still the same."""
        row = self._latest.get((source, table, file))
        if row is None or row["fingerprint"] != fingerprint:
            return None
        report = json.loads(row["report"])
        return FileReport(
            source,
            table,
            file,
            read=int(row["rows_read"]),
            unchanged=int(row["rows_loaded"] + row["rows_corrected"] + row["rows_unchanged"]),
            duplicates=report["duplicates"],
            skipped=report["skipped"],
            reasons=report["reasons"],
            assumptions=report["assumptions"],
            seen_before=True,
        )

    def dialect(self, source: str, table: str, file: str) -> Dialect | None:
        """How numbers and dates of a file were read when it was loaded last."""
        row = self._latest.get((source, table, file))
        if row is None:
            return None
        read = json.loads(row["report"])["dialect"]
        return Dialect(read["decimal"], {c: tuple(f) for c, f in read["formats"].items()})

    def write(
        self, report: FileReport, fingerprint: str, clock: datetime, dialect: Dialect | None = None
    ) -> None:
        """Add a row; call it inside the transaction that appends the rows themselves."""
        import pyarrow as pa

        row: dict[str, Any] = {
            "load_id": self.next_id(),
            "source": report.source,
            "table_name": report.table,
            "file": report.file,
            "fingerprint": fingerprint,
            "rows_read": float(report.read),
            "rows_loaded": float(report.loaded),
            "rows_unchanged": float(report.unchanged),
            "rows_corrected": float(report.corrected),
            "rows_quarantined": float(report.quarantined),
            "report": json.dumps(
                {
                    "duplicates": report.duplicates,
                    "skipped": report.skipped,
                    "reasons": dict(sorted(report.reasons.items())),
                    "assumptions": report.assumptions,
                    "dialect": {
                        "decimal": dialect.decimal if dialect else None,
                        "formats": {c: list(f) for c, f in dialect.formats.items() if f} if dialect else {},
                    },
                },
                ensure_ascii=False,
            ),
            "loaded_at": utc_naive(clock),
        }
        self._warehouse.engine.append("loads", pa.Table.from_pylist([row]))
        self._count += 1
        self._latest[(report.source, report.table, report.file)] = row
