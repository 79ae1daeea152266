"""The linear programme bounds our allocation, and an answer that cannot be right is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.harness import Unequal
from benchmarks.offers import compared, linear_programme, problem, section, several

from retinue.incentives.budget import allocate
from retinue.incentives.rationing import allocate_within


def test_the_programme_and_the_allocation_agree() -> None:
    given = problem(400, seed=5)
    optimum = linear_programme(given)()
    allocation = allocate(given.net, given.cost_cents, given.allowed, given.wanted, given.budget_cents)
    assert allocation.binding
    assert 0 <= compared(allocation, optimum, given.budget_cents) < 1e-4


def test_impossible_answers_are_refused() -> None:
    given = problem(400, seed=5)
    optimum = linear_programme(given)()
    allocation = allocate(given.net, given.cost_cents, given.allowed, given.wanted, given.budget_cents)
    for wrong, words in (
        (replace(allocation, spent_cents=given.budget_cents + 1), "1 cents too much"),
        (replace(allocation, net_value=optimum * 1.001), "more than the optimum"),
        (replace(allocation, net_value=optimum * 0.999), "below the optimum"),
        (replace(allocation, bound=optimum * 0.999), "lies below"),
    ):
        with pytest.raises(Unequal, match=words):
            compared(wrong, optimum, given.budget_cents)


def test_every_one_of_several_limits_binds_and_is_told() -> None:
    given = problem(10_000, seed=5)
    limited = several(given)
    allocation = allocate_within(
        given.net,
        given.cost_cents,
        given.allowed,
        given.wanted,
        limited.limits,
        tiers=limited.tiers,
        reviewed=limited.reviewed,
    )
    prices = allocation.prices
    of_tiers = [prices.of_tier(name) for name in limited.limits.tier_cents]
    assert min(prices.total, *of_tiers, prices.review, prices.treated) > 0
    assert allocation.relative_gap < 1e-3
    seconds = {"median": 3.0, "low": 2.9, "high": 3.1}
    row = {"name": "Retinue", "cpu_seconds": seconds, "wall_seconds": seconds}
    found = {"customers": 2, "gap": 0.0, "rows": [row], "large": {"customers": 3, "gap": 0.0, **row}}
    assert "all of which bind" not in section(found)
    told = section({**found, "limited": {"customers": 4, "gap": 2e-5, **row}})
    assert "3.000 (2.900–3.100) CPU seconds, at most 2.0e-05 below" in told
