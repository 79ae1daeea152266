"""At most one of nine offers for each customer within a budget, beside the linear programme solved by HiGHS.

The programme lets a customer get parts of offers, so its optimum is an upper bound of what any allocation can
earn: ours may not exceed it, and the distance is the price of being whole and fast. Both are timed inside one
process, in turns, because a start-up would outweigh what is measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.harness import Unequal
from benchmarks.plan import Plan

__all__ = ["Problem", "Several", "linear_programme", "measure", "problem", "section", "several"]

SEED = 11
LEAST_GAP = 1e-4
"""How far below the programme's optimum an allocation may be before it counts as another answer."""

BUDGET_SHARE = 0.4
"""Budget as a share of what everybody's best offer would cost: it binds, and many get something cheaper."""

LARGE = 1_000_000
TARGET_SECONDS, TARGET_GAP = 1.0, 1e-5

TEXT = """\
Nine offers (discounts, credits, points) with costs and net values of random customers; the budget is
{share:.0%} of what everybody's best offer would cost. The peer is the linear programme of the same choice,
solved by HiGHS through SciPy (`linprog`, its default method, a sparse matrix of only those offers that pay).
What Retinue's allocation earns may not exceed the programme's optimum, nor may its own bound lie below it.
Timed inside one process, in turns, without building the programme; memory is not compared.
"""
BANDIT = """\
MABWiser is installed beside the peers and not measured yet: Retinue draws from a posterior of the response
(`retinue.incentives.response`), MABWiser from one of a linear reward, which is other work.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Net values and costs of each customer's offers (n x 9), which may be made, and the budget in cents."""

    net: Any
    cost_cents: Any
    allowed: Any
    wanted: Any
    budget_cents: int


def problem(customers: int, seed: int) -> Problem:
    """Random customers with the spread of a real business: revenue, value and churn differ widely."""
    import numpy as np

    from retinue.incentives.budget import no_dearer
    from retinue.incentives.choose import best_offer
    from retinue.incentives.economics import net_values

    draw = np.random.default_rng(seed)
    revenue = draw.lognormal(4.0, 0.8, customers)
    clv = revenue * draw.gamma(4.0, 4.0, customers)
    churn = draw.beta(2.0, 3.0, customers)
    share = np.array([0.15, 0.3, 0.45, 0.6, 0.5, 0.9, 0.2, 0.75, 1.2])  # of a month's revenue
    cost = np.round(revenue[:, None] * share * 100) / 100
    lift = draw.normal(0.05 + 0.25 * np.sqrt(share), 0.05, (customers, len(share))).clip(0)
    net = net_values(clv, churn, lift, cost)
    cost_cents = np.round(cost * 100).astype(np.int64)
    allowed = (net > 0) & (draw.random(net.shape) < 0.9)
    wanted = best_offer(net, allowed)
    rows = np.flatnonzero(wanted >= 0)
    budget = int(BUDGET_SHARE * cost_cents[rows, wanted[rows]].sum())
    return Problem(net, cost_cents, no_dearer(net, cost_cents, allowed, wanted), wanted, budget)


@dataclass(frozen=True, slots=True)
class Several:
    """Limits of every kind on a problem, all of them binding, and what they are counted on."""

    limits: Any
    tiers: Any
    reviewed: Any


def several(given: Problem) -> Several:
    """A total, budgets of two tiers, reviews and treated customers: each a part of what is wanted."""
    import numpy as np

    from retinue.incentives.limits import Limits

    worth = given.net.max(axis=1)
    names = np.array(["Basic", "Standard", "Premium", "Enterprise"], dtype=object)
    tiers = names[np.searchsorted(np.quantile(worth, [0.5, 0.8, 0.95]), worth)]
    reviewed = (worth > np.quantile(worth, 0.9))[:, None] | (given.cost_cents > 25_000)
    rows = np.flatnonzero(given.wanted >= 0)
    columns = given.wanted[rows]
    cents = given.cost_cents[rows, columns]
    limits = Limits(
        total_cents=int(cents.sum() * 3 // 10),
        tier_cents={name: int(cents[tiers[rows] == name].sum() // 4) for name in names[2:]},
        reviews=int(reviewed[rows, columns].sum()) // 5,
        treated=len(rows) // 3,
    )
    return Several(limits, tiers, reviewed)


def linear_programme(given: Problem) -> Callable[[], float]:
    """A function that solves the relaxed choice with HiGHS and returns its optimum."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, vstack

    rows, columns = np.nonzero(given.allowed)
    value = given.net[rows, columns]
    cost = given.cost_cents[rows, columns] / 100.0
    places = np.arange(len(rows))
    one_each = csr_array((np.ones(len(rows)), (rows, places)), shape=(len(given.net), len(rows)))
    matrix = vstack([one_each, csr_array(cost[None, :])], format="csr")
    limits = np.append(np.ones(len(given.net)), given.budget_cents / 100.0)

    def solve() -> float:
        found = linprog(-value, A_ub=matrix, b_ub=limits, bounds=(0, 1), method="highs")
        if not found.success:
            raise Unequal(f"HiGHS found no optimum: {found.message}")
        return -float(found.fun)

    return solve


def measure(plan: Plan, say: Callable[[str], None]) -> dict[str, Any]:
    """Both sides on 20,000 customers, then ours alone on a million."""
    from retinue.incentives.budget import allocate
    from retinue.incentives.rationing import allocate_within

    customers = 500 if plan.quick else 20_000
    given = problem(customers, SEED)
    solve = linear_programme(given)

    def ours() -> Any:
        return allocate(given.net, given.cost_cents, given.allowed, given.wanted, given.budget_cents)

    times: dict[str, list[tuple[float, float]]] = {"Retinue": [], "HiGHS": []}
    gap = 0.0
    for turn in range(plan.repeats):
        allocation, *used = _timed(ours)
        times["Retinue"].append((used[0], used[1]))
        optimum, *used = _timed(solve)
        times["HiGHS"].append((used[0], used[1]))
        gap = compared(allocation, optimum, given.budget_cents)
        both = " beside ".join(_last(found) for found in times.values())
        say(f"{customers:,} customers, run {turn + 1}: {both}")
    large = problem(10_000 if plan.quick else LARGE, SEED)
    alone, gaps = [], []
    for _ in range(plan.repeats):
        allocation, cpu, wall = _timed(
            lambda: allocate(large.net, large.cost_cents, large.allowed, large.wanted, large.budget_cents)
        )
        alone.append((cpu, wall))
        gaps.append(allocation.relative_gap)
    say(f"{len(large.net):,} customers: {_last(alone)}")
    limited = several(large)
    many, gaps_limited = [], []
    for _ in range(plan.repeats):
        allocation, *used = _timed(
            lambda: allocate_within(
                large.net,
                large.cost_cents,
                large.allowed,
                large.wanted,
                limited.limits,
                tiers=limited.tiers,
                reviewed=limited.reviewed,
            )
        )
        many.append((used[0], used[1]))
        gaps_limited.append(allocation.relative_gap)
    say(f"{len(large.net):,} customers under five limits: {_last(many)}")
    return {
        "customers": customers,
        "gap": gap,
        "limited": {"customers": len(large.net), "gap": max(gaps_limited), **_row("Retinue", many)},
        "rows": [_row(name, found) for name, found in times.items()],
        "large": {"customers": len(large.net), "gap": max(gaps), **_row("Retinue", alone)},
    }


def compared(allocation: Any, optimum: float, budget_cents: int) -> float:
    """How far the allocation is below the programme's optimum, as a share; Unequal if that is no answer."""
    if allocation.spent_cents > budget_cents:
        raise Unequal(f"the allocation spends {allocation.spent_cents - budget_cents} cents too much")
    if allocation.net_value > optimum * (1 + 1e-9):
        raise Unequal(f"the allocation earns {allocation.net_value}, more than the optimum {optimum}")
    if allocation.bound < optimum * (1 - 1e-9):
        raise Unequal(f"the bound {allocation.bound} lies below the optimum {optimum}")
    gap = 1.0 - allocation.net_value / optimum
    if gap > LEAST_GAP:
        raise Unequal(f"the allocation is {gap:.2e} below the optimum")
    return float(gap)


def section(found: Mapping[str, Any]) -> str:
    """Time of both, the gap, and the million."""
    reference = found["rows"][-1]["cpu_seconds"]["median"]
    large = found["large"]
    cpu = large["cpu_seconds"]["median"]
    lines = [
        "## Offers within a budget",
        "",
        TEXT.format(share=BUDGET_SHARE),
        f"{found['customers']:,} customers: the allocation earns {found['gap']:.1e} less than the optimum.",
        "",
        "| contender | CPU seconds | × HiGHS | wall seconds |",
        "| --- | --- | --- | --- |",
    ]
    for row in found["rows"]:
        ratio = row["cpu_seconds"]["median"] / reference
        lines.append(
            f"| {row['name']} | {_words(row['cpu_seconds'])} | {ratio:.4f} | {_words(row['wall_seconds'])} |"
        )
    met = cpu <= TARGET_SECONDS and large["gap"] <= TARGET_GAP
    lines += [
        "",
        f"{large['customers']:,} customers, Retinue alone: {_words(large['cpu_seconds'])} CPU seconds, "
        f"at most {large['gap']:.1e} below the best possible by its own bound (target: a million in "
        f"≤ {TARGET_SECONDS:g} CPU-s at ≤ {TARGET_GAP:.0e}: "
        f"{'not measured' if large['customers'] < LARGE else 'met' if met else '**missed**'}).",
        "",
        *_limited(found.get("limited")),
        BANDIT,
    ]
    return "\n".join(lines)


def _limited(found: Mapping[str, Any] | None) -> list[str]:
    """The million under limits of every kind; nothing where that was not measured."""
    if found is None:
        return []
    return [
        f"{found['customers']:,} customers under a total, budgets of two tiers, a number of reviews and a "
        f"number of treated customers, all of which bind: {_words(found['cpu_seconds'])} CPU seconds, at "
        f"most {found['gap']:.1e} below the best possible by its own bound.",
        "",
    ]


def _timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def _row(name: str, times: list[tuple[float, float]]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name}
    for key, values in zip(("cpu_seconds", "wall_seconds"), zip(*times, strict=True), strict=True):
        row[key] = {"median": statistics.median(values), "low": min(values), "high": max(values)}
    return row


def _last(times: list[tuple[float, float]]) -> str:
    return f"{times[-1][0]:.2f} CPU-s"


def _words(found: Mapping[str, float]) -> str:
    return f"{found['median']:.3f} ({found['low']:.3f}–{found['high']:.3f})"
