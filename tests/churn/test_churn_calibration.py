"""Calibration: rising, never certain, and right on average; and the curve of time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from retinue.churn.calibration import Calibration, fit_calibration
from retinue.churn.metrics import Scored
from retinue.churn.timing import LONGEST, Timing, fit_timing


def drawn(rows, seed, slope=2.0, intercept=-1.0):
    """Scores that are too flat by `slope`, and outcomes."""
    generator = np.random.default_rng(seed)
    raw = generator.normal(size=rows)
    truth = expit(intercept + slope * raw)
    return raw, (generator.random(rows) < truth).astype(float), truth


@pytest.mark.parametrize(("rows", "method"), [(60, "none"), (600, "platt"), (6000, "isotonic")])
def test_the_method_follows_the_size(rows, method):
    raw, outcome, _ = drawn(rows, 1)
    if method == "none":
        outcome[np.flatnonzero(outcome)[15:]] = 0
    fitted = fit_calibration(raw, outcome)
    assert fitted.method == method
    assert fitted.why


@settings(max_examples=40)
@given(st.integers(5, 4000), st.integers(0, 10**6), st.sampled_from([-2.0, 0.0, 0.5, 3.0]), st.floats(-4, 4))
def test_rising_and_never_certain(rows, seed, slope, intercept):
    """Whatever was drawn: useless scores, scores turned upside down, one class only, ties."""
    raw, outcome, _ = drawn(rows, seed, slope, intercept)
    raw = np.round(raw, 1)
    fitted = fit_calibration(raw, outcome)
    grid = np.linspace(-8, 8, 4001)
    p = fitted.probability(grid)
    assert (p > 0).all()
    assert (p < 1).all()
    assert (np.diff(p) >= 0).all()
    inner = (p > 1e-6) & (p < 1 - 1e-6)
    assert (np.diff(p[inner]) > 0).all()


def test_perfectly_separated_scores_stay_uncertain():
    raw = np.concatenate([np.full(800, -1.0), np.full(800, 1.0)]) + np.arange(1600) * 1e-6
    p = fit_calibration(raw, (raw > 0).astype(float)).probability(raw)
    assert 0 < p.min() < p.max() < 1


@pytest.mark.parametrize("rows", [1200, 20_000])
def test_probabilities_come_near_the_truth(rows):
    raw, outcome, _ = drawn(rows, 2)
    fitted = fit_calibration(raw, outcome)
    fresh, fresh_outcome, truth = drawn(50_000, 3)
    p = fitted.probability(fresh)
    assert np.abs(p - truth).mean() < 0.02
    ones = np.ones((1, len(p)))
    flat = Scored(expit(fresh), fresh_outcome).calibration_error(ones)[0]
    assert Scored(p, fresh_outcome).calibration_error(ones)[0] < min(0.02, flat / 3)


def test_alone_or_among_others_gives_the_same_bits():
    raw, outcome, _ = drawn(6000, 4)
    fitted = fit_calibration(raw, outcome)
    whole = fitted.probability(raw)
    alone = np.array([fitted.probability(raw[i : i + 1])[0] for i in range(500)])
    assert (whole[:500] == alone).all()
    assert (Calibration.from_dict(fitted.as_dict()).probability(raw) == whole).all()


def test_the_time_shortens_with_the_risk_and_passes_through_the_window():
    p = np.linspace(0.0005, 0.9995, 500)
    days = Timing(90.0, 1.7, "given").days(p)
    assert (np.diff(days) <= 0).all()
    assert days.max() == LONGEST or days.max() < LONGEST
    assert Timing(90.0, 1.7, "given").days(np.array([0.5]))[0] == pytest.approx(90.0)
    assert np.isfinite(Timing(90.0, 1.7, "given").days(np.array([1e-6, 1 - 1e-6]))).all()


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.5])
def test_the_shape_is_recovered(shape):
    generator = np.random.default_rng(5)
    p = generator.uniform(0.05, 0.95, 20_000)
    scale = 90 * (-np.log1p(-p)) ** (-1 / shape)
    true = scale * generator.exponential(size=len(p)) ** (1 / shape)
    fitted = fit_timing(p, np.minimum(true, 90.0), (true <= 90).astype(float), window=90.0)
    assert fitted.shape == pytest.approx(shape, rel=0.05)


def test_without_durations_the_hazard_is_constant():
    fitted = fit_timing(np.full(50, 0.3), np.full(50, np.nan), np.full(50, np.nan), window=30.0)
    assert fitted.shape == 1.0
    assert "constant" in fitted.why
