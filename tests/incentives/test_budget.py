"""The budget: never a cent over, near the exact optimum, and explainable customer by customer."""

from decimal import Decimal
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.errors import BudgetError
from retinue.incentives import allocate, choice_at_price, smallest_as_good, to_cents
from retinue.incentives.budget import no_dearer
from retinue.incentives.choose import NO_OFFER


def random_offers(rng, n, k):
    cost = rng.integers(0, 2_000, (n, k)) * rng.integers(0, 2, (n, k))
    net = np.round(rng.normal(5, 20, (n, k)), 2)
    return net, cost.astype(np.int64), rng.random((n, k)) < 0.9


def spent(cost, choice):
    return sum(int(cost[row, column]) for row, column in enumerate(choice.tolist()) if column != NO_OFFER)


def optimum(net, cost, allowed, budget):
    """The exact best by trying everything."""
    options = [
        [(0.0, 0), *((net[r, c], cost[r, c]) for c in range(net.shape[1]) if allowed[r, c])]
        for r in range(len(net))
    ]
    return max(
        sum(value for value, _ in pick)
        for pick in product(*options)
        if sum(price for _, price in pick) <= budget
    )


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 9), st.floats(0, 1.2))
def test_never_a_cent_over_and_never_dearer_than_wanted(seed, n, k, share):
    rng = np.random.default_rng(seed)
    net, cost, allowed = random_offers(rng, n, k)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    budget = int(spent(cost, wanted) * share)
    result = allocate(net, cost, allowed, wanted, budget)
    assert result.spent_cents == spent(cost, result.choice) <= budget
    for row, column in enumerate(result.choice.tolist()):
        if column != NO_OFFER:
            assert allowed[row, column]
            assert net[row, column] > 0
            assert cost[row, column] <= cost[row, wanted[row]]
    changed = (result.choice != wanted).sum()
    assert result.downgraded + result.dropped == changed
    assert result.binding == (spent(cost, wanted) > budget)
    assert result.net_value <= result.bound + 1e-9
    assert 0 <= result.relative_gap <= 1


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 3), st.floats(0, 1))
def test_the_bound_holds_against_the_exact_optimum(seed, n, k, share):
    rng = np.random.default_rng(seed)
    net, cost, allowed = random_offers(rng, n, k)
    wanted = smallest_as_good(net, cost, allowed, 0.0)
    budget = int(spent(cost, wanted) * share)
    result = allocate(net, cost, allowed, wanted, budget)
    best = optimum(net, cost, no_dearer(net, cost, allowed, wanted), budget)
    assert result.net_value <= best + 1e-9
    assert best <= result.bound + 1e-9


def dynamic_optimum(net, cost, allowed, budget):
    """The exact best by dynamic programming over cents."""
    best = np.zeros(budget + 1)
    for row in range(len(net)):
        new = best.copy()
        for column in range(net.shape[1]):
            price = int(cost[row, column])
            if allowed[row, column] and net[row, column] > 0 and price <= budget:
                np.maximum(new[price:], best[: budget + 1 - price] + net[row, column], out=new[price:])
        best = new
    return best.max()


@pytest.mark.parametrize("seed", range(5))
def test_close_to_the_exact_optimum_on_a_few_hundred(seed):
    rng = np.random.default_rng(seed)
    net, cost, allowed = random_offers(rng, 300, 5)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    budget = spent(cost, wanted) // 4
    result = allocate(net, cost, allowed, wanted, budget)
    best = dynamic_optimum(net, cost, no_dearer(net, cost, allowed, wanted), budget)
    assert result.net_value <= best + 1e-6
    assert result.net_value >= best * 0.999
    assert result.gap >= best - result.net_value - 1e-6


@pytest.mark.parametrize("n", [20_000, 60_000])  # above 40,000 the first guess comes from a part of them
def test_the_shadow_price_is_what_one_more_euro_earns(n):
    rng = np.random.default_rng(3)
    cost = rng.integers(100, 3_000, (n, 4))
    net = cost / 100 * rng.lognormal(0, 1, (n, 4)) - cost / 200
    allowed = net > 0
    wanted = smallest_as_good(net, cost, allowed, 0.0)
    budget = spent(cost, wanted) // 3
    here = allocate(net, cost, allowed, wanted, budget)
    more = allocate(net, cost, allowed, wanted, budget + 10_000)
    earned = (more.net_value - here.net_value) / 100
    assert here.shadow_price == pytest.approx(earned, rel=0.05)
    assert here.relative_gap < 1e-5


def test_no_limit_and_enough_money_leave_every_wish():
    net, cost = np.array([[5.0, 9.0], [4.0, -1.0]]), np.array([[100, 300], [200, 100]])
    allowed = np.ones((2, 2), dtype=bool)
    wanted = np.array([1, 0])
    for budget in (None, 500):
        result = allocate(net, cost, allowed, wanted, budget)
        assert result.choice.tolist() == [1, 0]
        assert (result.shadow_price, result.binding, result.gap) == (0.0, False, 0.0)


def test_budget_zero_means_no_paid_offer_but_free_ones_stay():
    net, cost = np.array([[5.0, 9.0], [4.0, 7.0]]), np.array([[0, 300], [200, 100]])
    result = allocate(net, cost, np.ones((2, 2), dtype=bool), np.array([1, 1]), 0)
    assert result.choice.tolist() == [0, NO_OFFER]
    assert result.spent_cents == 0
    assert (result.downgraded, result.dropped) == (1, 1)
    assert result.shadow_price >= 7.0  # 7 for the one euro the best of them costs


def test_the_remainder_goes_to_the_best_that_still_fits():
    net = np.array([[100.0], [60.0], [10.0]])
    cost = np.array([[1000], [1000], [500]])
    result = allocate(net, cost, np.ones((3, 1), dtype=bool), np.zeros(3, dtype=np.intp), 1600)
    assert result.choice.tolist() == [0, NO_OFFER, 0]
    assert result.filled.tolist() == [False, False, True]


def test_equal_customers_are_cut_deterministically_and_within_the_budget():
    n = 100
    net, cost = np.full((n, 1), 10.0), np.full((n, 1), 300)
    result = allocate(net, cost, np.ones((n, 1), dtype=bool), np.zeros(n, dtype=np.intp), 10_000)
    assert (result.choice == 0).sum() == 33
    assert (result.choice[:33] == 0).all()


def test_an_empty_catalogue_or_nobody():
    none = np.zeros((3, 0))
    result = allocate(
        none, none.astype(np.int64), none.astype(bool), np.full(3, NO_OFFER, dtype=np.intp), 100
    )
    assert result.spent_cents == 0
    assert result.relative_gap == 0.0
    assert choice_at_price(none, none.astype(np.int64), none.astype(bool), 1.0).tolist() == [NO_OFFER] * 3


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_each_customer_can_be_replayed_from_the_price_alone(seed, n):
    rng = np.random.default_rng(seed)
    net, cost, allowed = random_offers(rng, n, 4)
    wanted = smallest_as_good(net, cost, allowed, 0.02)
    result = allocate(net, cost, allowed, wanted, spent(cost, wanted) // 2)
    if not result.binding:
        return
    for row in np.flatnonzero(~result.filled).tolist():
        one = slice(row, row + 1)
        may = no_dearer(net[one], cost[one], allowed[one], wanted[one])
        assert choice_at_price(net[one], cost[one], may, result.shadow_price)[0] == result.choice[row]


def test_budgets_are_read_to_the_cent():
    assert to_cents(Decimal("0")) == 0
    assert to_cents(Decimal("12.349")) == 1234
    for bad in ("-1", "NaN", "Infinity"):
        with pytest.raises(BudgetError, match="cannot be kept"):
            to_cents(Decimal(bad))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_prices_that_tie_to_the_last_bit_stay_within_the_budget(seed):
    """Many offers on one line through the origin: any rounding of the charged value changes the choice."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 500, (60, 5))
    net = cost / 100 * (1 / 3)
    allowed = np.ones(net.shape, dtype=bool)
    wanted = smallest_as_good(net, cost, allowed, 0.0)
    budget = spent(cost, wanted) // 2
    result = allocate(net, cost, allowed, wanted, budget)
    assert spent(cost, result.choice) <= budget


def test_a_price_that_rounding_left_too_low_is_raised_until_the_budget_holds(monkeypatch):
    import retinue.incentives.budget as module

    n = 100
    net, cost = np.full((n, 1), 10.0), np.full((n, 1), 300)
    price = 10.0 / 3.0
    monkeypatch.setattr(module, "_price", lambda *_: price * (1 - 2.0**-39))
    result = module.allocate(net, cost, np.ones((n, 1), dtype=bool), np.zeros(n, dtype=np.intp), 10_000)
    assert result.spent_cents == 9_900
    assert result.shadow_price >= price * (1 - 2.0**-50)


@pytest.mark.parametrize("worth", [1e-6, 1.0, 1e6])
def test_a_first_guess_from_customers_unlike_the_rest_does_no_harm(worth):
    """Every second customer is guessed from; they alone are worth far less, as much, or far more."""
    n = 40_000
    rng = np.random.default_rng(5)
    cost = rng.integers(100, 3_000, (n, 2))
    net = rng.lognormal(3, 1, (n, 2))
    net[::2] *= worth
    allowed = np.ones(net.shape, dtype=bool)
    wanted = smallest_as_good(net, cost, allowed, 0.0)
    budget = spent(cost, wanted) // 5
    result = allocate(net, cost, allowed, wanted, budget)
    assert spent(cost, result.choice) <= budget
    assert result.relative_gap < 1e-5
