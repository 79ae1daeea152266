"""How the feature build grows with the data: 1, 4 and 16 times the customers, beside SQL and pandas."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.features import SEED, contender
from benchmarks.features.equal import check, check_last, export
from benchmarks.harness import compare, render, row_of
from benchmarks.plan import Plan
from benchmarks.plot import Line, Panel, draw

__all__ = ["drawings", "exponent", "measure", "section"]

STEPS = (1, 4, 16)
EVENTS = 100
"""Events of a customer on average; a fifth as many transactions, a fiftieth as many tickets."""

TARGET_SCALE = 200_000
MANY = 12
PANDAS_UP_TO = 250_000
"""Customers beyond which pandas is left out: it holds all tables in memory, four times as much each step."""

OURS, OURS_MANY, SQL, PANDAS = "Retinue", "Retinue, 12 dates", "DuckDB SQL by hand", "pandas"

TEXT = """\
The same features of random businesses of 1, 4 and 16 times the size (`benchmarks/features/data.py`: {events}
events of a customer on average in two years, a fifth as many transactions, a fiftieth as many tickets). At
each size the values of all sides at one date are equal, and the last of Retinue's twelve dates equals that
date alone. At the largest size the engine of Retinue and of the SQL was allowed {memory} of memory.
"""


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """One comparison at each size. Raises Unequal when values differ at any."""
    base = 500 if plan.quick else TARGET_SCALE if plan.full else TARGET_SCALE // STEPS[-1]
    memory = "3GB" if plan.full else "2GB"
    sizes = []
    for step in STEPS:
        customers = base * step
        say(f"Growth: {customers:,} customers")
        folder = plan.work / "growth" / str(step)
        rows = _prepare(folder, customers)
        limit = memory if step == STEPS[-1] else None
        sides = {
            OURS: ("ours", 1),
            SQL: ("duckdb_sql", 1),
            PANDAS: ("pandas_peer", 1),
            OURS_MANY: ("ours", MANY),
        }
        if customers > PANDAS_UP_TO:
            del sides[PANDAS]
        else:
            export(folder)
        values = 0

        def equal(folder: Path = folder, sides: Mapping[str, tuple[str, int]] = sides) -> None:
            nonlocal values
            values = check(folder, [side for side, dates in sides.values() if dates == 1], 1)
            check_last(folder, "ours", MANY)

        results = compare(
            [
                contender(side, folder, dates, plan, name=name, memory=None if name == PANDAS else limit)
                for name, (side, dates) in sides.items()
            ],
            # The largest takes as long as all else together, and its files have just been written.
            repeats=min(plan.repeats, 2) if step == STEPS[-1] else plan.repeats,
            check=equal,
            warm=step != STEPS[-1] and not plan.quick,
            say=say,
        )
        reference = next(result for result in results if result.name == SQL)
        table = [row_of(result, reference) for result in results]
        sizes.append(
            {
                "step": step,
                "customers": customers,
                "rows": rows,
                "values": values,
                "memory": limit,
                "table": table,
            }
        )
    return {"sizes": sizes, "memory": memory}


def section(found: Mapping[str, Any]) -> str:
    """Each size, the exponents, the plot, and whether the targets were met."""
    parts = [
        "## Growth\n",
        TEXT.format(events=EVENTS, memory=found["memory"]),
        "![CPU seconds and peak memory of the feature build as the data grow](growth.svg)\n",
    ]
    for size in found["sizes"]:
        rows = ", ".join(f"{count:,} {name}" for name, count in size["rows"].items())
        parts.append(f"{rows}: {size['values']:,} values equal.\n\n{render(size['table'], 'SQL')}\n")
    parts += [
        "From smallest to largest, and over the last step alone, where start-up weighs least:\n",
        _growth(found["sizes"]),
    ]
    parts += ["Targets:\n", _targets(found["sizes"][-1], found["sizes"])]
    return "\n".join(parts)


def drawings(found: Mapping[str, Any]) -> dict[str, str]:
    """The plot of growth, by the name of its file."""
    styles = {OURS: ("#0072b2", False), OURS_MANY: ("#56b4e9", False), SQL: ("#d55e00", False)}
    styles[PANDAS] = ("#767676", False)
    panels = []
    for title, key, scale in (
        ("CPU seconds", "cpu_seconds", 1.0),
        ("Peak memory, MB", "peak_bytes", 1e6),
    ):
        lines = []
        for name, (colour, dashed) in styles.items():
            points = [(x, y / scale) for x, y in _series(found["sizes"], name, key)]
            if points:
                lines.append(Line(name, points, colour, dashed))
        if key == "cpu_seconds":
            first, last = lines[0].points[0], lines[0].points[-1]
            growing = [(first[0], last[1] * first[0] / last[0]), last]
            lines.append(Line("linear", growing, "#9a9a9a", True))
        panels.append(Panel(title, "events", lines))
    return {"growth.svg": draw(panels, "Feature build as the data grow: both axes logarithmic")}


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """Slope of the logarithm of y over that of x by least squares: 1 is linear growth.

    >>> round(exponent([(1, 3.0), (4, 12.0), (16, 48.0)]), 6)
    1.0
    """
    xs, ys = ([math.log(point[i]) for point in points] for i in (0, 1))
    return statistics.linear_regression(xs, ys).slope


def _prepare(folder: Path, customers: int) -> dict[str, int]:
    from benchmarks.features.data import load, uneven, write

    rows = write(folder, uneven(customers, EVENTS, SEED), seed=SEED)
    load(folder, folder / "w.duckdb")
    return rows


def _series(sizes: Sequence[Mapping[str, Any]], name: str, key: str) -> list[tuple[float, float]]:
    """Events and the median of a measure at each size where a contender was measured."""
    return [
        (float(size["rows"]["events"]), float(row[key]["median"]))
        for size in sizes
        for row in size["table"]
        if row["name"] == name
    ]


def _over_linear(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """By how much y grew more than x, from first point to last and over the last step; 1 is linear."""
    (x0, y0), (x1, y1), (x2, y2) = points[0], points[-2], points[-1]
    return (y2 / y0) / (x2 / x0), (y2 / y1) / (x2 / x1)


def _growth(sizes: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| contender | data × | CPU × | over linear | exponent of CPU | last step over linear | memory × |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in (OURS, OURS_MANY, SQL, PANDAS):
        cpu, memory = _series(sizes, name, "cpu_seconds"), _series(sizes, name, "peak_bytes")
        if len(cpu) < 2:
            continue
        data, work = cpu[-1][0] / cpu[0][0], cpu[-1][1] / cpu[0][1]
        whole, step = _over_linear(cpu)
        lines.append(
            f"| {name} | {data:.1f} | {work:.1f} | {whole - 1:+.0%} | {exponent(cpu):.2f} "
            f"| {step - 1:+.0%} | {memory[-1][1] / memory[0][1]:.1f} |"
        )
    return "\n".join(lines) + "\n"


def _targets(largest: Mapping[str, Any], sizes: Sequence[Mapping[str, Any]]) -> str:
    at = next((size for size in sizes if size["customers"] == TARGET_SCALE), None)
    lines = []
    if at is None:
        lines.append(
            f"- The targets are stated for {TARGET_SCALE:,} customers, which were not measured here."
        )
    else:
        row = {one["name"]: one for one in at["table"]}
        cpu = {name: one["cpu_seconds"]["median"] for name, one in row.items()}
        peak = {name: one["peak_bytes"]["median"] for name, one in row.items()}
        lines.append(_target("one date, CPU over SQL by hand", cpu[OURS] / cpu[SQL], 1.1))
        lines.append(_target("one date, peak memory over SQL by hand", peak[OURS] / peak[SQL], 1.5))
        if PANDAS in cpu:
            lines.append(_target("pandas over Retinue, CPU", cpu[PANDAS] / cpu[OURS], 2.5, least=True))
        lines.append(_target("twelve dates over one, CPU", cpu[OURS_MANY] / cpu[OURS], 6.0))
        lines.append(_target("twelve dates, peak memory in GB", peak[OURS_MANY] / 1e9, 2.0))
    over = _over_linear(_series(sizes, OURS, "cpu_seconds"))
    lines.append(_target("growth of CPU over linear, the worse of all steps and the last", max(over), 1.15))
    most = max(one["peak_bytes"]["median"] for one in largest["table"] if one["name"] in (OURS, OURS_MANY))
    lines.append(_target("peak memory at the largest size in GB", most / 1e9, 4.0))
    return "\n".join(lines) + "\n"


def _target(what: str, value: float, limit: float, *, least: bool = False) -> str:
    met = value >= limit if least else value <= limit
    return (
        f"- {what}: {value:.2f} (target {'≥' if least else '≤'} {limit:g}): {'met' if met else '**missed**'}."
    )
