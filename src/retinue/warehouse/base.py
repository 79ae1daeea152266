"""The warehouse: append-only facts, read as of a time.

In come rows of the tables in `retinue.warehouse.tables`; out go ibis expressions that see nothing which
happened, or was learned, after the time asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from retinue.errors import DataError
from retinue.privacy.keys import FileKey, Kek
from retinue.warehouse.tables import SYSTEM_TABLES, TABLES, Table, table

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from retinue.settings import Settings

__all__ = ["Engine", "Warehouse", "declared_tables", "open_warehouse", "utc_naive"]


def utc_naive(moment: datetime) -> datetime:
    """The same moment as the warehouse stores it: UTC without a zone. A naive time is taken as UTC.

    >>> from datetime import timezone, timedelta
    >>> utc_naive(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    datetime.datetime(2026, 1, 1, 0, 0)
    """
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


@runtime_checkable
class Engine(Protocol):
    """What a database must offer to carry the warehouse.

    An engine is an existing database reached through Ibis. It creates the declared tables, appends rows
    from Arrow, runs a block in one transaction and writes an expression to Parquet; all reading is Ibis.
    """

    name: str
    connection: Any
    """The ibis backend."""

    def create_tables(self) -> None:
        """Create every declared table that is not there yet."""

    def append(self, name: str, rows: pa.RecordBatchReader | pa.Table) -> int:
        """Append rows whose columns are a subset of the table's; the number appended."""

    def delete(self, name: str, keys: ir.Table) -> None:
        """Delete the rows of one of Retinue's own working tables whose columns equal a row of `keys`.

        Facts are never deleted; partials of them are, when a correction reaches back.
        """

    def change(
        self,
        name: str,
        column: str,
        values: Sequence[str],
        new: Mapping[str, Any] | None,
        *,
        where: tuple[str, str] | None = None,
    ) -> None:
        """Of the rows whose column is one of the values, set columns to `new`; None: delete the rows.

        For the rows of somebody who is erased (`warehouse.subjects`), and what is kept for so long only.
        where: another column and its value.
        """

    def rewrite(self) -> None:
        """Write the database anew, so that nothing that was deleted is left in its files."""

    def transaction(self) -> Any:
        """A context manager: all that happens inside is kept, or nothing of it."""

    def rest(self) -> None:
        """Give back memory that only holds copies of what is on disk; nothing will be read for a while."""

    def to_parquet(self, expression: ir.Table, path: Path) -> None:
        """Write the rows of an expression to a Parquet file in their order."""

    def close(self) -> None:
        """Release the database."""


class Warehouse:
    """The declared tables on one engine.

    `facts` gives rows with the times between which each version was believed; `history` gives the one
    state of the world as of a time. Everything that reads history goes through one of these two.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._corrected: set[str] = set()
        engine.create_tables()

    def facts(self, name: str) -> ir.Table:
        """All versions of all rows of a table, with `superseded_at`.

        A version was believed from `recorded_at` until `superseded_at` (null: still believed). Use it
        for building several dates at once; whoever uses it must apply both times, and `known_from`.
        """
        import ibis

        declared = table(name)
        rows = self.engine.connection.table(name)
        if not self._has_corrections(name):
            return rows.mutate(superseded_at=ibis.null("timestamp"))
        corrections = self.engine.connection.table("supersessions")
        # Said twice, a correction must not double the row it corrects: the earliest word counts.
        corrections = (
            corrections.filter(corrections.table_name == name)
            .group_by(["row_key", "row_recorded_at"])
            .aggregate(superseded_at=corrections.superseded_at.min())
        )
        joined = rows.left_join(
            corrections,
            [
                rows[declared.key] == corrections.row_key,
                rows.recorded_at == corrections.row_recorded_at,
            ],
        )
        return joined.select(*[rows[c] for c in rows.columns], corrections.superseded_at)

    def history(self, name: str, as_of: datetime) -> ir.Table:
        """The table as it was known at `as_of` (UTC): one row per key, later moments read as null."""
        import ibis

        declared = table(name)
        moment = ibis.literal(utc_naive(as_of), "timestamp")
        rows = self.facts(name)
        rows = rows.filter(
            rows.recorded_at <= moment,
            rows.superseded_at.isnull() | (rows.superseded_at > moment),
        ).drop("superseded_at")
        if declared.happened is not None:
            happened = rows[declared.happened]
            rows = rows.filter(happened.isnull() | (happened <= moment))
        masked = {
            column.name: ibis.ifelse(rows[column.known_from] <= moment, rows[column.name], None)
            for column in declared.columns
            if column.known_from is not None
        }
        return rows.mutate(**masked) if masked else rows

    def count(self, name: str) -> int:
        """Rows of a table, all versions counted."""
        return int(self.engine.connection.table(name).count().execute())

    def present(self) -> tuple[str, ...]:
        """The tables that hold any row."""
        return tuple(t.name for t in TABLES if self.count(t.name) > 0)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is kept, or nothing of it."""
        with self.engine.transaction():
            yield

    def check(self) -> dict[str, int]:
        """Read one column of every table from disk; rows by table, the empty ones left out.

        Raises DataError when the engine cannot read what it wrote.
        """
        found: dict[str, int] = {}
        for declared in declared_tables():
            rows = self.engine.connection.table(declared.name)
            try:
                seen = rows.aggregate(rows=rows.count(), last=rows[declared.key].max()).execute()
            except Exception as error:
                raise DataError(
                    f"Table {declared.name} cannot be read.",
                    where=f"warehouse, table {declared.name}",
                    fix=f"Restore the warehouse from a backup, or delete it and load again: {error}",
                ) from error
            if int(seen["rows"][0]) and declared.name in _BUSINESS:
                found[declared.name] = int(seen["rows"][0])
        return found

    def close(self) -> None:
        self.engine.close()

    def _has_corrections(self, name: str) -> bool:
        """Whether rows of a table were corrected. Once they were it is not asked again: where none are left
        (all of them erased), the join finds nothing, which is as right."""
        if name not in self._corrected:
            corrections = self.engine.connection.table("supersessions")
            if corrections.filter(corrections.table_name == name).count().execute():
                self._corrected.add(name)
        return name in self._corrected

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_warehouse(settings: Settings) -> Warehouse:
    """The warehouse of a workspace, on the engine that `[warehouse] engine` names.

    Raises PluginError for an unknown engine, DataError when the database cannot be opened.
    """
    from retinue import plugins

    engine = plugins.load("retinue.engines", settings.warehouse.engine)
    path = settings.warehouse_path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            "The warehouse's folder cannot be made.",
            where=str(path.parent),
            fix=f"{error.strerror}: mend its permissions, or set warehouse.path.",
        ) from error
    secret = {"key": _key(path, settings)} if settings.warehouse.encrypt else {}
    return Warehouse(
        engine(
            path,
            threads=settings.warehouse.threads,
            memory_limit=settings.warehouse.memory_limit,
            temp_directory=settings.spill,
            **secret,
        )
    )


def _key(path: Path, settings: Settings) -> str:
    """The key of the database; made with the database."""
    key = FileKey(path, Kek.from_settings(settings))
    if path.exists() and not key.path.exists():
        raise DataError(
            "The warehouse has no key: it is not encrypted yet, or the key is lost.",
            where=str(key.path),
            fix="retinue warehouse encrypt; or restore the key from the backup that has the warehouse.",
        )
    return key.make()


def declared_tables() -> tuple[Table, ...]:
    """Every table an engine must create: the business's and Retinue's own bookkeeping."""
    return TABLES + SYSTEM_TABLES


_BUSINESS = frozenset(t.name for t in TABLES)
