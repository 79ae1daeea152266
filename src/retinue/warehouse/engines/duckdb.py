"""DuckDB: the default engine, in one file on disk or in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, WarehouseBusy
from retinue.warehouse.base import declared_tables
from retinue.warehouse.engines.watch import watched
from retinue.warehouse.tables import BOOKKEEPING, TABLES, Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from retinue.progress import Tell

__all__ = ["MEMORY_LIMIT", "SQL_TYPES", "DuckDBEngine"]

MEMORY_LIMIT = "1500MB"
"""What the engine may hold before it spills, unless told otherwise: enough to add up 20 million events, and
little enough that a run stays below 3 GB beside what Python holds."""

SQL_TYPES: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "category": "VARCHAR",
    "json": "VARCHAR",
    "money": "DECIMAL(18, 4)",
    "number": "DOUBLE",
    "probability": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
}


class DuckDBEngine:
    """DuckDB through Ibis.

    Parameters
    ----------
    path: the database file; None keeps everything in memory.
    threads: worker threads; None lets DuckDB take every core.
    memory_limit: such as ``"4GB"``; beyond it DuckDB spills to `temp_directory`. Default `MEMORY_LIMIT`.
    temp_directory: where it spills; beside the database by default.
    key: 64 hexadecimal digits by which the file is encrypted, and what is spilled; None: neither is.
    """

    name = "duckdb"

    def __init__(
        self,
        path: Path | None = None,
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        temp_directory: Path | None = None,
        key: str | None = None,
    ) -> None:
        import duckdb

        self.memory_limit = memory_limit or MEMORY_LIMIT
        options: dict[str, Any] = {"memory_limit": self.memory_limit}
        if threads is not None:
            options["threads"] = threads
        if temp_directory is not None:
            options["temp_directory"] = str(temp_directory)
        if path and key is not None:
            options.setdefault("temp_directory", f"{path}.tmp")
        self._path, self._options, self._key = path, options, key
        try:
            self._connect()
        except duckdb.Error as error:
            raise _not_opened(error, path) from error

    def _connect(self) -> None:
        """Open the file, or memory."""
        import ibis

        plain = self._path is not None and self._key is None
        self.connection = ibis.duckdb.connect(str(self._path) if plain else ":memory:", **self._options)
        if self._path is not None and self._key is not None:
            self._open_encrypted(self._path, self._key)
        self.connection.raw_sql("SET TimeZone = 'UTC'")

    def _open_encrypted(self, path: Path, key: str) -> None:
        from retinue.warehouse.engines.duckdb_encryption import NAME, attach, load_extension

        load_extension(self.raw)
        attach(self.raw, path, key)
        self.raw.execute(f"USE {NAME}")

    @property
    def raw(self) -> Any:
        """The native DuckDB connection, for loading only; reading goes through Ibis."""
        return self.connection.con

    def create_tables(self) -> None:
        business = {t.name for t in TABLES}
        for declared in declared_tables():
            columns = declared.columns + (BOOKKEEPING if declared.name in business else ())
            body = ", ".join(f'"{c.name}" {SQL_TYPES[c.kind]}' for c in columns)
            self.raw.execute(f'CREATE TABLE IF NOT EXISTS "{declared.name}" ({body})')

    def append(self, name: str, rows: pa.RecordBatchReader | pa.Table) -> int:
        columns = ", ".join(f'"{c}"' for c in rows.schema.names)
        self.raw.register("_rows_to_append", rows)
        try:
            done = self.raw.execute(
                f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM _rows_to_append'
            ).fetchone()
        finally:
            self.raw.unregister("_rows_to_append")
        return int(done[0])

    def append_parquet(
        self, name: str, path: Path, *, without: pa.Table | None = None, progress: Tell | None = None
    ) -> int:
        """As `append`, from a Parquet file the engine reads itself.

        Columns that the table does not have are left out. Rows that come through Arrow are held in memory
        until the transaction ends; these are not.

        Parameters
        ----------
        without: the column `place` lists rows to leave out by their place in the file, counted from 0.
        progress: told the share that is in.
        """
        described = self.raw.execute("SELECT name FROM parquet_schema(?) WHERE type IS NOT NULL", [str(path)])
        found = {row[0] for row in described.fetchall()}
        columns = ", ".join(
            f'"{row[0]}"' for row in self.raw.execute(f'DESCRIBE "{name}"').fetchall() if row[0] in found
        )
        rows = "read_parquet(?, file_row_number = true)"
        if without is not None:
            self.raw.register("_rows_to_leave", without)
            rows += " ANTI JOIN _rows_to_leave ON file_row_number = place"
        try:
            with watched(self.raw, progress):
                done = self.raw.execute(
                    f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM {rows}', [str(path)]
                ).fetchone()
        finally:
            if without is not None:
                self.raw.unregister("_rows_to_leave")
        return int(done[0])

    def delete(self, name: str, keys: ir.Table) -> None:
        import ibis

        columns = ", ".join(f'"{c}"' for c in keys.columns)
        chosen = ibis.to_sql(keys, dialect="duckdb")
        self.raw.execute(f'DELETE FROM "{name}" WHERE ({columns}) IN (SELECT {columns} FROM ({chosen}))')

    def change(
        self,
        name: str,
        column: str,
        values: Sequence[str],
        new: Mapping[str, Any] | None,
        *,
        where: tuple[str, str] | None = None,
    ) -> None:
        if not values:
            return
        also = "" if where is None else f' AND "{where[0]}" = ?'
        chosen = f'WHERE "{column}" IN (SELECT unnest(?)){also}'
        given = [list(values), *([] if where is None else [where[1]])]
        if new is None:
            self.raw.execute(f'DELETE FROM "{name}" {chosen}', given)
            return
        changes = ", ".join(f'"{one}" = ?' for one in new)
        self.raw.execute(f'UPDATE "{name}" SET {changes} {chosen}', [*new.values(), *given])

    def rewrite(self) -> None:
        if self._path is None:
            return
        from retinue.warehouse.engines.duckdb_encryption import attach

        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}.draft")
        fresh.unlink(missing_ok=True)
        (own,) = self.raw.execute("SELECT current_database()").fetchone()
        if self._key is not None:
            attach(self.raw, fresh, self._key, "fresh")
        else:
            self.raw.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS fresh")
        self.raw.execute(f'COPY FROM DATABASE "{own}" TO fresh')
        self.raw.execute("DETACH fresh")
        self.connection.disconnect()
        fresh.replace(self._path)
        self._path.with_name(f"{self._path.name}.wal").unlink(missing_ok=True)
        self._connect()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.raw.execute("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT")

    def rest(self) -> None:
        import duckdb

        # Lowering the limit is what makes DuckDB let go of pages; those that are needed stay.
        with suppress(duckdb.OutOfMemoryException):
            self.raw.execute("SET memory_limit = '64MB'")
        self.raw.execute(f"SET memory_limit = '{self.memory_limit}'")

    def to_parquet(self, expression: ir.Table, path: Path) -> None:
        self.connection.to_parquet(expression, str(path), compression="zstd")

    def close(self) -> None:
        self.connection.disconnect()


def _not_opened(error: Exception, path: Path | None) -> DataError:
    reason = str(error).splitlines()[0]
    if "lock" in reason.lower():
        return WarehouseBusy(
            "The warehouse cannot be opened.",
            where=str(path or "memory"),
            fix=f"Another process holds it: wait for it to end. ({reason})",
        )
    if "encrypted database" in reason and "without a key" in reason:
        fix = "It is encrypted: set warehouse.encrypt = true, or decrypt it: retinue warehouse decrypt"
    elif "not encrypted" in reason or "unencrypted" in reason:
        fix = "It is not encrypted: retinue warehouse encrypt, or set warehouse.encrypt = false"
    elif "Wrong encryption key" in reason:
        fix = "Restore the file and its .key from the same backup."
    elif reason.startswith("Parser Error"):
        fix = 'Correct warehouse.memory_limit, such as "3GB".'
    elif "No such file" in reason or "Permission" in reason or "directory" in reason:
        fix = "Mend the folder's permissions, or set warehouse.path."
    else:
        fix = "If the disk is not full or read-only, restore it from a backup, or delete it and load again."
    return DataError("The warehouse cannot be opened.", where=str(path or "memory"), fix=f"{fix} ({reason})")
