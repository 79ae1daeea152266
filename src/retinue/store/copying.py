"""Moves a store to another database: every row of every table, all of them or none."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Integer, Table, func, insert, select, text

from retinue.errors import UsageError
from retinue.store.base import Store, declared
from retinue.store.engines import address_of, hold_writing, shown

__all__ = ["copy"]

_AT_ONCE = 1_000


def copy(source: Path | str, target: Path | str) -> dict[str, int]:
    """Copy a store into an empty one, whose tables are made; how many rows, by table.

    Others may read the source meanwhile, and nobody may write to either. The source is left as it is.

    Raises UsageError when the target holds something already, or is the source.
    """
    if address_of(source) == address_of(target):
        raise UsageError("A store cannot be copied onto itself.", where=shown(address_of(target)))
    here = Store(source)
    try:
        there = Store(target)
        try:
            with here.engine.connect() as taken, there.engine.connect() as given:
                hold_writing(taken)
                hold_writing(given)
                counts = {
                    table.name: _rows(taken, given, table) for table in declared().metadata.sorted_tables
                }
                given.commit()
                return counts
        finally:
            there.close()
    finally:
        here.close()


def _rows(taken: Connection, given: Connection, table: Table) -> int:
    if given.scalar(select(func.count()).select_from(table)):
        raise UsageError(
            "The store to copy into holds something already.",
            where=f"{shown(given.engine.url)}, table {table.name}",
            fix="Copy into an empty database.",
        )
    copied = 0
    # By its key, so that numbers rise as they did.
    found = taken.execute(select(table).order_by(*table.primary_key.columns))
    for part in found.mappings().partitions(_AT_ONCE):
        given.execute(insert(table), [dict(row) for row in part])
        copied += len(part)
    numbered = table.autoincrement_column
    if copied and given.dialect.name == "postgresql" and numbered is not None:
        assert isinstance(numbered.type, Integer)  # noqa: S101 - narrows the type
        given.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, :column), :newest)"),
            {
                "name": table.name,
                "column": numbered.name,
                "newest": given.scalar(select(func.max(numbered))),
            },
        )
    return copied
