"""The numbers are the textbook's and Evidently's, and the noise level is what chance does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial import distance

from retinue.errors import DataError
from retinue.monitoring import compare, compare_as_evidently
from retinue.monitoring.divergence import (
    expected_psi,
    filled_pooled,
    jensen_shannon,
    kl_divergence,
    noise_level,
    psi,
)

counts = arrays(np.int64, 6, elements=st.integers(0, 1000)).filter(lambda found: found.sum() > 0)


@settings(max_examples=60)
@given(counts, counts)
def test_psi_is_the_sum_of_both_divergences_and_js_is_scipys(before: np.ndarray, now: np.ndarray) -> None:
    used = (before + now) > 0
    r, c = filled_pooled(before[used], now[used])
    assert r.sum() == pytest.approx(1)
    assert (r > 0).all()
    assert psi(r, c) == pytest.approx(kl_divergence(r, c) + kl_divergence(c, r), abs=1e-12)
    assert kl_divergence(r, c) == pytest.approx(stats.entropy(r, c), abs=1e-12)
    shares = before / before.sum(), now / now.sum()
    assert jensen_shannon(*shares) == pytest.approx(np.nan_to_num(distance.jensenshannon(*shares)), abs=1e-7)


def literal(reference: pd.Series, current: pd.Series) -> tuple[float, float, float]:
    """What Evidently 0.7.23 computes, written down from its source with pandas, NumPy and SciPy."""
    reference = reference.replace([-np.inf, np.inf], np.nan).dropna()
    current = current.replace([-np.inf, np.inf], np.nan).dropna()
    if pd.api.types.is_numeric_dtype(reference) and reference.nunique() > 20:
        bins = np.histogram_bin_edges(pd.concat([reference, current]).to_numpy(), bins="sturges")
        r = np.histogram(reference, bins)[0] / len(reference)
        c = np.histogram(current, bins)[0] / len(current)
    else:
        keys = list(set(reference.unique()) | set(current.unique()))
        r = reference.value_counts().reindex(keys, fill_value=0).to_numpy() / len(reference)
        c = current.value_counts().reindex(keys, fill_value=0).to_numpy() / len(current)
    js = float(distance.jensenshannon(r, c))
    for side in (r, c):
        least = min(side[side != 0])
        np.place(side, side == 0, least / 10**6 if least <= 0.0001 else 0.0001)
    return float(np.sum((r - c) * np.log(r / c))), float(stats.entropy(r, c)), js


def features(seed: int, rows: int, shift: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    tail = rng.lognormal(shift, 1.5, rows)
    tail[rng.random(rows) < 0.2] = np.nan
    tail[:2] = np.inf, -np.inf
    return pd.DataFrame(
        {
            "normal": rng.normal(shift, 1, rows),
            "tail": tail,
            "few": rng.poisson(2 + shift, rows).astype(float),
            "count": rng.negative_binomial(2, 0.05, rows),
            "flag": rng.random(rows) < 0.3,
            "plan": rng.choice(["basic", "pro", "team"][: 2 + (shift > 0)], rows),
            "wide": np.where(rng.random(rows) < shift / 10, 1e6, rng.normal(size=rows)),
            "now_many": rng.integers(0, 500 if shift else 15, rows).astype(float),
        }
    )


@pytest.mark.parametrize("rows", [(700, 500), (20_000, 30_000)])
def test_evidentlys_numbers_come_out(rows: tuple[int, int]) -> None:
    before, now = features(1, rows[0], 0.0), features(2, rows[1], 0.4)
    found = compare_as_evidently(before, now)
    assert list(found) == list(before.columns)
    for name, one in found.items():
        expected = literal(before[name], now[name])
        assert (one.psi, one.kl, one.js) == pytest.approx(expected, abs=1e-12), name


def test_a_feature_without_values_is_an_error_as_with_evidently() -> None:
    with pytest.raises(DataError, match="'x'"):
        compare_as_evidently({"x": np.full(5, np.nan)}, {"x": np.arange(5.0)})
    with pytest.raises(DataError, match="'x'"):
        compare_as_evidently({"x": np.arange(50.0)}, {"x": np.full(5, np.inf)})


@pytest.mark.parametrize(("n", "m"), [(2000, 500), (5000, 60), (400, 4000)])
def test_without_a_change_psi_is_what_chance_makes_it(n: int, m: int) -> None:
    rng = np.random.default_rng(n + m)
    draws = 400
    before = {f"x{i}": rng.lognormal(size=n) for i in range(draws)}
    now = {f"x{i}": rng.lognormal(size=m) for i in range(draws)}
    found = compare(before, now).features
    values = np.array([one.psi for one in found])
    assert values.mean() == pytest.approx(expected_psi(10, n, m), rel=0.15)
    above = np.mean(values > noise_level(0.05, 10, n, m))
    assert above == pytest.approx(0.05, abs=0.035)
    assert all(one.verdict in ("stable", "unclear") for one in found)


@pytest.mark.parametrize("rows", [1, 5, 20, 50, 200, 1000])
def test_a_small_sample_raises_no_false_alarm(rows: int) -> None:
    rng = np.random.default_rng(rows)
    alarms = 0
    for _ in range(10):
        before = {f"x{i}": draw(rng, 3000) for i, draw in enumerate(DRAWS * 6)}
        now = {f"x{i}": draw(rng, rows) for i, draw in enumerate(DRAWS * 6)}
        alarms += bool(compare(before, now).drifted)
    assert alarms <= 1


DRAWS = [
    lambda rng, rows: rng.normal(size=rows),
    lambda rng, rows: rng.poisson(0.05, rows).astype(float),
    lambda rng, rows: rng.poisson(4, rows).astype(float),
    lambda rng, rows: rng.lognormal(2, 2, rows) * (rng.random(rows) < 0.1),
    lambda rng, rows: np.where(rng.random(rows) < 0.01, np.nan, rng.exponential(size=rows)),
]
