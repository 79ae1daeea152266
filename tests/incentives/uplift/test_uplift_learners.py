"""The learners find known effects, are as sure as they should be, and never look at whom they judge."""

from __future__ import annotations

import numpy as np
import pytest

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.incentives.uplift import dr_learner, judge_targeting, t_learner, x_learner
from retinue.incentives.uplift.propensity import estimate
from retinue.incentives.uplift.trial import Trial, dealt

LEARNERS = [t_learner, x_learner, dr_learner]


def covered(effects, truth):
    low, high = effects.interval()
    return ((low <= truth) & (truth <= high)).mean()


@pytest.mark.parametrize("learner", LEARNERS)
def test_intervals_cover_and_effects_correlate(learner, world):
    shares, near = [], []
    for seed in range(8):
        known, fresh = world(900, seed=seed), world(300, seed=100 + seed)
        found = learner(*known.given, propensity=known.propensity, pairs=6, folds=2, seed=seed)
        shares.append([covered(found.out_of_fold, known.tau), covered(found.predict(fresh.X), fresh.tau)])
        near.append(np.corrcoef(found.predict(fresh.X).effect[:, 0], fresh.tau[:, 0])[0, 1])
    assert np.mean(shares, axis=0).min() >= 0.90
    assert np.mean(near) > 0.35


@pytest.mark.parametrize("learner", LEARNERS)
def test_trees_cover_too(learner, world):
    known = world(2_400, seed=5)
    found = learner(*known.given, propensity=known.propensity, base="boosting", pairs=6, folds=2)
    assert found.trial.boosted
    assert covered(found.out_of_fold, known.tau) >= 0.90


@pytest.mark.parametrize("learner", LEARNERS)
def test_where_nothing_works_nothing_is_claimed(learner, world):
    claims = 0
    for seed in range(8):
        known = world(1_200, seed=50 + seed, shape="null")
        found = learner(*known.given, propensity=known.propensity, pairs=4, folds=2, seed=seed)
        rows = known.treatment < 2
        verdict = judge_targeting(
            found.order[rows, 0],
            known.treatment[rows],
            known.outcome[rows],
            replicates=200,
        )
        claims += verdict.beats_random != "no evidence"
    assert claims == 0


def test_the_means_of_randomised_arms_are_found(world):
    known = world(3_000, seed=8, shape="level")
    arms = [known.outcome[known.treatment == arm].mean() for arm in range(3)]
    for learner in LEARNERS:
        effect = learner(*known.given, propensity=known.propensity, pairs=4).out_of_fold.effect.mean(axis=0)
        assert effect == pytest.approx([arms[1] - arms[0], arms[2] - arms[0]], abs=0.02)


def test_confounding_that_was_seen_is_undone(world):
    known = world(6_000, seed=9, shape="level", confounded=True)
    naive = known.outcome[known.treatment == 1].mean() - known.outcome[known.treatment == 0].mean()
    assert abs(naive - 0.1) > 0.04
    for propensity in (known.propensity, None):
        found = dr_learner(*known.given, propensity=propensity, pairs=3, folds=3)
        assert found.out_of_fold.effect.mean(axis=0) == pytest.approx([0.1, 0.2], abs=0.03)


def test_propensities_are_estimated_out_of_fold(world):
    known = world(3_000, seed=10, confounded=True)
    found = estimate(known.X, known.treatment, cluster=np.arange(3_000))
    assert np.abs(found - known.propensity).mean() < 0.05
    assert found.sum(axis=1) == pytest.approx(np.ones(3_000))


@pytest.mark.parametrize("learner", LEARNERS)
def test_out_of_fold_effects_do_not_know_the_customer(learner, world):
    """Turning one customer's outcomes round moves others' effects, never their own."""
    known = world(400, seed=11)
    clusters = np.arange(400) // 2
    outcome = known.outcome.copy()
    outcome[:2] = 1 - outcome[:2]
    say = {"propensity": known.propensity, "clusters": clusters, "pairs": 3, "folds": 2}
    before = learner(known.X, known.treatment, known.outcome, **say).out_of_fold.effect
    after = learner(known.X, known.treatment, outcome, **say).out_of_fold.effect
    assert (before[:2] == after[:2]).all()
    assert (before[2:] != after[2:]).any()


def test_customers_stay_together_and_arms_are_dealt_evenly():
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, 200, 600)
    treatment = (cluster % 3).astype(np.intp)
    hand = dealt(treatment, cluster, 5, seed=3)
    assert all(len(set(hand[cluster == c])) == 1 for c in np.unique(cluster))
    for arm in range(3):
        first = np.unique(cluster[treatment == arm], return_index=True)[1]
        counts = np.bincount(hand[treatment == arm][first], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_gaps_and_seeds(world):
    known = world(600, seed=12)
    X = known.X.copy()
    X[::3, 1] = np.nan
    say = {"propensity": known.propensity, "pairs": 2, "folds": 2}
    for base in ("linear", "boosting"):
        one, two, other = (
            dr_learner(X, known.treatment, known.outcome, base=base, seed=seed, **say).predict(X)
            for seed in (1, 1, 2)
        )
        assert np.isfinite(one.effect).all()
        assert (one.effect == two.effect).all()
        assert (one.effect != other.effect).any()


def test_money_is_an_outcome(world):
    known = world(900, seed=13)
    spend = 20.0 * known.outcome + 5.0 * known.X[:, 3]
    found = x_learner(known.X, known.treatment, spend, propensity=known.propensity, pairs=6)
    assert covered(found.out_of_fold, 20 * known.tau) > 0.85


def test_what_cannot_be_learned_from_is_refused(world):
    known = world(300, seed=14)
    X, t, y = known.given
    with pytest.raises(NotEnoughData, match="Treatment 2 has"):
        Trial.of(X, np.where((t == 2) & (np.arange(300) > 50), 1, t), y)
    with pytest.raises(NotEnoughData, match="Nobody"):
        Trial.of(X, np.zeros(300), y)
    with pytest.raises(DataError, match="propensities"):
        Trial.of(X, t, y, propensity=[0.5, 0.5, 0.5])
    with pytest.raises(DataError, match="shape"):
        Trial.of(X, t[:-1], y)
    with pytest.raises(DataError, match="whole number"):
        Trial.of(X, t + 0.5, y)
    with pytest.raises(DataError, match="finite"):
        Trial.of(X, t, np.where(t == 1, np.nan, y))
    with pytest.raises(UsageError, match="base model"):
        Trial.of(X, t, y, base="deep")
    with pytest.raises(UsageError, match="pair"):
        t_learner(X, t, y, propensity=known.propensity, pairs=1)
    with pytest.raises(DataError, match="4 features"):
        t_learner(X, t, y, propensity=known.propensity, pairs=2).predict(X[:, :2])
