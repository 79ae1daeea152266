"""Effects with known answers: literal formulas, coverage over many small experiments, bandits, clusters."""

import numpy as np
import pytest

from retinue.outcomes.adjustment import cross_fitted, design, predicted
from retinue.outcomes.aipw import contrast, estimate_of, scores
from retinue.outcomes.confidence import BEST_AT, valid_margin

EFFECT = 0.05


def experiment(seed: int, n: int, h: float = 0.1, effect: float = EFFECT):
    """Retention around 0.75 that depends on a known risk; treated with probability 1 - h."""
    rng = np.random.default_rng(seed)
    risk = rng.random(n)
    treated = rng.random(n) >= h
    retained = (rng.random(n) < 0.9 - 0.4 * risk + effect * treated).astype(float)
    return risk[:, None], treated, retained, np.full(n, 1 - h), np.full(n, h)


def test_terms_are_the_published_ones() -> None:
    rng = np.random.default_rng(1)
    y, drawn, p, m = rng.random(9), rng.random(9) < 0.5, rng.uniform(0.2, 0.9, 9), rng.random(9)
    literal = [m[i] + (drawn[i] / p[i]) * (y[i] - m[i]) for i in range(9)]
    assert np.allclose(scores(y, drawn, p, m), literal)


def test_clusters_are_summed_before_the_variance_is_taken() -> None:
    terms = np.random.default_rng(2).normal(size=60)
    once = estimate_of(terms)
    twice = estimate_of(np.repeat(terms, 2), clusters=np.repeat(np.arange(60), 2))
    assert twice.units == 60
    assert (twice.value, twice.sd, twice.low) == pytest.approx((once.value, once.sd, once.low))
    assert estimate_of(np.repeat(terms, 2)).sd < estimate_of(np.repeat(terms, 2)).sd * np.sqrt(2)
    assert once.always_high - once.value == pytest.approx(float(valid_margin(60, once.sd, best_at=BEST_AT)))


def test_a_guess_never_sees_its_own_row() -> None:
    y = np.arange(20.0)
    arm, folds = np.ones(20, dtype=bool), np.arange(20) % 5
    guess = cross_fitted(y, arm, design(None, 20), folds)
    assert guess[0] == y[folds != 0].mean()
    later = predicted(y, arm, design(None, 20), np.arange(20) // 5, folds)
    assert later[0] == y[1:5].mean()
    assert later[5] == y[:5].mean()
    assert later[19] == y[:15].mean()


def test_missing_covariates_and_few_rows_are_survived() -> None:
    x, treated, y, p, q = experiment(3, 400)
    holes = np.column_stack([np.where(x[:, 0] > 0.7, np.nan, x[:, 0]), np.full(400, np.nan), np.ones(400)])
    assert np.isfinite(contrast(y, treated, ~treated, p, q, covariates=holes).value)
    few = contrast(y[:20], treated[:20], ~treated[:20], p[:20], q[:20], covariates=x[:20])
    assert few.units == 20
    assert np.isnan(estimate_of(np.array([])).value)


def test_fixed_intervals_cover_and_covariates_narrow_them() -> None:
    covered, ratios = [], []
    for seed in range(400):
        x, treated, y, p, q = experiment(seed, 1200)
        found = contrast(y, treated, ~treated, p, q, covariates=x)
        covered.append(found.low <= EFFECT <= found.high)
        ratios.append(found.variance_ratio)
    assert 0.93 <= np.mean(covered) <= 0.98
    assert 0.85 < np.mean(ratios) < 0.97  # var(E[Y|X]) / var(Y) is about 0.07


@pytest.mark.parametrize("effect", [0.0, EFFECT])
def test_looked_at_every_month_only_the_sequence_keeps_its_word(effect: float) -> None:
    always, once = [], []
    for seed in range(250):
        _, treated, y, p, q = experiment(10_000 + seed, 1600, 0.2, effect)
        looks = [contrast(y[:n], treated[:n], ~treated[:n], p[:n], q[:n]) for n in range(200, 1601, 50)]
        always.append(all(e.always_low <= effect <= e.always_high for e in looks))
        once.append(all(e.low <= effect <= e.high for e in looks))
    assert np.mean(always) >= 0.93
    assert np.mean(once) < 0.85


def test_a_bandit_that_learns_does_not_bias_the_estimate() -> None:
    """Each of ten periods draws the arm that looked better so far with 0.9; both arms are alike in truth."""
    covered, values, raw = [], [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        y, arm, chance, period = [], [], [], []
        for now in range(10):
            past, given = np.concatenate(y or [[]]), np.concatenate(arm or [[]]).astype(bool)
            better = now > 0 and past[given].mean() > past[~given].mean()
            p = 0.5 if now == 0 else 0.9 if better else 0.1
            drawn = rng.random(80) < p
            arm.append(drawn)
            y.append((rng.random(80) < 0.6).astype(float))
            chance.append(np.full(80, p))
            period.append(np.full(80, now))
        outcome, drawn, p = np.concatenate(y), np.concatenate(arm).astype(bool), np.concatenate(chance)
        found = contrast(outcome, drawn, ~drawn, p, 1 - p, period=np.concatenate(period))
        covered.append(found.low <= 0 <= found.high)
        values.append(found.value)
        raw.append(outcome[drawn].mean() - outcome[~drawn].mean())
    assert np.mean(covered) >= 0.93
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(300)
