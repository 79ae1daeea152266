"""Gamma-Gamma: published numbers, gradient, shrinkage, independence."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.clv import GammaGamma, purchase_histories
from retinue.clv.gamma_gamma import spend_data
from retinue.clv.independence import independence
from retinue.errors import DataError, NotEnoughData


@pytest.mark.data
def test_published_cdnow_numbers_from_the_raw_sample(cdnow: pd.DataFrame) -> None:
    """Purchases of one day are one purchase, the first day is left out: the paper's 946 repeat buyers."""
    frame = purchase_histories(cdnow, datetime(1997, 9, 30, tzinfo=UTC))
    repeat = frame[frame["repeat_purchase_days"] > 0]
    assert len(frame) == 2357
    assert len(repeat) == 946
    model = GammaGamma.fit(repeat["repeat_purchase_days"], repeat["mean_repeat_value"])
    assert {name: round(value, 2) for name, value in model.parameters.items()} == {
        "p": 6.25,
        "q": 3.74,
        "v": 15.44,
    }
    assert model.verdict == "converged"
    relation = independence(repeat["repeat_purchase_days"], repeat["mean_repeat_value"])
    assert relation["pearson"] == pytest.approx(0.1139, abs=1e-3)


@settings(max_examples=40)
@given(theta=st.lists(st.floats(-1.5, 3), min_size=3, max_size=3), seed=st.integers(0, 10_000))
def test_gradient_equals_finite_differences(theta: list[float], seed: int) -> None:
    draw = np.random.default_rng(seed)
    data = spend_data(draw.integers(0, 6, 25), draw.gamma(3.0, 10.0, 25) + 0.01)
    point = np.array(theta)
    _, gradient = GammaGamma.objective(point, data)
    each = [float((data.share * part).sum()) for part in GammaGamma.scores(point, data)]
    assert each == pytest.approx(gradient.tolist(), rel=1e-9, abs=1e-11)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5
        up, down = GammaGamma.objective(point + step, data)[0], GammaGamma.objective(point - step, data)[0]
        assert gradient[i] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-7)


def test_recovers_the_parameters_it_was_simulated_with() -> None:
    draw = np.random.default_rng(8)
    x = draw.integers(1, 12, 20_000)
    m = draw.gamma(6.0 * x, 1.0 / (draw.gamma(4.0, 1 / 15.0, 20_000) * x))
    model = GammaGamma.fit(x, m)
    assert model.verdict == "converged"
    assert model.q == pytest.approx(4.0, rel=0.05)
    assert model.population_mean == pytest.approx(6.0 * 15.0 / 3.0, rel=0.03)
    assert model.p * model.v == pytest.approx(90.0, rel=0.08)


def test_a_change_of_currency_only_scales_v() -> None:
    draw = np.random.default_rng(9)
    x = draw.integers(1, 8, 2000)
    m = draw.gamma(5.0 * x, 1.0 / (draw.gamma(4.0, 1 / 15.0, 2000) * x))
    one, hundred = GammaGamma.fit(x, m), GammaGamma.fit(x, m * 100)
    assert hundred.v == pytest.approx(one.v * 100, rel=1e-6)
    assert [hundred.p, hundred.q] == pytest.approx([one.p, one.q], rel=1e-6)


def test_expected_value_lies_between_own_mean_and_population_mean() -> None:
    model = GammaGamma(p=6.25, q=3.74, v=15.44)
    own, everyone = 100.0, model.population_mean
    x = np.arange(0, 50)
    value = model.mean_value(x, np.full(50, own))
    assert value[0] == pytest.approx(everyone)
    assert (np.diff(value) > 0).all()
    assert (value < own).all()
    assert model.mean_value([0], [float("nan")])[0] == pytest.approx(everyone)
    assert (model.mean_square(x, np.full(50, own)) > value * value).all()


def test_bad_amounts_and_no_spread() -> None:
    with pytest.raises(DataError):
        GammaGamma.fit([1, 2], [10.0, -1.0])
    with pytest.raises(NotEnoughData):
        GammaGamma.fit([1, 2, 3], [10.0, 10.0, 10.0])
    with pytest.raises(NotEnoughData):
        GammaGamma.fit([0, 0], [10.0, 12.0])


def test_dependence_is_reported() -> None:
    x = np.arange(1, 200)
    assert "understated" in str(independence(x, x * 1.0)["note"])
    assert "overstated" in str(independence(x, 300.0 - x)["note"])
    assert independence([3], [1.0])["pearson"] == 0.0
