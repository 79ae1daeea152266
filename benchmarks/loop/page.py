"""What the loop earned, as a page and a plot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from statistics import mean, stdev
from typing import Any

__all__ = ["page", "plot"]

Year = Mapping[str, Any]
QUARTER = 13
_T = {1: 12.71, 2: 4.30, 3: 3.18, 4: 2.78, 5: 2.57, 6: 2.45, 7: 2.36, 8: 2.31, 9: 2.26}
WORLDS = {
    "nothing works": "A world in which nothing works",
    "weak effects": "A world in which an offer that suffices helps less than half as much",
    "other offers": "A world in which discounts hardly work, and points, bundles and credit do",
    "sleeping dogs": "A world with twice as many sleeping dogs",
    "the best offer changes": "A world in which, half-way, discounts stop working and points, bundles and "
    "credit begin to",
}
"""Worlds in which only some policies live, in words."""
INTRODUCTION = """\
# The loop, in a world that knows the truth

Written by `make bench-loop` (`python -m benchmarks.loop`), not by hand. A simulated subscription
business lives through twelve months of weekly campaigns, once under each policy, from the same present.
Every policy sees the same churn score (trees on what a business sees, learned from the two years before,
which hold no offers), the same value of a customer (15 months of their price), obeys the same budget a
week and the same gap of 13 weeks between two offers to one customer. Nobody has any evidence about
offers at the start.

**Net value** is the true expected value of what was done: for each offer, the expected payments of the
next 24 months with it minus without it, minus its cost, by the world's own laws (Monte Carlo). It has
far less noise than what happened to happen; *realised* is what was collected in the year less the cost,
beside "nobody". Retinue runs with the product's defaults: its catalogue's prior, 5 % exploration,
caution 0.5 and a holdout of a tenth that gets nothing, whose loss is in its figures. It may act above a
risk of 15 %. The *observer* knows every law of the world but sees only the data; the *informed* also
sees each customer's state; the *clairvoyant* each person's response. Its response model takes no account
of who has survived so far, so a learner could beat it.
"""


def page(years: Sequence[Year], order: Sequence[str]) -> str:
    """Markdown of all that is there."""
    parts = [INTRODUCTION]
    for customers, budget in sorted({(y["customers"], y["budget"]) for y in years}):
        chosen = [y for y in years if (y["customers"], y["budget"]) == (customers, budget)]
        parts.append(f"## {customers:,} customers, {budget:,.0f} EUR a week\n")
        parts.append(_default([y for y in chosen if y["world"] == "default"], order))
        for world in dict.fromkeys([*WORLDS, *(y["world"] for y in chosen)]):
            years_there = [y for y in chosen if y["world"] == world]
            if world != "default" and years_there:
                parts.append(_other(world, years_there, order))
    parts.append("![net value by week](loop.svg)\n")
    return "\n".join(part for part in parts if part)


def _default(years: Sequence[Year], order: Sequence[str]) -> str:
    found = _by_policy(years)
    if not found:
        return ""
    lines = [
        f"{len({y['seed'] for y in years})} worlds; intervals are 95 % over worlds (Student's t).\n",
        "| policy | net value, year | last quarter | share of the observer: year | last quarter | spend "
        "| offers | sleeping dogs | realised over nobody | worlds worse than nobody |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    nobody = {y["seed"]: y["realised"] for y in found.get("nobody", [])}
    observer = {y["seed"]: y for y in found.get("observer", [])}
    for name in order:
        own = found.get(name, [])
        if not own or name == "nobody":
            continue
        total = [sum(y["expected"]) for y in own]
        last = [sum(y["expected"][-QUARTER:]) for y in own]
        shares = [
            [f(y) / f(observer[y["seed"]]) for y in own if y["seed"] in observer]
            for f in (lambda y: sum(y["expected"]), lambda y: sum(y["expected"][-QUARTER:]))
        ]
        real = [y["realised"] - nobody[y["seed"]] for y in own if y["seed"] in nobody]
        dogs, offers = sum(sum(y["dogs"]) for y in own), sum(sum(y["offers"]) for y in own)
        lines.append(
            f"| {name} | {_money(total)} | {_money(last)} | {_share(shares[0])} | {_share(shares[1])} | "
            f"{_money([sum(y['spend']) for y in own])} | {offers / len(own):,.0f} | "
            f"{dogs / max(offers, 1):.0%} | {_money(real)} | {sum(t < 0 for t in total)} of {len(total)} |"
        )
    return "\n".join(lines) + "\n"


def _other(world: str, years: Sequence[Year], order: Sequence[str]) -> str:
    """A world in which only some policies live: by quarter, so that learning and fading out are seen."""
    found = _by_policy(years)
    lines = [
        f"### {WORLDS.get(world, world)}\n",
        f"{len({y['seed'] for y in years})} worlds.\n",
        "| policy | net value, year | by quarter | share of the observer: year | last quarter "
        "| spend by quarter |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    observer = {y["seed"]: y for y in found.get("observer", []) if sum(y["expected"]) > 0}
    for name in order:
        own = found.get(name, [])
        if not own or name == "nobody":
            continue
        shares = [
            [f(y) / f(observer[y["seed"]]) for y in own if y["seed"] in observer]
            for f in (lambda y: sum(y["expected"]), lambda y: sum(y["expected"][-QUARTER:]))
        ]
        lines.append(
            f"| {name} | {_money([sum(y['expected']) for y in own])} | {_quarters(own, 'expected')} | "
            f"{_share(shares[0])} | {_share(shares[1])} | {_quarters(own, 'spend')} |"
        )
    return "\n".join(lines) + "\n"


def _quarters(years: Sequence[Year], what: str) -> str:
    parts = [mean(sum(y[what][q : q + QUARTER]) for y in years) for q in range(0, 52, QUARTER)]
    return " → ".join(f"{part:,.0f}" for part in parts)


def _by_policy(years: Sequence[Year]) -> dict[str, list[Year]]:
    found: dict[str, list[Year]] = {}
    for year in years:
        found.setdefault(year["policy"], []).append(year)
    return found


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval; NaN of a single value."""
    if len(values) < 2:
        return (values[0] if values else math.nan), math.nan
    return mean(values), _T.get(len(values) - 1, 2.0) * stdev(values) / math.sqrt(len(values))


def _money(values: Sequence[float]) -> str:
    middle, half = _interval(values)
    return f"{middle:,.0f}" + ("" if math.isnan(half) else f" ± {half:,.0f}")


def _share(values: Sequence[float]) -> str:
    middle, half = _interval(values)
    if math.isnan(middle):
        return "–"
    return f"{middle:.0%}" + ("" if math.isnan(half) else f" ± {half:.0%}")


COLOURS = {
    "Retinue": "#0b6e4f",
    "observer": "#555555",
    "everybody at risk, 20 %": "#c1666b",
    "riskiest first, 10 %": "#d4a017",
    "formula, fixed lifts": "#4a6fa5",
    "uplift targeting, greedy": "#8e6c8a",
}


def plot(years: Sequence[Year], order: Sequence[str]) -> str:
    """Cumulated net value by week, averaged over the worlds with most years, as SVG."""
    sizes = [y["customers"] for y in years if y["world"] == "default"]
    most = max(set(sizes), key=sizes.count) if sizes else 0
    found = _by_policy([y for y in years if y["world"] == "default" and y["customers"] == most])
    curves: dict[str, list[float]] = {}
    for name in order:
        if name in COLOURS and name in found:
            total, curve = 0.0, []
            for week in range(52):
                total += mean(y["expected"][week] for y in found[name])
                curve.append(total)
            curves[name] = curve
    low = min([0.0, *(v for c in curves.values() for v in c)])
    high = max([1.0, *(v for c in curves.values() for v in c)])
    width, height, left, top = 760, 380, 70, 40

    def at(week: int, value: float) -> str:
        x = left + week / 51 * (width - left - 190)
        y = top + (high - value) / (high - low) * (height - top - 40)
        return f"{x:.1f},{y:.1f}"

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="20" font-size="14">Net value since the start, EUR, {most:,} customers</text>',
    ]
    for value in (low, 0.0, high / 2, high):
        x, y = at(0, value).split(",")
        lines.append(f'<line x1="{x}" y1="{y}" x2="{width - 190}" y2="{y}" stroke="#e4e4e4"/>')
        lines.append(f'<text x="{left - 6}" y="{y}" text-anchor="end">{value / 1000:,.0f} k</text>')
    taken: list[float] = []
    for name, curve in sorted(curves.items(), key=lambda item: -item[1][-1]):
        points = " ".join(at(week, value) for week, value in enumerate(curve))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        x, y = at(51, curve[-1]).split(",")
        place = float(y)
        while any(abs(place - other) < 14 for other in taken):
            place += 14
        taken.append(place)
        lines.append(
            f'<text x="{float(x) + 6}" y="{place + 4:.1f}" fill="{COLOURS[name]}">{escape(name)}</text>'
        )
    for week in (0, 13, 26, 39, 51):
        x = at(week, low).split(",")[0]
        lines.append(f'<text x="{x}" y="{height - 12}" text-anchor="middle">week {week + 1}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"
