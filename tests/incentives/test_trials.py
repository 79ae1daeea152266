"""What trials may cost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retinue.incentives.trials import carried, trial_price


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 8), st.floats(0, 1.2), st.booleans())
def test_the_price_is_the_least_that_keeps_within_the_limit(seed, n, k, part, happened):
    rng = np.random.default_rng(seed)
    value = rng.normal(20, 30, (n, k))
    cost = rng.integers(0, 4, (n, k)) * 700
    chance = (rng.random((n, k)) < 0.5).astype(float)
    if not happened:
        chance *= rng.random((n, k)) * 0.1
    whole = float((np.where(value > 0, cost, 0) * chance).sum())
    limit = part * whole
    price = trial_price(value, cost, chance, limit)
    chosen = carried(value, cost, price)
    assert (np.where(chosen, cost, 0) * chance).sum() <= limit + 1e-6
    assert not chosen[value <= 0].any()
    assert chosen[(value > 0) & (cost == 0)].all()
    ratio = np.where(cost > 0, value / np.maximum(cost, 1), np.inf)
    if price > 0:
        more = (value > 0) & (ratio >= price)
        assert (np.where(more, cost, 0) * chance).sum() > limit


def test_nothing_is_carried_without_money_but_what_is_free():
    value, cost = np.array([[5.0, 1.0]]), np.array([[300, 0]])
    price = trial_price(value, cost, np.ones((1, 2)), 0)
    assert carried(value, cost, price).tolist() == [[False, True]]


def test_a_limit_that_is_met_to_a_hair_has_no_price() -> None:
    chance = np.full(112, 0.1)
    limit = float(chance.cumsum()[-1])
    assert chance.sum() != limit, "added up in another order it is another number"
    ones = np.ones(112, dtype=np.int64)
    assert trial_price(ones * 5.0, ones, chance, limit) == 0.0
