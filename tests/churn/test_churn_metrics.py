"""Measures against scikit-learn and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, precision_score, recall_score, roc_auc_score

from retinue.churn.evaluate import compare
from retinue.churn.metrics import Scored, bootstrap_weights, share_interval


def rows(seed, count=300):
    generator = np.random.default_rng(seed)
    p = np.round(generator.uniform(0.01, 0.99, count), 2)
    y = (generator.random(count) < p).astype(float)
    y[:2] = [0, 1]
    return p, y, generator


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.booleans())
def test_equal_to_scikit_learn_with_ties_and_weights(seed, weighted):
    p, y, generator = rows(seed)
    w = generator.integers(0, 4, len(p)).astype(float) if weighted else np.ones(len(p))
    w[:2] = 1
    scored, weights = Scored(p, y), w[None, :]
    assert scored.auc(weights)[0] == pytest.approx(roc_auc_score(y, p, sample_weight=w))
    assert scored.log_loss(weights)[0] == pytest.approx(log_loss(y, p, sample_weight=w))
    assert scored.brier(weights)[0] == pytest.approx(brier_score_loss(y, p, sample_weight=w))
    above = p > 0.4
    assert scored.precision(weights, 0.4)[0] == pytest.approx(precision_score(y, above, sample_weight=w))
    assert scored.recall(weights, 0.4)[0] == pytest.approx(recall_score(y, above, sample_weight=w))


def test_lift_takes_ties_in_proportion():
    y = np.array([1.0] * 10 + [0.0] * 90)
    ones = np.ones((1, 100))
    assert Scored(np.linspace(1, 0, 100), y).lift(ones)[0] == pytest.approx(10.0)
    assert Scored(np.full(100, 0.3), y).lift(ones)[0] == pytest.approx(1.0)


def test_calibration_error_is_the_mean_gap_over_the_bins():
    y = np.array([0.0] * 50 + [1.0] * 50)
    p = np.array([0.1] * 50 + [0.7] * 50)
    scored = Scored(p, y)
    assert scored.calibration_error(np.ones((1, 100)))[0] == pytest.approx(0.2)
    assert [(b["predicted"], b["observed"], b["rows"]) for b in scored.curve()] == [
        (0.1, 0.0, 50),
        (0.7, 1.0, 50),
    ]


def test_the_best_threshold_has_the_best_f1():
    p, y, _ = rows(3)
    scored = Scored(p, y)

    def f1(threshold):
        hit = y[p > threshold].sum()
        return 2 * hit / ((p > threshold).sum() + y.sum())

    best = scored.best_threshold()
    assert f1(best) == pytest.approx(max(f1(t) for t in np.linspace(0, 0.99, 400)))


def test_nobody_above_the_threshold_is_no_number():
    p, y, _ = rows(4)
    assert np.isnan(Scored(p, y).precision(np.ones((1, len(p))), 0.999)[0])


def test_the_bootstrap_draws_whole_customers_in_any_chunks():
    groups = np.repeat(np.arange(40), 3)
    one = np.concatenate(list(bootstrap_weights(groups, replicates=30, seed=5)))
    many = np.concatenate(list(bootstrap_weights(groups, replicates=30, seed=5, cells=500)))
    assert one.shape == many.shape == (30, 120)
    assert (one == many).all()
    assert (one.sum(axis=1) == 120).all()
    assert (one.reshape(30, 40, 3).min(axis=2) == one.reshape(30, 40, 3).max(axis=2)).all()


def test_wilson_stays_within_0_and_1():
    low, high = share_interval(0, 5)
    assert low == 0.0
    assert 0 < high < 1
    assert share_interval(5, 5)[1] == 1.0


def test_an_interval_holds_its_value_also_where_draws_are_worse_than_the_customers_themselves() -> None:
    left = range(2, 22, 2)  # of forty in each of ten groups, and exactly as many are predicted to
    y = np.concatenate([np.repeat([1.0, 0.0], [many, 40 - many]) for many in left])
    p = np.repeat([many / 40 for many in left], 40)
    found, _ = compare({"model": p}, y, np.arange(400), {}, seed=1)
    error = found["model"]["calibration_error"]
    assert (error.value, error.low) == (0.0, 0.0), "no draw is calibrated as well"
    assert error.high is not None
    assert error.high > 0.03
