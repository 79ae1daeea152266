"""Action probabilities and the draw that realises them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.incentives import draw, probabilities, uniforms
from retinue.incentives.choose import NO_OFFER


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 9), st.floats(0, 0.5), st.floats(0, 0.5))
def test_probabilities_sum_to_one_and_reach_only_what_may_happen(seed, n, k, share, exploration):
    rng = np.random.default_rng(seed)
    weights = np.where(rng.random((n, k)) < 0.6, rng.random((n, k)), 0.0)
    chosen = rng.integers(-1, k, n) if k else np.full(n, NO_OFFER)
    carried = rng.random((n, k)) < 0.7
    vector = probabilities(chosen, weights, holdout_share=share, exploration=exploration, carried=carried)
    assert np.abs(vector.sum(axis=1) - 1).max() <= 1e-12
    assert (vector >= 0).all()
    tried = draw(weights, rng.random(n), exploration=exploration)
    for row, column in enumerate(chosen.tolist()):
        offer = tried[row]
        if offer != NO_OFFER:
            assert weights[row, offer] > 0
            assert (vector[row, 1 + offer] > 0) == (carried[row, offer] or offer == column)
        possible = (weights[row] > 0) & carried[row] & (exploration > 0)
        chance = exploration * weights[row][possible].sum() / max(weights[row].sum(), 1e-300)
        if column != NO_OFFER:
            possible[column] = True
            assert vector[row, 0] == share
            assert vector[row, 1 + column] >= (1 - share) * (1 - chance) - 1e-12
        else:
            assert vector[row, 0] == pytest.approx(1 - (1 - share) * chance)
        assert (vector[row, 1:][~possible] == 0).all()


def test_the_frequency_of_the_draw_is_the_probability():
    """80,000 customers of one kind: each action within five standard errors, the holdout included."""
    n, share, exploration = 80_000, 0.1, 0.2
    ids = [f"customer-{i}" for i in range(n)]
    weights = np.tile([0.5, 0.0, 2.0, 1.0], (n, 1))
    carried = np.tile([True, True, True, False], (n, 1))
    vector = probabilities(
        np.array([2]), weights[:1], holdout_share=share, exploration=exploration, carried=carried[:1]
    )[0]
    tried = draw(weights, uniforms("draws", ids), exploration=exploration)
    offer = np.where((tried < 0) | (tried == 3), 2, tried)
    action = np.where(uniforms("holdout", ids) < share, -1, offer) + 1
    seen = np.bincount(action, minlength=5) / n
    assert np.abs(seen - vector).max() < 5 * np.sqrt(0.25 / n)
    assert seen[2] == vector[2] == seen[4] == vector[4] == 0


@pytest.mark.parametrize("exploration", [0.05, 0.5])
def test_the_ends_of_the_unit_interval(exploration):
    even = np.ones((1, 3))
    ends = [np.nextafter(1.0, 0.0), 0.0, 1.0 - exploration]
    tried = [draw(even, np.array([at]), exploration=exploration).tolist() for at in ends]
    assert tried == [[2], [NO_OFFER], [0]]


def test_without_exploration_nobody_tries():
    top = np.array([np.nextafter(1.0, 0.0)])
    assert draw(np.array([[1.0, 1.0]]), top, exploration=0.0).tolist() == [NO_OFFER]


def test_uniforms_are_uniform_and_depend_on_salt_and_key_alone():
    from scipy.stats import kstest

    ids = [f"C{i}" for i in range(20_000)]
    values = uniforms("salt", ids)
    assert kstest(values, "uniform").pvalue > 0.001
    assert uniforms("salt", reversed(ids)).tolist() == values[::-1].tolist()
    assert abs(np.corrcoef(values, uniforms("pepper", ids))[0, 1]) < 0.03
    assert uniforms("salt", []).shape == (0,)
    assert uniforms("a", ["b"]) != uniforms("ab", [""])


def test_lazy_names_of_the_package():
    import retinue.incentives as package

    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = package.nonsense
