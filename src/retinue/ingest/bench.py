"""The workbench of a load: a private DuckDB on disk where rows are read, judged and compared.

It keeps within a fixed budget of memory and spills the rest to its own folder, which is removed afterwards.
The warehouse itself, whatever engine it is on, is only read through Ibis and appended to through Arrow.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.privacy import tokenise_array
from retinue.sources.mapping import literal
from retinue.warehouse.engines.duckdb import SQL_TYPES
from retinue.warehouse.engines.watch import watched
from retinue.warehouse.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.progress import Tell

__all__ = ["Bench", "workbench"]

MEMORY = "1GB"
RESTING_MEMORY = "64MB"
BATCH = 50_000
ROWS_A_GROUP = 58 * 2_048
"""Rows of a group of a Parquet file: just below the 122,880 of a group of the warehouse, so that one becomes
one. Groups of other sizes leave odd ends, and later checkpoints write the whole table again to merge them."""
_PREFIX = "ingest-"


CHEAP = "PARQUET_VERSION v2, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1000"
"""How a file that is read a few times and then removed is written: half the work, for a third more space."""


class Bench:
    """A DuckDB connection with the function `tokenise`, and a scratch folder."""

    def __init__(self, folder: Path, *, key: bytes, threads: int | None = None) -> None:
        import duckdb

        self.folder = folder
        self._files = 0
        self._written: dict[str, Path] = {}
        config: dict[str, Any] = {"memory_limit": MEMORY, "temp_directory": str(folder / "spill")}
        if threads is not None:
            config["threads"] = threads
        self.connection = duckdb.connect(str(folder / "bench.duckdb"), config=config)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")

        def tokens(values: Any) -> Any:
            return tokenise_array(values, key)

        self.connection.create_function(
            "tokenise", tokens, ["VARCHAR"], "VARCHAR", type="arrow", null_handling="special"
        )

    def run(self, sql: str) -> None:
        self.connection.execute(sql)

    def watched(self, tell: Tell | None) -> AbstractContextManager[None]:
        """Inside, tell the share done of the query that runs."""
        return watched(self.connection, tell)

    @contextmanager
    def as_written(self) -> Iterator[None]:
        """Inside, joins run in the order and on the side in which they are written.

        For queries that look a few rows up in a whole file: nothing tells the optimiser how large the file
        is, and when it takes the file for the smaller side it holds all of it in memory.
        """
        self.run("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        try:
            yield
        finally:
            self.run("RESET disabled_optimizers")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql).fetchall())

    def number(self, sql: str) -> int:
        """The single integer a query gives."""
        return int(self.connection.execute(sql).fetchone()[0] or 0)

    def reader(self, sql: str) -> pa.RecordBatchReader:
        """The result of a query, batch by batch."""
        return self.connection.execute(sql).to_arrow_reader(BATCH)

    def write(self, name: str, select: str) -> Path:
        """Write the result of a query to a new Parquet file, in place of the last of that name."""
        last = self._written.pop(name, None)
        if last is not None:
            last.unlink(missing_ok=True)
        # never the same name twice: the engine remembers what it has read of a file
        self._files += 1
        path = self.folder / f"{name}-{self._files}.parquet"
        self.run(
            f"COPY ({select}) TO {literal(str(path))} "
            f"(FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP}, {CHEAP})"
        )
        self._written[name] = path
        return path

    def written(self, name: str) -> Path:
        """The file last written under that name."""
        return self._written[name]

    def keep(self, name: str, rows: pa.RecordBatchReader | pa.Table, select: str = "*") -> None:
        """Store Arrow rows as a table of the bench."""
        self.connection.register("_incoming", rows)
        try:
            with warnings.catch_warnings():
                # ibis still reads DuckDB by a name that DuckDB has renamed
                warnings.filterwarnings("ignore", "fetch_record_batch", DeprecationWarning)
                self.run(f"CREATE OR REPLACE TABLE {name} AS SELECT {select} FROM _incoming")
        finally:
            self.connection.unregister("_incoming")

    def rest(self) -> None:
        """Give back the memory that holds pages of the bench's tables; they are on disk."""
        self.run(f"SET memory_limit = '{RESTING_MEMORY}'")
        self.run(f"SET memory_limit = '{MEMORY}'")

    def drop(self, *names: str) -> None:
        for name in names:
            self.run(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def workbench(parent: Path, *, key: bytes, threads: int | None = None) -> Iterator[Bench]:
    """A bench in a fresh folder under `parent`; whatever a killed load left there is removed first."""
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.glob(f"{_PREFIX}*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    bench = Bench(folder, key=key, threads=threads)
    try:
        yield bench
    finally:
        bench.connection.close()
        shutil.rmtree(folder, ignore_errors=True)


def sql_type(table: Table, column: str) -> str:
    """The SQL type of a column of a table on the bench."""
    return "TIMESTAMP" if column == "recorded_at" else SQL_TYPES[table.column(column).kind]
