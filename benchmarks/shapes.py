"""The feature build on data of other shapes than a usual business has, beside the hand-written SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.features import SEED, compare_sides
from benchmarks.features.core import TABLES
from benchmarks.harness import render, row_of
from benchmarks.plan import Plan

__all__ = ["SHAPES", "measure", "section"]


def few_long(scale: int) -> Any:
    """A hundred customers with a hundred thousand events each."""
    import numpy as np

    return np.full(100, 100_000 // scale)


def many_single(scale: int) -> Any:
    """A million customers with one event each."""
    import numpy as np

    return np.ones(1_000_000 // scale, dtype=np.int64)


def skewed(scale: int) -> Any:
    """Zipf's law: the k-th customer has 100,000 / k events, at least one."""
    import numpy as np

    most = 100_000 // scale
    return most // np.arange(1, most + 1)


def level(scale: int) -> Any:
    """Twenty thousand customers with a hundred events each."""
    import numpy as np

    return np.full(20_000 // scale, 100)


SHAPES: dict[str, tuple[str, Callable[[int], Any], tuple[str, ...]]] = {
    "few_long": ("100 customers with 100,000 events each", few_long, TABLES),
    "many_single": ("a million customers with one event each", many_single, TABLES),
    "skewed": ("100,000 customers, skewed by Zipf's law from 100,000 events down to 1", skewed, TABLES),
    "only_events": ("20,000 customers, every table empty but events", level, ("events",)),
    "only_transactions": ("20,000 customers, every table empty but transactions", level, ("transactions",)),
}
QUICK = 100
"""By how much a quick run divides the sizes."""

TEXT = """\
Features at one date on data of other shapes; the values of both sides are equal (a feature whose table is
empty is left out by Retinue and must be 0 or missing in the SQL).
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Retinue and the SQL on each shape. Raises Unequal when values differ on any."""
    from benchmarks.features.data import load, write

    shapes = []
    for name, (words, events, only) in SHAPES.items():
        say(f"Shape: {words}")
        folder = plan.work / "shapes" / name
        rows = write(folder, events(QUICK if plan.quick else 1), seed=SEED, only=only)
        load(folder, folder / "w.duckdb")
        results, values = compare_sides(["ours", "duckdb_sql"], folder, 1, plan, say, warm=False)
        table = [row_of(result, results["duckdb_sql"]) for result in results.values()]
        shapes.append({"shape": name, "words": words, "rows": rows, "values": values, "table": table})
    return {"shapes": shapes, "divided": QUICK if plan.quick else 1}


def section(found: Mapping[str, Any]) -> str:
    """Each shape with its table."""
    parts = ["## Data of other shapes\n", TEXT]
    if found["divided"] > 1:
        parts.append(f"Sizes are divided by {found['divided']} in this run.\n")
    for shape in found["shapes"]:
        rows = ", ".join(f"{count:,} {name}" for name, count in shape["rows"].items())
        words = shape["words"][0].upper() + shape["words"][1:]
        parts.append(
            f"{words} ({rows}): {shape['values']:,} values equal.\n\n{render(shape['table'], 'SQL')}\n"
        )
    return "\n".join(parts)
