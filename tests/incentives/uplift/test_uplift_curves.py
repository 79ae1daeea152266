"""Qini, uplift and AUUC equal literal readings of their definitions; their intervals cover."""

from __future__ import annotations

import numpy as np
import pytest

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.incentives.uplift import (
    Ranked,
    auuc,
    band,
    judge_targeting,
    qini_coefficient,
    qini_curve,
    uplift_at,
    uplift_curve,
)


@pytest.fixture(params=[0, 1, 2])
def rows(request):
    """Scores with and without ties, arms of unequal chance, outcomes of 0/1 and money."""
    rng = np.random.default_rng(request.param)
    n = 60
    score = rng.random(n) if request.param == 0 else rng.integers(0, 9, n).astype(float)
    chance = np.full(n, 0.5) if request.param < 2 else rng.uniform(0.2, 0.8, n)
    treated = (rng.random(n) < chance).astype(float)
    outcome = rng.integers(0, 2, n).astype(float) if request.param < 2 else rng.gamma(1.0, 30.0, n)
    return score, treated, outcome, np.where(treated == 1, chance, 1 - chance)


def literal(score, treated, outcome, propensity):
    """Share, Qini and uplift after each distinct score, by the sums of the definition."""
    weight = 1 / propensity
    points = [(0.0, 0.0, 0.0)]
    for cut in sorted(set(score), reverse=True):
        n1 = n0 = r1 = r0 = 0.0
        for s, t, y, w in zip(score, treated, outcome, weight, strict=True):
            if s >= cut:
                n1, n0 = n1 + w * t, n0 + w * (1 - t)
                r1, r0 = r1 + w * t * y, r0 + w * (1 - t) * y
        share = (n1 + n0) / weight.sum()
        controls = r0 * n1 / n0 if n0 else 0.0
        mean1, mean0 = (r1 / n1 if n1 else 0.0), (r0 / n0 if n0 else 0.0)
        points.append((share, (r1 - controls) / (weight * treated).sum(), (mean1 - mean0) * share))
    return np.array(points).T


def trapezium(x, y):
    return sum((b - a) * (u + v) / 2 for a, b, u, v in zip(x, x[1:], y, y[1:], strict=False))


def test_the_curves_are_their_definitions(rows):
    ranked = Ranked.of(*rows[:3], propensity=rows[3])
    share, qini, uplift = literal(*rows)
    np.testing.assert_allclose(qini_curve(ranked), (share, qini))
    np.testing.assert_allclose(uplift_curve(ranked), (share, uplift))
    assert float(qini_coefficient(ranked)) == pytest.approx(trapezium(share, qini) - qini[-1] / 2)
    assert float(auuc(ranked)) == pytest.approx(trapezium(share, uplift))


def test_uplift_at_k_is_the_difference_of_means_of_the_best():
    rng = np.random.default_rng(4)
    score, treated, outcome = rng.random(200), rng.integers(0, 2, 200), rng.random(200)
    best = np.argsort(-score)[:60]
    expected = outcome[best][treated[best] == 1].mean() - outcome[best][treated[best] == 0].mean()
    assert float(uplift_at(Ranked.of(score, treated, outcome), 0.3)) == pytest.approx(expected)


def test_a_tie_counts_in_part_and_a_constant_score_is_random(rows):
    _, treated, outcome, propensity = rows
    ranked = Ranked.of(np.ones(60), treated, outcome, propensity=propensity)
    whole = float(uplift_at(ranked, 1.0))
    assert float(qini_coefficient(ranked)) == pytest.approx(0, abs=1e-12)
    assert float(auuc(ranked)) == pytest.approx(whole / 2)
    assert float(uplift_at(ranked, 0.25)) == pytest.approx(whole)


def test_drawing_a_row_twice_is_having_it_twice(rows):
    counts = np.random.default_rng(1).integers(0, 3, (2, 60))
    ranked = Ranked.of(*rows[:3], propensity=rows[3])
    for measure in (qini_coefficient, auuc, lambda r, c=None: uplift_at(r, 0.4, c)):
        for number, found in zip(counts, measure(ranked, counts), strict=True):
            repeated = [np.repeat(column, number) for column in rows]
            again = measure(Ranked.of(*repeated[:3], propensity=repeated[3]))
            assert float(found) == pytest.approx(float(again))


def test_weights_undo_unequal_arms():
    """Where the better customers were treated more often, only the weighted curve ends at the true effect."""
    rng = np.random.default_rng(3)
    x = rng.random(40_000)
    chance = 0.2 + 0.6 * x
    treated = (rng.random(40_000) < chance).astype(float)
    outcome = (rng.random(40_000) < 0.2 + 0.5 * x + 0.1 * treated).astype(float)
    own = np.where(treated == 1, chance, 1 - chance)
    assert abs(float(uplift_at(Ranked.of(x, treated, outcome), 1.0)) - 0.1) > 0.05
    assert float(uplift_at(Ranked.of(x, treated, outcome, propensity=own), 1.0)) == pytest.approx(
        0.1, abs=0.02
    )


def test_intervals_cover_the_true_coefficient():
    """x is uniform and its effect 0.4 x: the Qini coefficient of the true order is 0.4 / 12."""
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x, t = rng.random(400), rng.integers(0, 2, 400)
        y = (rng.random(400) < 0.3 + 0.4 * x * t).astype(float)
        found = judge_targeting(x, t, y, cross_fitted=False, replicates=200, seed=seed).qini
        hits += found.low <= 0.4 / 12 <= found.high
    assert hits >= 53  # 95 % of 60 is 57; fewer than 53 has a chance below 3 %


def test_scores_out_of_fold_are_judged_with_more_caution():
    rng = np.random.default_rng(9)
    x, t = rng.random(500), rng.integers(0, 2, 500)
    y = (rng.random(500) < 0.3 + 0.4 * x * t).astype(float)
    fixed = judge_targeting(x, t, y, cross_fitted=False, replicates=200)
    folded = judge_targeting(x, t, y, replicates=200)
    assert folded.qini.high - folded.qini.low == pytest.approx(2**0.5 * (fixed.qini.high - fixed.qini.low))
    assert folded.effect == fixed.effect


def test_customers_with_many_rows_widen_the_interval():
    rng = np.random.default_rng(6)
    x, t = rng.random(300), rng.integers(0, 2, 300)
    y = (rng.random(300) < 0.3 + 0.4 * x * t).astype(float)
    x, t, y, who = (np.repeat(column, 5) for column in (x, t, y, np.arange(300)))
    alone = judge_targeting(x, t, y, replicates=200).qini
    together = judge_targeting(x, t, y, clusters=who, replicates=200)
    assert together.customers == 300
    assert together.qini.high - together.qini.low > 1.8 * (alone.high - alone.low)


def test_the_verdict_names_random_and_risk():
    rng = np.random.default_rng(7)
    x, risk, t = rng.random(4_000), rng.random(4_000), rng.integers(0, 2, 4_000)
    y = (rng.random(4_000) < 0.6 - 0.3 * risk + 0.35 * x * t).astype(float)
    good = judge_targeting(x, t, y, risk=risk, replicates=200)
    assert (good.beats_random, good.beats_risk) == ("better", "better")
    assert good.sentence.startswith("Targeting by uplift beats random (Qini coefficient 0.0")
    assert "beats targeting by risk" in good.sentence
    assert good.over_risk.value == pytest.approx(good.qini.value - good.risk_qini.value)
    none = judge_targeting(rng.random(4_000), t, y, replicates=200)
    assert none.sentence.startswith("There is no evidence that targeting by uplift beats random")
    assert none.beats_risk is None
    assert "worse than random" in judge_targeting(-x, t, y, replicates=200).sentence
    same = judge_targeting(x, t, y, risk=x, replicates=200)
    assert same.beats_risk == "no evidence"
    assert same.as_dict()["sentence"] == same.sentence


def test_a_band_is_the_curve_with_ends():
    rng = np.random.default_rng(8)
    x, t = rng.random(1_000), rng.integers(0, 2, 1_000)
    y = (rng.random(1_000) < 0.3 + 0.4 * x * t).astype(float)
    for curve in ("qini", "uplift"):
        found = band(Ranked.of(x, t, y), curve=curve, points=11, replicates=200)
        assert found.value[0] == found.low[0] == found.high[0] == 0
        assert (found.low <= found.value + 1e-3).all()
        assert (found.value <= found.high + 1e-3).all()
        assert found.low[-1] < 0.2 < found.high[-1]


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(DataError, match="one length"):
        Ranked.of([1, 2], [1], [1])
    with pytest.raises(DataError, match="more than 0 and 1"):
        Ranked.of([1, 2], [1, 2], [1, 0])
    with pytest.raises(DataError, match="finite"):
        Ranked.of([1, np.nan], [1, 0], [1, 0])
    with pytest.raises(DataError, match="propensity"):
        Ranked.of([1, 2], [1, 0], [1, 0], propensity=[0.0, 1.0])
    with pytest.raises(NotEnoughData, match="empty"):
        Ranked.of([1, 2], [1, 1], [1, 0])
    with pytest.raises(UsageError, match="replicates"):
        judge_targeting([1, 2], [1, 0], [1, 0], replicates=10)
    with pytest.raises(UsageError, match="share"):
        uplift_at(Ranked.of([1, 2], [1, 0], [1, 0]), 0.0)
