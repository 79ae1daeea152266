"""Learning from the log: right gradient, right answers, partial evidence, the same whatever the order."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from retinue.incentives import Catalogue
from retinue.incentives.response import Observations, fit, monotone, prior
from retinue.incentives.response.fit import _look

CATALOGUE = Catalogue.default()
K = len(CATALOGUE.offers)


def test_the_gradient_is_that_of_the_log_posterior(world):
    seen = world(400, seed=1, exposure=np.random.default_rng(2).uniform(0.1, 1, 400))
    model = prior(CATALOGUE, ("a", "b"))
    precision = np.linalg.inv(model.covariance)
    at = model.mean + np.random.default_rng(3).normal(size=model.mean.size) * 0.3
    _, gradient, information = _look(model, at, seen, precision)
    for place in range(at.size):
        step = np.zeros(at.size)
        step[place] = 1e-6
        above, below = (_look(model, at + s, seen, precision)[0] for s in (step, -step))
        assert gradient[place] == pytest.approx((above - below) / 2e-6, rel=1e-4, abs=1e-3)
    assert (np.linalg.eigvalsh(information) > 0).all()


def test_without_evidence_it_is_the_catalogue():
    model = prior(CATALOGUE, ("a",))
    nothing = Observations(*(np.zeros(0) for _ in range(4)), np.zeros((0, 1)), np.zeros(0))
    assert fit(model, nothing) is model
    assert expit(model.mean[model.offer]) == pytest.approx([o.lift_mean for o in CATALOGUE.offers])


def test_what_is_true_is_found_and_the_intervals_hold_it(world):
    start = prior(CATALOGUE, ("a", "b"))
    believed = start.covariance[start.offer, start.offer]
    inside = []
    for seed in range(40):
        drawn = np.random.default_rng(seed).multivariate_normal(start.mean[start.offer], believed)
        truth = expit(drawn)
        model = fit(start, world(5_000, seed=seed, kept=truth, disturbed=0.08, effect=0.4))
        spread = np.sqrt(np.diag(model.covariance))
        inside.append(np.abs(model.mean[model.offer] - drawn) < 1.96 * spread[model.offer])
        assert expit(model.mean[model.contact]) == pytest.approx(0.08, abs=0.05)
    assert np.mean(inside) >= 0.85  # nominal 0.95: the normal approximation is too sure of rare shares
    far = np.array([0.02, 0.1, 0.35, 0.5, 0.2, 0.15, 0.05, 0.3])
    model = fit(start, world(30_000, seed=1, kept=far, disturbed=0.08))
    assert expit(model.mean[model.offer]) == pytest.approx(far, abs=0.06)
    assert model.mean[model.kept] == pytest.approx([1.0, 0.0], abs=0.2)


def test_a_score_that_is_too_low_is_not_taken_for_harm(world):
    """Those without an offer say that the score understates: the offers are not blamed for it."""
    seen = world(12_000, seed=5, kept=np.full(K, 0.3))
    low = replace(seen, risk=expit(logit(seen.risk) - 0.4))
    model = fit(prior(CATALOGUE, ("a", "b")), low)
    assert model.mean[0] == pytest.approx(0.4, abs=0.1)
    assert expit(model.mean[model.offer]).mean() == pytest.approx(0.3, abs=0.05)


def test_not_gone_yet_is_not_kept(world):
    """A third of the horizon has passed: partial evidence finds the truth, 'no churn yet' is wrong."""
    start = prior(CATALOGUE, ("a", "b"))
    truth = np.full(K, 0.15)
    partial = world(12_000, seed=7, kept=truth, exposure=0.33, effect=0.0)
    honest = fit(start, partial)
    naive = fit(start, replace(partial, exposure=np.ones(len(partial))))
    error = abs(expit(honest.mean[honest.offer]).mean() - 0.15)
    said = [expit(m.mean[0] + m.mean[1] * logit(0.8)) for m in (honest, naive)]
    assert error < 0.03
    assert said[0] == pytest.approx(0.8, abs=0.03)
    assert said[1] < 0.6  # would-be leavers who have not had the time are taken for loyal


def test_the_order_of_the_log_does_not_matter(world):
    seen = world(2_000, seed=9)
    turned = np.random.default_rng(1).permutation(len(seen))
    other = Observations(*(getattr(seen, f)[turned] for f in Observations.__slots__))
    first, second = (fit(prior(CATALOGUE, ("a", "b")), s) for s in (seen, other))
    assert first.mean == pytest.approx(second.mean, abs=1e-6)


def test_an_old_observation_counts_less(world):
    seen = world(4_000, seed=11, kept=np.full(K, 0.6))
    faded = replace(seen, weight=np.full(len(seen), 0.05))
    new, old = (fit(prior(CATALOGUE, ("a", "b")), s) for s in (seen, faded))
    assert expit(old.mean[old.offer]).mean() < expit(new.mean[new.offer]).mean()
    assert (np.diag(old.covariance) > np.diag(new.covariance)).all()


def test_a_larger_dose_keeps_no_fewer(world):
    kept = np.array([0.3, 0.1, 0.4, 0.2, 0.2, 0.2, 0.2, 0.2])  # noise, or a world that breaks the rule
    learned = fit(prior(CATALOGUE, ("a", "b")), world(20_000, seed=3, kept=kept))
    assert (np.diff(learned.mean[learned.offer][:4]) < 0).any()
    ordered = monotone(learned, CATALOGUE)
    assert (np.diff(ordered.mean[ordered.offer][:4]) >= 0).all()
    doses = np.arange(learned.mean.size)[learned.offer][:4]
    rest = np.delete(np.arange(learned.mean.size), doses)
    assert ordered.mean[rest].tolist() == learned.mean[rest].tolist()
    assert monotone(ordered, CATALOGUE).mean.tolist() == ordered.mean.tolist()


def test_a_dose_says_something_of_its_neighbours(world):
    seen = world(4_000, seed=4, kept=np.full(K, 0.5))
    tried = replace(seen, action=np.where(seen.action > 0, 3, 0))  # only 15 % was ever tried
    start = prior(CATALOGUE, ("a", "b"))
    moved = (fit(start, tried).mean - start.mean)[start.offer]
    assert moved[2] > moved[3] > moved[4] > 0
    assert moved[2] > moved[1] > moved[0] > 0
