"""The warehouse and its export for all sides, and whether what they wrote is equal."""

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
    frames = {side: _read(result_of(folder, side, dates), only) for side in sides}
    first, ours = sides[0], frames[sides[0]]
    names = [name for name in only if any(name in frame.column_names for frame in frames.values())]
    if not ours.num_rows or not names:
        raise Unequal(f"{first} wrote nothing to compare")
    for side in sides[1:]:
        for name in ("as_of", "customer_id"):
            if not ours[name].equals(frames[side][name]):
                raise Unequal(f"{first} and {side} tell of other customers or dates")
        for name in names:
            _agree(name, _column(ours, name), _column(frames[side], name), side)
    return int(ours.num_rows) * len(names)


def check_last(folder: Path, side: str, dates: int) -> None:
    """The last of many dates holds what the build of that date alone holds. Raises Unequal."""
    alone = _read(result_of(folder, side, 1), CORE)
    among = _read(result_of(folder, side, dates), CORE, last=alone["as_of"][0])
    if not alone["customer_id"].equals(among["customer_id"]):
        raise Unequal(f"{side}: other customers at the last of {dates} dates than at that date alone")
    for name in CORE:
        _agree(name, _column(alone, name), _column(among, name), f"{side} at {dates} dates")


def _read(folder: Path, only: Collection[str], *, last: Any = None) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    for file in sorted(folder.glob("*.parquet")):
        there = pq.read_schema(file).names
        columns = ["as_of", "customer_id", *(name for name in only if name in there)]
        chosen = None if last is None else [("as_of", "==", last)]
        table = pq.read_table(file, columns=columns, filters=chosen)
        parts.append(
            table.set_column(0, "as_of", table["as_of"].cast(pa.timestamp("us"))).set_column(
                1, "customer_id", table["customer_id"].cast(pa.string())
            )
        )
    if not parts:
        raise Unequal(f"{folder.name} is empty")
    return pa.concat_tables(parts).sort_by([("as_of", "ascending"), ("customer_id", "ascending")])


def _column(frame: Any, name: str) -> Any:
    return frame[name].to_numpy().astype(float) if name in frame.column_names else None


def _agree(name: str, ours: Any, theirs: Any, side: str) -> None:
    import numpy as np

    if ours is None or theirs is None:
        there = theirs if ours is None else ours
        ours = np.zeros(len(there))
        theirs = np.nan_to_num(there)
    exact = any(word in name for word in EXACT)
    tolerance = 0.0 if exact else 1e-9
    close = np.isclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not close.all():
        at = int((~close).argmax())
        raise Unequal(
            f"{name} of {side}: {int((~close).sum()):,} of {len(close):,} values differ, "
            f"such as {ours[at]!r} and {theirs[at]!r}"
        )
