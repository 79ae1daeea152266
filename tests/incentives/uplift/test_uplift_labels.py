"""Labels are said only where they are sure, and doses never fall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from retinue.errors import DataError, UsageError
from retinue.incentives.pooling import pooled
from retinue.incentives.uplift import Effects, label, monotone_effects
from retinue.incentives.uplift.labels import LABELS


def test_probabilities_are_those_of_the_normal_and_sum_to_one():
    rng = np.random.default_rng(0)
    effect, error = rng.normal(0, 0.1, (50, 2)), rng.uniform(0.01, 0.1, (50, 2))
    risk = rng.random(50)
    found = label(Effects(effect, error), risk, risk_error=0.1, least_effect=0.02)
    little = norm.cdf(0.02, effect, error) - norm.cdf(-0.02, effect, error)
    leaves = norm.sf(0.5, risk, 0.1)[:, None]
    expected = [
        norm.sf(0.02, effect, error),
        little * (1 - leaves),
        little * leaves,
        norm.cdf(-0.02, effect, error),
    ]
    np.testing.assert_allclose(found.probability, np.stack(expected, axis=-1), atol=1e-12)
    best = found.probability.max(axis=-1)
    assert ((found.label == "unknown") == (best < 0.8)).all()
    assert (found.label[best >= 0.8] == np.array(LABELS)[found.probability.argmax(-1)][best >= 0.8]).all()
    assert (found.sleeping_dogs == (found.label == "sleeping dog")).all()


def test_in_a_known_world_a_label_is_right_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 0.08, (4_000, 1))  # a flat enough prior for the normal to be the posterior
    error = np.full((4_000, 1), 0.02)
    found = label(Effects(truth + error * rng.normal(size=truth.shape), error), np.full(4_000, 0.2))
    for name, is_so in (("persuadable", truth > 0.01), ("sleeping dog", truth < -0.01)):
        assert is_so[found.label == name].mean() > 0.9
    assert (found.label == "unknown").mean() > 0.1


def test_an_effect_that_is_not_known_has_no_label():
    found = label(Effects(np.zeros((1, 1)), np.full((1, 1), 1.0)), [0.9])
    assert found.label.tolist() == [["unknown"]]
    sure = label(Effects(np.zeros((1, 1)), np.zeros((1, 1))), [0.9])
    assert sure.label.tolist() == [["lost cause"]]


def test_wrong_questions_are_refused():
    effects = Effects(np.zeros((2, 1)), np.ones((2, 1)))
    with pytest.raises(DataError, match="2 probabilities"):
        label(effects, [0.1])
    with pytest.raises(UsageError, match="one half"):
        label(effects, [0.1, 0.2], sure=0.4)
    with pytest.raises(UsageError, match="twice"):
        monotone_effects(effects, [[0, 0]])
    with pytest.raises(UsageError, match="confidence"):
        effects.interval(1.0)
    with pytest.raises(UsageError, match="n x k"):
        Effects(np.zeros(2), np.zeros(2))


numbers = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 100)), min_size=1, max_size=6)


@given(numbers)
def test_pooling_is_that_of_adjacent_violators(pairs):
    values, weights = (np.array(column) for column in zip(*pairs, strict=True))
    blocks = []
    for value, weight in pairs:
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, wa, na), (b, wb, nb) = blocks[-2:]
            blocks[-2:] = [[(a * wa + b * wb) / (wa + wb), wa + wb, na + nb]]
    literal = [value for value, _, count in blocks for _ in range(count)]
    np.testing.assert_allclose(pooled(values[None], weights[None])[0], literal, rtol=1e-9, atol=1e-9)


def test_doses_do_not_fall_and_other_offers_stay():
    rng = np.random.default_rng(2)
    effects = Effects(rng.normal(size=(200, 5)), rng.uniform(0.5, 2, (200, 5)))
    found = monotone_effects(effects, [[1, 0, 3]])
    assert (np.diff(found.effect[:, [1, 0, 3]], axis=1) >= 0).all()
    assert (found.effect[:, [2, 4]] == effects.effect[:, [2, 4]]).all()
    assert (found.error[:, [2, 4]] == effects.error[:, [2, 4]]).all()
    assert (found.error.min(axis=1) >= effects.error.min(axis=1) - 1e-12).all()
    untouched = (np.diff(effects.effect[:, [1, 0, 3]], axis=1) >= 0).all(axis=1)
    assert (found.error[untouched] == effects.error[untouched]).all()
    assert (monotone_effects(effects, [[1, 0, 3]], from_none=True).effect[:, [0, 1, 3]] >= 0).all()


def test_pooled_doses_are_nearer_to_the_truth():
    rng = np.random.default_rng(3)
    truth = np.array([0.02, 0.04, 0.05, 0.055])
    effects = Effects(truth + 0.03 * rng.normal(size=(500, 4)), np.full((500, 4), 0.03))
    found = monotone_effects(effects, [[0, 1, 2, 3]])
    assert ((found.effect - truth) ** 2).mean() < 0.8 * ((effects.effect - truth) ** 2).mean()
    low, high = found.interval()
    assert ((low <= truth) & (truth <= high)).mean() >= 0.95
