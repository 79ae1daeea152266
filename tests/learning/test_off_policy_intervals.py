"""Intervals hold the truth as often as they say, also with repeated customers and heavy weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from retinue.errors import DataError, UsageError
from retinue.learning import (
    Logged,
    Scores,
    betting,
    betting_lower_bound,
    bootstrap,
    crossfit,
    difference,
    dr,
    interval,
    ips,
    snips,
)
from retinue.learning.off_policy.evaluate import bounded_difference
from retinue.learning.off_policy.intervals import standard_error

World = Any
LOGS = 300


@pytest.mark.parametrize(
    "kind",
    [{"n": 800, "floor": 0.2}, {"n": 1500, "floor": 0.1}, {"n": 1500, "floor": 0.1, "repeat": 3}],
    ids=["even", "uneven", "customers repeat"],
)
def test_unbiased_and_covering_at_95_percent(world: Callable[..., World], kind: dict[str, Any]) -> None:
    held = {"IPS": 0, "SNIPS": 0, "DR": 0, "difference": 0, "lower": 0}
    errors = []
    for seed in range(LOGS):
        w = world(seed, gain=0.1, **kind)
        model = crossfit(w.log, learner="mean")
        # What the policy is worth for these customers; the interval is about all of them, and so a bit wider.
        truth = float((w.challenger * w.truth).sum(axis=1).mean())
        ours, theirs = dr(w.log, w.challenger, model), dr(w.log, w.champion, model)
        for scores in (ips(w.log, w.challenger), snips(w.log, w.challenger), ours):
            found = interval(scores)
            held[scores.name] += found.low <= truth <= found.high
        shown = difference(ours, theirs)
        held["difference"] += shown.low <= w.difference <= shown.high
        held["lower"] += difference(ours, theirs, confidence=0.90).low <= w.difference
        errors.append((ips(w.log, w.challenger).value - truth, ours.value - truth))
    shares = {name: count / LOGS for name, count in held.items()}
    assert min(shares.values()) >= 0.93, shares
    bias, spread = np.mean(errors, axis=0), np.std(errors, axis=0) / np.sqrt(LOGS)
    assert (np.abs(bias) < 3.5 * spread).all()


def test_heavy_weights_betting_covers_where_normality_fails(world: Callable[..., World]) -> None:
    normal = bets = 0
    for seed in range(200):
        w = world(seed, n=400, floor=0.02)
        model = crossfit(w.log, learner="mean")
        shown = difference(dr(w.log, w.challenger, model), dr(w.log, w.champion, model), confidence=0.90)
        normal += shown.low <= w.difference
        found = bounded_difference(w.log, w.champion, w.challenger, model, confidence=0.90)
        assert found is not None
        assert found.low <= found.value <= found.high
        bets += found.low <= w.difference <= found.high
    assert bets >= 0.95 * 200 > normal


def test_halls_correction_mends_the_lower_bound_of_rare_failures() -> None:
    rng = np.random.default_rng(3)
    plain = corrected = 0
    for _ in range(2000):
        values = np.where(rng.random(200) < 0.04, -24.0, 1.0)  # mean 0
        scores = Scores("IPS", values, np.ones(200), np.arange(200))
        found = interval(scores, confidence=0.90)
        corrected += found.low <= 0
        plain += scores.value - 1.6525 * found.standard_error <= 0
    assert plain < 0.92 * 2000
    assert 0.93 * 2000 <= corrected <= 0.99 * 2000


def test_the_bootstrap_agrees_with_the_normal_interval(world: Callable[..., World]) -> None:
    w = world(5, n=3000, gain=0.1, repeat=3)
    for scores in (ips(w.log, w.challenger), snips(w.log, w.challenger)):
        drawn, normal = bootstrap(scores, resamples=400), interval(scores)
        assert drawn.standard_error == pytest.approx(normal.standard_error, rel=0.12)
        assert drawn.low == pytest.approx(normal.low, abs=0.4 * normal.standard_error)
        assert drawn.high == pytest.approx(normal.high, abs=0.4 * normal.standard_error)
    both = snips(w.log, w.challenger), snips(w.log, w.champion)
    assert bootstrap(*both, resamples=400).standard_error == pytest.approx(
        difference(*both).standard_error, rel=0.12
    )


def test_repeating_every_row_of_a_customer_teaches_nothing() -> None:
    values = np.random.default_rng(0).normal(size=50)
    once = standard_error(values - values.mean(), np.arange(50))
    thrice = np.repeat(values - values.mean(), 3)
    assert standard_error(thrice, np.repeat(np.arange(50), 3)) == pytest.approx(once)
    assert standard_error(thrice, np.arange(150)) < once


def test_betting_knows_no_order_and_keeps_to_its_bounds() -> None:
    rng = np.random.default_rng(1)
    values, people = rng.random(300) ** 3, rng.integers(0, 100, 300)
    _, people = np.unique(people, return_inverse=True)
    order = rng.permutation(300)
    found = betting(values, 0.0, 1.0, people)
    mixed = betting(values[order], 0.0, 1.0, people[order])
    assert (found.low, found.high) == pytest.approx((mixed.low, mixed.high), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    # Nothing bad has shown up in 50 rows; that it is impossible is not said.
    assert 0.85 < betting_lower_bound(np.ones(50), 0.0, 1.0, np.arange(50)) < 0.97
    assert betting_lower_bound(np.ones(50), -50.0, 1.0, np.arange(50)) < -1.0
    # Capital by capital, the plain definition.
    low = betting_lower_bound(values, 0.0, 1.0, np.arange(300), confidence=0.95)
    smallest = np.sqrt(2 * np.log(20) / 300) / 0.5
    for m, refuted in ((low - 1e-6, True), (low + 1e-6, False)):
        capital = np.mean(
            [np.prod([1 + min(smallest * 2**j, 0.99 / m) * (z - m) for z in values]) for j in range(8)]
        )
        assert (capital >= 20) == refuted
    with pytest.raises(DataError, match="lie outside"):
        betting_lower_bound(values, 0.5, 1.0, np.arange(300))


def test_a_difference_needs_one_log() -> None:
    one = Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5])
    two = Logged.of([0, 1, 1], [0.0, 1.0, 1.0], propensities=[0.5, 0.5])
    with pytest.raises(UsageError, match="not of the same log"):
        difference(ips(one, [0.5, 0.5]), ips(two, [0.5, 0.5]))


def test_dr_is_right_when_either_model_is(world: Callable[..., World]) -> None:
    rng = np.random.default_rng(11)
    w = world(1, n=60_000, gain=0.1)
    truth = float((w.challenger * w.truth).sum(axis=1).mean())
    nonsense = rng.random(w.truth.shape)
    assert abs(dr(w.log, w.challenger, nonsense).value - truth) < 0.02
    wrong = Logged.of(w.log.action, w.log.reward, propensities=np.full(4, 0.25))
    assert abs(dr(wrong, w.challenger, w.truth).value - truth) < 0.01
    assert abs(ips(wrong, w.challenger).value - truth) > 0.1
