"""Analytic gradients against central finite differences where rounding and overflow would show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln

from retinue.clv import BGNBD, MBGNBD, GammaGamma, ShiftedBetaGeometric
from retinue.clv.beta_geometric import BetaGeometricNBD
from retinue.clv.gamma_gamma import spend_data
from retinue.clv.groups import group_purchases
from retinue.clv.maximise import Floats, Objective
from retinue.clv.shifted_beta_geometric import renewal_data

EXTREME = {
    "ordinary": (0.24, 4.4, 0.79, 2.43),
    "everybody alike": (5_000.0, 20_000.0, 1.0, 3.0),
    "no one leaves": (0.5, 10.0, 2e-4, 9_000.0),
    "everyone leaves at once": (0.5, 10.0, 8_000.0, 2e-4),
    "most never buy": (2e-4, 1e-3, 0.5, 0.5),
    "all parameters large": (8_000.0, 9e4, 7_000.0, 6_000.0),
}


def _equal_to_differences(objective: Objective, theta: Floats, largest: float = 1e4) -> None:
    """`largest` is the largest argument of the gamma function, whose rounding the differences magnify."""
    value, gradient = objective(theta)
    assert np.isfinite(value)
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = 1e-4
        # Four points: the error of the rule is then far below that of rounding.
        near = objective(theta + step)[0] - objective(theta - step)[0]
        far = objective(theta + 2 * step)[0] - objective(theta - 2 * step)[0]
        slope = (8.0 * near - far) / 12e-4
        rounding = 1e-11 * abs(value) + 1e-11 * float(gammaln(largest))
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=rounding)


@pytest.mark.parametrize("family", [BGNBD, MBGNBD])
@pytest.mark.parametrize("point", EXTREME)
def test_purchases(family: type[BetaGeometricNBD], point: str) -> None:
    x = np.array([0, 0, 1, 1, 2, 7, 50, 1_000, 10_000.0])
    T = np.array([0, 700, 5, 700, 30.5, 90, 400, 700, 730.0])
    t_x = np.array([0, 0, 0, 1, 30.5, 10.25, 399, 2, 729.0])
    groups = group_purchases(x, t_x, T, np.arange(1.0, 10.0))
    theta = np.log(EXTREME[point])
    _equal_to_differences(lambda at: family.objective(at, groups), theta)
    average = [float((groups.share * part).sum()) for part in family.scores(theta, groups)]
    assert average == pytest.approx(family.objective(theta, groups)[1].tolist(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    "point", [(6.25, 3.74, 15.44), (5e-2, 1.06, 1e9), (9_000.0, 8_000.0, 1e-3), (1.0, 9_000.0, 1e15)]
)
def test_amounts(point: tuple[float, float, float]) -> None:
    data = spend_data([1, 1, 2, 30, 10_000], [1e-2, 1e12, 30.0, 29.99, 5.0], [1, 2, 3, 4, 5])
    theta = np.log(point)
    _equal_to_differences(lambda at: GammaGamma.objective(at, data), theta, largest=point[0] * 10_000)
    average = [float((data.share * part).sum()) for part in GammaGamma.scores(theta, data)]
    assert average == pytest.approx(GammaGamma.objective(theta, data)[1].tolist(), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("point", [(0.668, 3.806), (2e-4, 2e-4), (9_000.0, 9e5), (2e-4, 9e5)])
def test_contracts(point: tuple[float, float]) -> None:
    data = renewal_data([1, 1, 2, 36, 1_000], [0, 1, 5, 600])
    _equal_to_differences(lambda at: ShiftedBetaGeometric.objective(at, data), np.log(point), largest=1e6)
