"""BG/NBD and MBG/NBD: published numbers, gradients, recovery, invariances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import betaln, hyp2f1

from retinue.clv import BGNBD, MBGNBD
from retinue.clv.beta_geometric import BetaGeometricNBD
from retinue.clv.groups import group_purchases
from retinue.errors import DataError, NotEnoughData

FAMILIES: list[type[BetaGeometricNBD]] = [BGNBD, MBGNBD]
CDNOW = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.mark.data
def test_bg_nbd_gives_the_published_cdnow_numbers(cdnow_weeks: pd.DataFrame) -> None:
    model = BGNBD.fit(cdnow_weeks["frequency"], cdnow_weeks["recency"], cdnow_weeks["T"])
    rounded = {name: round(value, 3) for name, value in model.parameters.items()}
    # The publication's alpha of 4.414 is 4.41353 to more digits; 4.414 and 4.4135 round alike.
    assert rounded == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert model.verdict == "converged"
    assert model.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(1.226, abs=5e-4)


@pytest.mark.data
def test_mbg_nbd_fits_cdnow_at_least_as_well(cdnow_weeks: pd.DataFrame) -> None:
    model = MBGNBD.fit(cdnow_weeks["frequency"], cdnow_weeks["recency"], cdnow_weeks["T"])
    assert model.verdict == "converged"
    assert model.log_likelihood == pytest.approx(-9582.13, abs=0.05)
    assert model.p_alive([0], [0.0], [38.86])[0] == pytest.approx(0.39, abs=0.01)


def test_forecast_equals_the_closed_form() -> None:
    """E[Y(t)] as printed in Fader, Hardie & Lee (2005), equation 10."""
    r, alpha, a, b = CDNOW.r, CDNOW.alpha, CDNOW.a, CDNOW.b
    for x, t_x, T, t in [(2, 30.43, 38.86, 39.0), (0, 0.0, 12.0, 5.0), (7, 20.0, 21.0, 100.0)]:
        body = ((alpha + T) / (alpha + T + t)) ** (r + x)
        body *= hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
        closed = (a + b + x - 1) / (a - 1) * (1 - body)
        if x:
            closed /= 1 + a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x)
        assert CDNOW.expected_purchases(t, [x], [t_x], [T])[0] == pytest.approx(closed, rel=1e-9)


@example(r=1.0, alpha=1.0, a=1.0, b=1.0, x=96, T=1.0, t=325.0, family=BGNBD)
@example(r=1.0, alpha=1.0, a=6.0, b=1.0, x=10, T=14.0, t=822.0, family=MBGNBD)
@settings(max_examples=40)
@given(
    r=st.floats(0.05, 20),
    alpha=st.floats(0.5, 300),
    a=st.floats(0.05, 10),
    b=st.floats(0.2, 300),
    x=st.integers(0, 400),
    T=st.floats(1, 2000),
    t=st.floats(1, 1500),
    family=st.sampled_from(FAMILIES),
)
def test_future_equals_direct_integration(
    r: float, alpha: float, a: float, b: float, x: int, T: float, t: float, family: type[BetaGeometricNBD]
) -> None:
    model = family(r, alpha, a, b)
    future = model.future(np.array([float(x)]), np.array([T]), (t / 2, t), pairs=True)
    s, tau = r + x, t / (alpha + T)
    shape = (a, b + x + model.first_purchase_counts)
    # In the log odds of p the integrand is smooth and falls off at both ends, where equal steps are exact.
    odds = np.linspace(-740, 740, 300_001)
    log_p, log_q = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    p = np.exp(log_p)
    mean = np.where(p * tau < 1e-12, s * tau, -np.expm1(-s * np.log1p(p * tau)) / np.maximum(p, 1e-300))
    weight = np.exp(shape[0] * log_p + shape[1] * log_q - betaln(*shape))
    numeric = float((mean * weight).sum() * (odds[1] - odds[0]))
    assert future.expected[1][0] == pytest.approx(numeric, rel=2e-4)
    # Where everybody is near certain to leave, the mean is reached early, and more time adds no digit to it.
    assert 0 < future.expected[0][0] <= future.expected[1][0] < s * tau * (1 + 1e-12)
    assert future.pairs is not None
    assert future.pairs[0] >= 0
    assert 0 <= future.none[0] <= 1
    # Whoever buys at all buys at least once.
    assert future.expected[1][0] >= (1 - future.none[0]) * (1 - 1e-9)


def test_large_histories_stay_finite() -> None:
    x = np.array([0.0, 1.0, 500.0, 5_000.0, 100_000.0])
    T = np.array([1.0, 2.0, 700.0, 6_000.0, 110_000.0])
    model = MBGNBD(r=0.5, alpha=3.0, a=0.3, b=2.0)
    expected = model.expected_purchases(730.0, x, T * 0.9, T)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert np.isfinite(model.p_alive(x, T * 0.001, T)).all()


@settings(max_examples=60)
@given(
    theta=st.lists(st.floats(-2.5, 2.5), min_size=4, max_size=4),
    seed=st.integers(0, 10_000),
    family=st.sampled_from(FAMILIES),
)
def test_gradient_equals_finite_differences(
    theta: list[float], seed: int, family: type[BetaGeometricNBD]
) -> None:
    draw = np.random.default_rng(seed)
    x = draw.poisson(2.0, 30).astype(float)
    T = draw.uniform(1, 50, 30)
    groups = group_purchases(x, np.where(x > 0, T * draw.uniform(0, 1, 30), 0.0), T)
    point = np.array(theta)
    _, gradient = family.objective(point, groups)
    each = [float((groups.share * part).sum()) for part in family.scores(point, groups)]
    assert each == pytest.approx(gradient.tolist(), rel=1e-9, abs=1e-11)
    for i in range(4):
        step = np.zeros(4)
        step[i] = 1e-5
        up, down = family.objective(point + step, groups)[0], family.objective(point - step, groups)[0]
        assert gradient[i] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_recovers_the_parameters_it_was_simulated_with(
    family: type[BetaGeometricNBD], simulate: Callable[..., pd.DataFrame]
) -> None:
    truth = {"r": 2.0, "alpha": 60.0, "a": 0.8, "b": 4.0}
    frame = simulate(6000, 5, **truth, first_counts=family is MBGNBD)
    model = family.fit(*_columns(frame))
    assert model.verdict == "converged"
    assert model.r / model.alpha == pytest.approx(2.0 / 60.0, rel=0.08)
    assert model.a / (model.a + model.b) == pytest.approx(0.8 / 4.8, rel=0.12)
    assert model.r == pytest.approx(2.0, rel=0.15)
    alive = model.p_alive(*_columns(frame))
    assert alive.mean() == pytest.approx(frame["alive"].mean(), abs=0.03)


def test_grouping_and_order_change_nothing(buyers: pd.DataFrame) -> None:
    x, t_x, T = _columns(buyers)
    model = MBGNBD.fit(x, t_x, T)
    shuffled = np.random.default_rng(1).permutation(len(x))
    assert MBGNBD.fit(x[shuffled], t_x[shuffled], T[shuffled]) == model
    groups = group_purchases(x, t_x, T)
    again = MBGNBD.fit(groups.x, groups.t_x, groups.T, groups.weight)
    assert again == model
    ungrouped = [
        float(MBGNBD.objective(np.zeros(4), group_purchases([a], [b], [c]))[0])
        for a, b, c in zip(x, t_x, T, strict=True)
    ]
    assert MBGNBD.objective(np.zeros(4), groups)[0] == pytest.approx(np.mean(ungrouped), rel=1e-12)


def test_a_change_of_the_unit_of_time_only_scales_alpha(buyers: pd.DataFrame) -> None:
    x, t_x, T = _columns(buyers)
    days, weeks = MBGNBD.fit(x, t_x, T), MBGNBD.fit(x, t_x / 7, T / 7)
    assert weeks.alpha * 7 == pytest.approx(days.alpha, rel=1e-6)
    assert [weeks.r, weeks.a, weeks.b] == pytest.approx([days.r, days.a, days.b], rel=1e-6)
    assert weeks.expected_purchases(10, x, t_x / 7, T / 7) == pytest.approx(
        days.expected_purchases(70, x, t_x, T), rel=1e-6
    )


def test_doubling_every_customer_doubles_the_likelihood_and_nothing_else(buyers: pd.DataFrame) -> None:
    x, t_x, T = _columns(buyers)
    once, twice = MBGNBD.fit(x, t_x, T), MBGNBD.fit(x, t_x, T, np.full(len(x), 2.0))
    assert once.log_likelihood is not None
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-12)
    assert list(twice.parameters.values()) == pytest.approx(list(once.parameters.values()), rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("x", [0, 1, 5])
def test_silence_never_raises_the_chance_of_being_alive(family: type[BetaGeometricNBD], x: int) -> None:
    T = np.arange(30.0, 400.0)
    alive = family(0.5, 20.0, 0.9, 2.0).p_alive(np.full_like(T, x), np.full_like(T, 30.0 if x else 0.0), T)
    assert ((alive > 0) & (alive <= 1)).all()
    if family is BGNBD and x == 0:
        assert (alive == 1).all()
    else:
        assert (np.diff(alive) < 0).all()


def test_impossible_histories_are_named() -> None:
    with pytest.raises(DataError, match="impossible") as caught:
        group_purchases([0, 1], [0.0, 50.0], [10.0, 40.0])
    assert "row 1" in caught.value.where
    for x, t_x, T in [([-1], [0], [1]), ([0.5], [0], [1]), ([0], [1], [2]), ([1], [float("nan")], [2])]:
        with pytest.raises(DataError):
            group_purchases(x, t_x, T)


def test_without_repeat_purchases_there_is_no_fit() -> None:
    with pytest.raises(NotEnoughData):
        MBGNBD.fit([0] * 500, [0.0] * 500, np.linspace(1, 300, 500))
    with pytest.raises(NotEnoughData):
        BGNBD.fit([], [], [])


def test_a_world_without_dropout_is_said_to_lie_on_the_boundary() -> None:
    draw = np.random.default_rng(3)
    T = np.full(2000, 300.0)
    rate = draw.gamma(2.0, 1 / 60.0, 2000)
    x = draw.poisson(rate * T)
    last = np.array([draw.uniform(0, 300, n).max() if n else 0.0 for n in x])
    model = MBGNBD.fit(x, last, T)
    assert model.verdict == "boundary"
    assert model.r / model.alpha == pytest.approx(2.0 / 60.0, rel=0.05)
    assert model.expected_purchases(300, x, last, T).sum() == pytest.approx(x.sum(), rel=0.05)


def _columns(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = ("repeat_purchase_days", "purchase_span_days", "purchase_age_days")
    first, second, third = (frame[name].to_numpy(dtype=float) for name in names)
    return first, second, third
