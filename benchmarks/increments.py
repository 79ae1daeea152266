"""Tomorrow's run: the snapshot of today from partials kept yesterday, beside the same from all rows.

python -m benchmarks.increments FOLDER --side partials|rows     (the body of a measured process)
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.features import SEED
from benchmarks.features.side import environment
from benchmarks.harness import Contender, Unequal, compare, render, row_of
from benchmarks.plan import Plan

__all__ = ["measure", "section"]

TODAY = datetime(2026, 1, 1)
PARTIALS, ROWS = "Retinue, partials kept", "Retinue, all rows"
SIDES = {PARTIALS: "partials", ROWS: "rows"}
SHAPES = {
    "dense": ("{customers:,} customers with {events:,} events each in two years", 5_000, 2_000),
    "sparse": ("{customers:,} customers with {events:,} events each in two years", 50_000, 100),
}
QUICK = 50

TEXT = """\
The whole catalogue as of today, with the partials per customer and day that were kept yesterday
(`warehouse.partials`), and from all rows. Today's rows are read and their partials added; all earlier days
are checked against the ledger, not read again. Both give the same bits. A partial that stands for
hardly more than a row saves little, so it pays only where customers have many rows a day.
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """One comparison for each shape. Raises Unequal when a value differs in one bit."""
    found = []
    for name, (words, customers, events) in SHAPES.items():
        customers = max(20, customers // QUICK) if plan.quick else customers
        folder = plan.work / "increments" / name
        say(f"Increments: {customers:,} customers, {events:,} events each")
        first = _prepare(folder, customers, events)
        yesterday, today = folder / "yesterday.duckdb", folder / "w.duckdb"

        def reset(yesterday: Path = yesterday, today: Path = today) -> None:
            shutil.copyfile(yesterday, today)

        def check(folder: Path = folder) -> None:
            _check(folder)

        contenders = [
            Contender(
                side,
                [sys.executable, "-m", "benchmarks.increments", str(folder), "--side", short],
                prepare=reset,
                env=environment(),
            )
            for side, short in SIDES.items()
        ]
        results = compare(contenders, repeats=plan.repeats, check=check, say=say)
        reference = results[list(SIDES).index(ROWS)]
        found.append(
            {
                "shape": words.format(customers=customers, events=events),
                "first_cpu_seconds": first,
                "rows": [row_of(result, reference) for result in results],
            }
        )
    return {"shapes": found}


def section(found: Mapping[str, Any]) -> str:
    """The findings as Markdown."""
    parts = ["## Tomorrow's run\n", TEXT]
    for shape in found["shapes"]:
        once = f"building the partials took {shape['first_cpu_seconds']:.1f} CPU seconds once"
        parts.append(f"{shape['shape']}; {once}.\n\n{render(shape['rows'], 'all rows')}\n")
    return "\n".join(parts)


def _prepare(folder: Path, customers: int, events: int) -> float:
    """The warehouse as it stood yesterday, partials kept; CPU seconds that building them took."""
    import time

    import numpy as np

    from benchmarks.features import data

    data.write(folder, np.full(customers, events), seed=SEED)
    database, yesterday = folder / "w.duckdb", folder / "yesterday.duckdb"
    for old in (database, yesterday):
        old.unlink(missing_ok=True)
    data.load(folder, database)
    without = _build(database, TODAY - timedelta(days=1), folder / "yesterday.parquet", partials=False)
    before = time.process_time()
    _build(database, TODAY - timedelta(days=1), folder / "yesterday.parquet", partials=True)
    database.rename(yesterday)
    return max(0.0, time.process_time() - before - without)


def _build(database: Path, as_of: datetime, out: Path, *, partials: bool) -> float:
    import time

    from retinue.features import build_snapshots
    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    before = time.process_time()
    with Warehouse(DuckDBEngine(database)) as warehouse:
        build_snapshots(warehouse, [as_of], out, settings=FeatureSettings(), partials=partials)
    return time.process_time() - before


def _check(folder: Path) -> None:
    import pyarrow.parquet as pq

    one, other = (pq.read_table(folder / f"{side}.parquet") for side in SIDES.values())
    if not one.equals(other):
        raise Unequal("a snapshot from partials is not that from all rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", choices=tuple(SIDES.values()), required=True)
    chosen = parser.parse_args()
    out = chosen.folder / f"{chosen.side}.parquet"
    _build(chosen.folder / "w.duckdb", TODAY, out, partials=chosen.side == "partials")


if __name__ == "__main__":
    main()
