"""The feature build: Retinue, hand-written DuckDB SQL and pandas on the same simulated business."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.business import Business, prepare
from benchmarks.harness import Contender, Unequal, compare, render, row_of
from benchmarks.machine import facts
from benchmarks.plan import Plan

__all__ = ["measure", "section"]

HERE = Path(__file__).parent
NAMES = {
    "ours": "Retinue",
    "ours_whole": "Retinue, whole catalogue",
    "duckdb_sql": "DuckDB SQL by hand",
    "pandas_peer": "pandas",
}
REFERENCE = "duckdb_sql"
EQUAL = ("ours", "duckdb_sql", "pandas_peer")
SEED = 7
EVENTS_PER_CUSTOMER_YEAR = 100.0

TEXT = """\
The features in `benchmarks/features/core.py` of every customer, as of one date and as of twelve month-ends.
Retinue and the SQL read the same DuckDB file, pandas the same tables from Parquet; each writes Parquet.
All heed when each version of a row was known. Counts must agree exactly, the rest to 1e-9. Beside them stands
Retinue building its whole catalogue. Start-up and imports, a second or two for Retinue, are in every figure;
they weigh less the larger the data are.
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """One comparison per number of dates. Raises Unequal when any value differs."""
    business = prepare(
        plan.work, customers=plan.customers, events_per_customer_year=EVENTS_PER_CUSTOMER_YEAR, seed=SEED
    )
    peers = _peers()
    threads = int(facts()["cores"])
    folder = _for_peers(business)
    database = peers.prepare(folder, threads)
    sizes = []
    for count in (1,) if plan.quick else (1, 12):
        compared = 0

        def check(count: int = count) -> None:
            nonlocal compared
            try:
                compared = peers.check(database, list(EQUAL), count)
            except AssertionError as error:
                raise Unequal(str(error)) from error

        say(f"Features at {count} date(s):")
        contenders = [Contender(name, _command(side, folder, count, threads)) for side, name in NAMES.items()]
        results = compare(contenders, repeats=plan.repeats, check=check, say=say)
        reference = results[list(NAMES).index(REFERENCE)]
        sizes.append(
            {
                "dates": count,
                "features": len(peers.CORE),
                "values": compared,
                "rows": [row_of(result, reference) for result in results],
            }
        )
    return {"customers": plan.customers, "rows": business.rows, "sizes": sizes}


def section(found: Mapping[str, Any]) -> str:
    """The comparison at each number of dates."""
    rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
    parts = ["## Features\n", TEXT, f"Data: the simulated business, {rows}.\n"]
    for size in found["sizes"]:
        parts.append(
            f"{size['dates']} date{'s' if size['dates'] > 1 else ''}: {size['features']} features, "
            f"{size['values']:,} values equal on all sides.\n\n{render(size['rows'], 'SQL')}\n"
        )
    return "\n".join(parts)


def _peers() -> ModuleType:
    # They are scripts that stand in one folder and import one another by name.
    if str(HERE) not in sys.path:
        sys.path.insert(0, str(HERE))
    return importlib.import_module("compare")


def _command(side: str, folder: Path, dates: int, threads: int) -> list[str]:
    script = [sys.executable, str(HERE / "compare.py"), str(folder), "--side", side]
    return [*script, "--dates", str(dates), "--threads", str(threads)]


def _for_peers(business: Business) -> Path:
    """A folder as the peers' scripts expect it: the warehouse under their name; they export it themselves."""
    folder = business.loaded / "peers"
    folder.mkdir(exist_ok=True)
    link = folder / "w.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(business.loaded / ".retinue" / "warehouse.duckdb")
    return folder
