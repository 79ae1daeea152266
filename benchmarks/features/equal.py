"""The warehouse exported for all sides, and whether what they wrote is equal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from benchmarks.features.core import CORE, TABLES
from benchmarks.features.side import result_of
from benchmarks.harness import Unequal

__all__ = ["check", "check_last", "export"]

EXACT = ("_count_", "active_", "event_kinds", "open_")


def export(folder: Path) -> None:
    """Write the tables of `w.duckdb`, with when each row was superseded, as the Parquet files peers read."""
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    target = folder / "export"
    if target.exists():
        return
    unfinished = folder / "export.part"
    unfinished.mkdir(exist_ok=True)
    warehouse = Warehouse(DuckDBEngine(folder / "w.duckdb"))
    for name in TABLES:
        warehouse.engine.to_parquet(warehouse.facts(name), unfinished / f"{name}.parquet")
    warehouse.close()
    unfinished.rename(target)


def check(folder: Path, sides: Sequence[str], dates: int, *, only: Collection[str] = CORE) -> int:
    """Compare what sides wrote; the number of values compared. Raises Unequal.

    Counts must agree exactly, the rest to 1e-9. Where a table is empty, a side may leave its features out, if
    the others find nothing in it either.
    """
    written = {side: Written(result_of(folder, side, dates)) for side in sides}
    ours = written[sides[0]]
    names = [name for name in only if any(name in one.names for one in written.values())]
    if not len(ours) or not names:
        raise Unequal(f"{sides[0]} wrote nothing to compare")
    for side in sides[1:]:
        _same(ours, written[side], names, side)
    return len(ours) * len(names)


def check_last(folder: Path, side: str, dates: int) -> None:
    """The last of many dates holds what the build of that date alone holds. Raises Unequal."""
    alone = Written(result_of(folder, side, 1))
    among = Written(result_of(folder, side, dates), at=alone.keys["as_of"][0])
    _same(alone, among, CORE, f"{side} at {dates} dates")


class Written:
    """What a side wrote, in the order of dates and customers, read column by column.

    at: only the rows of this date.
    """

    def __init__(self, folder: Path, *, at: Any = None) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        self.files = sorted(folder.glob("*.parquet"))
        if not self.files:
            raise Unequal(f"{folder.name} is empty")
        self.chosen = None if at is None else [("as_of", "==", at)]
        self.names = frozenset(pq.read_schema(self.files[0]).names)
        keys = {"as_of": pa.timestamp("us"), "customer_id": pa.string()}
        found = pa.table({name: self._read(name).cast(kind) for name, kind in keys.items()})
        self.order = pc.sort_indices(found, sort_keys=[(name, "ascending") for name in keys])
        self.keys = found.take(self.order)

    def __len__(self) -> int:
        return int(self.keys.num_rows)

    def values(self, name: str) -> Any:
        """The values of a feature, None where the side left it out."""
        if name not in self.names:
            return None
        return self._read(name).take(self.order).to_numpy().astype(float)

    def _read(self, name: str) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        parts = [pq.read_table(file, columns=[name], filters=self.chosen)[name] for file in self.files]
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], type=parts[0].type)


def _same(ours: Written, theirs: Written, names: Collection[str], side: str) -> None:
    if not ours.keys.equals(theirs.keys):
        raise Unequal(f"{side} tells of other customers or dates")
    for name in names:
        _agree(name, ours.values(name), theirs.values(name), side)


def _agree(name: str, ours: Any, theirs: Any, side: str) -> None:
    import numpy as np

    if ours is None and theirs is None:
        return
    if ours is None or theirs is None:
        there = theirs if ours is None else ours
        ours, theirs = np.zeros(len(there)), np.nan_to_num(there)
    exact = any(word in name for word in EXACT)
    tolerance = 0.0 if exact else 1e-9
    close = np.isclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not close.all():
        at = int((~close).argmax())
        raise Unequal(
            f"{name} of {side}: {int((~close).sum()):,} of {len(close):,} values differ, "
            f"such as {float(ours[at])!r} and {float(theirs[at])!r}"
        )
