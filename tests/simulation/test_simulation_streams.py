"""The draws: uniform, independent of company, and poisson counts with the right distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from retinue.simulation.streams import Draws, Stream, keys_for, poisson


def test_uniforms_pass_a_test_of_uniformity_and_are_uncorrelated() -> None:
    draws = Draws(keys_for(7, np.arange(50_000)))
    first, second, other = (
        draws.uniform(Stream.HEALTH, 1),
        draws.uniform(Stream.HEALTH, 2),
        draws.uniform(Stream.SLUMP, 1),
    )
    for sample in (first, second, other):
        assert stats.kstest(sample, "uniform").pvalue > 0.001
        assert sample.min() > 0
        assert sample.max() < 1
    assert np.abs(np.corrcoef([first, second, other]) - np.eye(3)).max() < 0.02
    neighbours = np.corrcoef(first[:-1], first[1:])[0, 1]
    assert abs(neighbours) < 0.02


def test_a_customer_draws_alone_what_it_draws_in_company() -> None:
    together = Draws(keys_for(7, np.arange(100))).uniform(Stream.VOLUNTARY, 55)
    alone = Draws(keys_for(7, np.array([41]))).uniform(Stream.VOLUNTARY, 55)
    assert together[41] == alone[0]


def test_imagined_futures_differ_from_what_happens() -> None:
    keys = keys_for(7, np.arange(1_000))
    assert not np.any(Draws(keys).bits(Stream.HEALTH, 3) == Draws(keys, salt=1).bits(Stream.HEALTH, 3))


@pytest.mark.parametrize("rate", [0.05, 1.0, 7.5, 39.0])
def test_poisson_inversion_equals_the_quantile_function(rate: float) -> None:
    uniform = np.linspace(0.0005, 0.9995, 997)
    expected = stats.poisson.ppf(uniform, rate).astype(int)
    assert poisson(uniform, np.full(997, rate)).tolist() == expected.tolist()


def test_poisson_at_large_rates_has_mean_and_variance() -> None:
    uniform = Draws(keys_for(1, np.arange(200_000))).uniform(Stream.USE)
    counts = poisson(uniform, np.full(200_000, 120.0))
    assert counts.mean() == pytest.approx(120, rel=0.002)
    assert counts.var() == pytest.approx(120, rel=0.02)
