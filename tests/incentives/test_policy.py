"""Action probabilities and the draw that realises them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.incentives import draw, probabilities, uniforms
from retinue.incentives.choose import NO_OFFER


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 9), st.floats(0, 0.5), st.floats(0, 0.5))
def test_probabilities_sum_to_one_and_reach_only_what_may_be_drawn(seed, n, k, share, exploration):
    rng = np.random.default_rng(seed)
    weights = np.where(rng.random((n, k)) < 0.6, rng.random((n, k)), 0.0)
    chosen = rng.integers(-1, k, n) if k else np.full(n, NO_OFFER)
    vector = probabilities(chosen, weights, holdout_share=share, exploration=exploration)
    assert np.abs(vector.sum(axis=1) - 1).max() <= 1e-12
    assert (vector >= 0).all()
    drawn = draw(chosen, weights, rng.random(n), exploration=exploration)
    for row, column in enumerate(chosen.tolist()):
        offer, some = drawn.offer[row], weights[row].any()
        assert drawn.explored[row] == (offer != column)
        if offer != NO_OFFER:
            assert vector[row, 1 + offer] > 0
        forbidden = weights[row] == 0
        if column != NO_OFFER:
            forbidden[column] = False
            assert vector[row, 0] == share
            assert vector[row, 1 + column] >= (1 - share) * (1 - exploration) - 1e-12
        elif some:
            assert vector[row, 0] == pytest.approx(1 - (1 - share) * exploration)
        else:
            assert vector[row].tolist() == [1.0] + [0.0] * k
            assert offer == NO_OFFER
        assert (vector[row, 1:][forbidden] == 0).all()


def test_the_frequency_of_the_draw_is_the_probability():
    """80,000 customers of one kind: each action within five standard errors, the holdout included."""
    n, share, exploration = 80_000, 0.1, 0.2
    ids = [f"customer-{i}" for i in range(n)]
    explorable = np.tile([0.5, 0.0, 2.0, 1.0], (n, 1))
    chosen = np.full(n, 2)
    vector = probabilities(chosen[:1], explorable[:1], holdout_share=share, exploration=exploration)[0]
    offer = draw(chosen, explorable, uniforms("draws", ids), exploration=exploration).offer
    action = np.where(uniforms("holdout", ids) < share, -1, offer) + 1
    seen = np.bincount(action, minlength=5) / n
    assert np.abs(seen - vector).max() < 5 * np.sqrt(0.25 / n)
    assert seen[2] == vector[2] == 0


@pytest.mark.parametrize("exploration", [0.05, 0.5])
def test_the_ends_of_the_unit_interval(exploration):
    explorable = np.ones((1, 3))
    almost_one = np.array([np.nextafter(1.0, 0.0)])
    assert draw(np.array([1]), explorable, almost_one, exploration=exploration).offer.tolist() == [2]
    assert draw(np.array([1]), explorable, np.array([0.0]), exploration=exploration).offer.tolist() == [1]
    edge = np.array([1.0 - exploration])
    assert draw(np.array([1]), explorable, edge, exploration=exploration).offer.tolist() == [0]


def test_without_exploration_the_choice_is_always_made():
    offer = draw(np.array([1]), np.array([[True, True]]), np.array([np.nextafter(1.0, 0.0)]), exploration=0.0)
    assert offer.offer.tolist() == [1]


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
