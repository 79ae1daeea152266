"""The linear programme bounds our allocation, and an answer that cannot be right is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.harness import Unequal
from benchmarks.offers import compared, linear_programme, problem

from retinue.incentives.budget import allocate


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
