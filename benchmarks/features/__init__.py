"""The feature build beside hand-written DuckDB SQL, Polars, pandas and featuretools, on equal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.business import Business, prepare
from benchmarks.features.core import CORE
from benchmarks.features.equal import check, export
from benchmarks.features.side import command, environment
from benchmarks.harness import Contender, Result, compare, render, row_of
from benchmarks.machine import facts
from benchmarks.plan import Plan

__all__ = ["NAMES", "compare_sides", "contender", "measure", "section"]

NAMES = {
    "ours": "Retinue",
    "ours_whole": "Retinue, whole catalogue",
    "duckdb_sql": "DuckDB SQL by hand",
    "polars_peer": "Polars, streaming",
    "pandas_peer": "pandas",
    "featuretools_peer": "featuretools",
}
PEERS = ("polars_peer", "featuretools_peer")
"""Sides that run in the peers' environment; the others need nothing that Retinue does not need."""

SEED = 7
EVENTS_PER_CUSTOMER_YEAR = 100.0
SYNTHESISED = 2_000

TEXT = """\
The features in `benchmarks/features/core.py` of every customer, as of one date and as of twelve month-ends.
Retinue and the SQL read the same DuckDB file, the others the same tables from Parquet; each writes Parquet.
All heed when each version of a row was known. Counts must agree exactly, the rest to 1e-9. Beside them stands
Retinue building its whole catalogue. Start-up and imports are in every figure; Retinue also compiles its
declarations to SQL, which takes a second or two of CPU however small the data are, so ratios at this size are
not those of large data: those are under [Growth](#growth), and so are the targets.
"""
SYNTHESIS = """\
featuretools works out one customer after another, so it gets fewer of them, and the part of these features
that one synthesis for each window can say (ratios, slopes, changes between windows, open tickets and running
contracts it cannot). Retinue builds all of them here as well.
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """One comparison per number of dates, and one with featuretools. Raises Unequal when a value differs."""
    business = prepare(
        plan.work, customers=plan.customers, events_per_customer_year=EVENTS_PER_CUSTOMER_YEAR, seed=SEED
    )
    folder = _for_peers(business)
    export(folder)
    sides = ["ours", "ours_whole", "duckdb_sql", *(["polars_peer"] if plan.peers else []), "pandas_peer"]
    sizes = []
    for count in (1,) if plan.quick else (1, 12):
        say(f"Features at {count} date(s):")
        results, values = compare_sides(sides, folder, count, plan, say)
        rows = [row_of(result, results["duckdb_sql"]) for result in results.values()]
        sizes.append({"dates": count, "features": len(CORE), "values": values, "rows": rows})
    found: dict[str, Any] = {"customers": plan.customers, "rows": business.rows, "sizes": sizes}
    if plan.peers:
        found["synthesis"] = _synthesis(plan, say)
    return found


def section(found: Mapping[str, Any]) -> str:
    """The comparison at each number of dates."""
    rows = ", ".join(f"{count:,} {name}" for name, count in found["rows"].items())
    parts = ["## Features\n", TEXT, f"Data: the simulated business, {rows}.\n"]
    for size in found["sizes"]:
        parts.append(
            f"{size['dates']} date{'s' if size['dates'] > 1 else ''}: {size['features']} features, "
            f"{size['values']:,} values equal on all sides.\n\n{render(size['rows'], 'SQL')}\n"
        )
    parts.append("### featuretools\n")
    if "synthesis" not in found:
        parts.append("featuretools and Polars: not measured, the peers' environment is not there.\n")
        return "\n".join(parts)
    found = found["synthesis"]
    parts += [
        SYNTHESIS,
        f"1 date, {found['rows']['customers']:,} customers with {found['rows']['events']:,} events: "
        f"{found['features']} features, {found['values']:,} values equal.\n\n"
        f"{render(found['table'], 'featuretools')}\n",
    ]
    return "\n".join(parts)


def contender(
    side: str, folder: Path, dates: int, plan: Plan, *, name: str | None = None, memory: str | None = None
) -> Contender:
    """One side as a process of its own."""
    python = plan.peers if side in PEERS else None
    argv = command(side, folder, dates, threads=int(facts()["cores"]), memory=memory, python=python)
    return Contender(name or NAMES[side], argv, env=environment())


def compare_sides(
    sides: Sequence[str],
    folder: Path,
    dates: int,
    plan: Plan,
    say: Callable[[str], None],
    *,
    only: Sequence[str] = CORE,
    warm: bool = True,
) -> tuple[dict[str, Result], int]:
    """The results of sides whose values agree, by side, and how many values were compared."""
    judged = [side for side in sides if side != "ours_whole"]
    values = 0

    def equal() -> None:
        nonlocal values
        values = check(folder, judged, dates, only=only)

    contenders = [contender(side, folder, dates, plan) for side in sides]
    results = compare(contenders, repeats=plan.repeats, check=equal, warm=warm and not plan.quick, say=say)
    return dict(zip(sides, results, strict=True)), values


def _synthesis(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    from benchmarks.features.data import load, uneven, write
    from benchmarks.features.featuretools_peer import SUBSET

    folder = plan.work / "synthesis"
    rows = write(folder, uneven(300 if plan.quick else SYNTHESISED, 100.0, SEED), seed=SEED)
    load(folder, folder / "w.duckdb")
    export(folder)
    say("Features that featuretools can say:")
    results, values = compare_sides(["ours", "featuretools_peer"], folder, 1, plan, say, only=SUBSET)
    table = [row_of(result, results["featuretools_peer"]) for result in results.values()]
    return {"rows": rows, "features": len(SUBSET), "values": values, "table": table}


def _for_peers(business: Business) -> Path:
    """A folder with the warehouse under the name that all sides know; the export goes there as well."""
    folder = business.loaded / "peers"
    folder.mkdir(exist_ok=True)
    link = folder / "w.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(business.loaded / ".retinue" / "warehouse.duckdb")
    return folder
