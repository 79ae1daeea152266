"""Intervals: their literal formula, and how often they miss when one looks once, and every day."""

import math

import numpy as np
import pytest

from retinue.outcomes.confidence import fixed_margin, tuning, units_needed, valid_margin


def test_the_sequence_is_the_published_formula() -> None:
    n, sd, alpha, best = 400.0, 0.7, 0.05, 1000.0
    rho2 = tuning(best, alpha)
    assert float(valid_margin(n, sd, best_at=best)) == pytest.approx(
        sd * math.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * math.log(math.sqrt(n * rho2 + 1) / alpha))
    )
    assert float(fixed_margin(n, sd)) == pytest.approx(1.959964 * sd / 20, rel=1e-6)


@pytest.mark.parametrize("best", [100.0, 2000.0])
def test_the_tuning_makes_it_tightest_where_it_says(best: float) -> None:
    wanted = float(valid_margin(best, 1.0, best_at=best))
    assert all(
        float(valid_margin(best, 1.0, best_at=other)) >= wanted for other in best * np.geomspace(0.2, 5)
    )
    x = tuning(best) * best
    assert x - math.log(x + 1) == pytest.approx(-2 * math.log(0.05))


def test_units_needed_inverts_the_width() -> None:
    for half in (0.5, 0.05, 0.01):
        assert float(valid_margin(units_needed(0.9, half), 0.9)) == pytest.approx(half)
    assert units_needed(1.0, 0.0) == math.inf
    assert units_needed(1.0, 1e-12) == math.inf
    assert math.isinf(float(valid_margin(1, 1.0)))


def test_looked_at_daily_the_sequence_holds_where_the_fixed_interval_fails() -> None:
    """600 sums of independent terms, each looked at after every term from the thirtieth on."""
    rng = np.random.default_rng(5)
    terms = rng.exponential(size=(600, 1500)) - 1.0
    n = np.arange(1, 1501)
    mean = terms.cumsum(axis=1) / n
    sd = np.sqrt(np.maximum((terms**2).cumsum(axis=1) / n - mean**2, 0) * n / np.maximum(n - 1, 1))
    from_on = slice(50, None)
    always = (np.abs(mean) <= valid_margin(n, sd))[:, from_on].all(axis=1)
    once = (np.abs(mean) <= fixed_margin(n, sd))[:, from_on].all(axis=1)
    assert always.mean() >= 0.93
    assert once.mean() < 0.70
