"""Uncertainty of the parameters: what a resample is, how near one step comes to a refit, and coverage."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from retinue.clv import BGNBD, MBGNBD, GammaGamma, ShiftedBetaGeometric
from retinue.clv.bootstrap import Draws, parameter_intervals, resample_parameters, resamples
from retinue.clv.gamma_gamma import SpendData, spend_data
from retinue.clv.groups import PurchaseGroups, group_purchases
from retinue.clv.shifted_beta_geometric import renewal_data

TRUE = {"r": 0.6, "alpha": 40.0, "a": 0.9, "b": 2.5}


def _world(customers: int, seed: int) -> PurchaseGroups:
    """Histories drawn from MBG/NBD itself, in continuous time."""
    draw = np.random.default_rng(seed)
    T = draw.uniform(30, 730, customers)
    rate = draw.gamma(TRUE["r"], 1 / TRUE["alpha"], customers)
    leave = draw.beta(TRUE["a"], TRUE["b"], customers)
    x, last, now = (np.zeros(customers) for _ in range(3))
    buying = np.flatnonzero(draw.random(customers) > leave)
    while len(buying):
        now[buying] += draw.exponential(1 / rate[buying])
        buying = buying[now[buying] <= T[buying]]
        x[buying] += 1
        last[buying] = now[buying]
        buying = buying[draw.random(len(buying)) > leave[buying]]
    return group_purchases(x, last, T)


def _draws(groups: PurchaseGroups, seed: int, draws: int) -> Draws:
    top = MBGNBD.maximum(groups)
    return resample_parameters(top, MBGNBD.scores(top.theta, groups), groups.weight, seed=seed, draws=draws)


def test_a_resample_draws_customers_by_weight() -> None:
    weight = np.array([500.0, 250.0, 0.5, 249.5])
    counts = np.array([np.bincount(g, minlength=4) for g in resamples(weight, seed=1, draws=200)])
    assert (counts.sum(axis=1) == 1000).all()
    # The mean over 200 draws is within five standard errors of the weights; so is the spread of a binomial.
    assert counts.mean(axis=0) == pytest.approx(weight, abs=5 * np.sqrt(250 / 200))
    assert counts[:, 0].std() == pytest.approx(np.sqrt(250), rel=0.25)


def test_many_customers_spread_as_they_should_although_fewer_are_drawn() -> None:
    """Every history a hundred times: 200,000 customers, of whom 10,000 are drawn; a tenth of the spread."""
    groups = _world(2_000, 4)
    hundred = PurchaseGroups(groups.x, groups.t_x, groups.T, groups.weight * 100)
    few, many = (np.log(_draws(g, 5, 400)).std(axis=0) for g in (groups, hundred))
    assert many == pytest.approx(few / 10, rel=0.15)


def test_one_step_agrees_with_a_full_refit_on_the_same_resamples() -> None:
    groups = _world(5_000, 7)
    one = np.log(_draws(groups, 3, 60))
    full = []
    for drawn in resamples(groups.weight, seed=3, draws=60):
        weight = np.bincount(drawn, minlength=len(groups)).astype(float)
        used = weight > 0
        part = PurchaseGroups(groups.x[used], groups.t_x[used], groups.T[used], weight[used])
        full.append(MBGNBD.maximum(part).theta)
    again = np.array(full)
    for position in range(4):
        assert np.corrcoef(one[:, position], again[:, position])[0, 1] > 0.98
    assert one.std(axis=0) == pytest.approx(again.std(axis=0), rel=0.15)
    assert np.abs((one - again).mean(axis=0) / again.std(axis=0)).max() < 0.15


def test_amounts_and_contracts_spread_as_refits_do() -> None:
    draw = np.random.default_rng(2)
    x = draw.integers(1, 10, 2_000)
    spend = spend_data(x, draw.gamma(6.0 * x, 1 / (draw.gamma(4.0, 1 / 15.0, 2_000) * x)))
    length, seen = draw.geometric(draw.beta(1.0, 9.0, 2_000)), draw.integers(1, 30, 2_000)
    ended, running = length[length <= seen], seen[length > seen]
    contracts = renewal_data(ended, running)

    top = GammaGamma.maximum(spend)
    step = resample_parameters(top, GammaGamma.scores(top.theta, spend), spend.weight, seed=1, draws=60)
    again = []
    for drawn in resamples(spend.weight, seed=1, draws=60):
        again.append(GammaGamma.maximum(SpendData(spend.x[drawn], spend.m[drawn], spend.weight[drawn])).theta)
    assert np.log(step).std(axis=0) == pytest.approx(np.array(again).std(axis=0), rel=0.1)

    high = ShiftedBetaGeometric.maximum(contracts)
    _, (end_a, run_a, end_b, run_b) = ShiftedBetaGeometric.scores(high.theta, contracts)
    weight = np.r_[contracts.ended_weight, contracts.running_weight]
    scores = (np.r_[end_a, run_a], np.r_[end_b, run_b])
    step = resample_parameters(high, scores, weight, seed=1, draws=60)
    again, ages = [], np.r_[contracts.ages, contracts.ages]
    for drawn in resamples(weight, seed=1, draws=60):
        gone = drawn < len(contracts.ages)
        again.append(ShiftedBetaGeometric.maximum(renewal_data(ages[drawn[gone]], ages[drawn[~gone]])).theta)
    assert np.log(step).std(axis=0) == pytest.approx(np.array(again).std(axis=0), rel=0.1)


def _covered(customers: int, worlds: int, draws: int) -> dict[float, dict[str, float]]:
    """How often intervals hold the true parameters, and a new customer's expected purchases in a year."""
    year = float(MBGNBD(**TRUE).expected_purchases(365.0, [0], [0.0], [0.0])[0])
    truth = {**TRUE, "purchases of a cohort": year}
    hits = {coverage: dict.fromkeys(truth, 0.0) for coverage in (0.8, 0.95)}
    for world in range(worlds):
        parameters = _draws(_world(customers, 1_000 + world), world, draws)
        cohort = [MBGNBD(*d).expected_purchases(365.0, [0], [0.0], [0.0])[0] for d in parameters]
        rows = tuple((*d, float(c)) for d, c in zip(parameters, cohort, strict=True))
        for coverage, counts in hits.items():
            for name, (low, high) in parameter_intervals(rows, list(truth), coverage).items():
                counts[name] += (low <= truth[name] <= high) / worlds
    return hits


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    found = _covered(3_000, 300, 300)
    for coverage, shares in found.items():
        # Three standard errors of a share of 300 worlds, and two points for what 3,000 customers lack.
        allowed = 3 * np.sqrt(coverage * (1 - coverage) / 300) + 0.02
        assert all(abs(share - coverage) < allowed for share in shares.values()), found


def test_intervals_cover_the_truth_in_a_few_worlds() -> None:
    """The short form of the test above: of 25 worlds, an interval of 95 % rarely misses more than four."""
    found = _covered(1_500, 25, 80)
    assert min(found[0.95].values()) >= 0.84, found
    assert max(found[0.8].values()) < 1.0, found


@pytest.mark.parametrize("family", [BGNBD, MBGNBD])
def test_the_number_of_blas_threads_changes_no_bit(family: type[BGNBD] | type[MBGNBD]) -> None:
    groups = _world(30_000, 9)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            top = family.maximum(groups)
            scores = family.scores(top.theta, groups)
            draws = resample_parameters(top, scores, groups.weight, seed=1, draws=50)
            spend = spend_data(groups.x, 10.0 + groups.T + 100.0 * np.sin(groups.T) ** 2)
            found.append((top.theta.tobytes(), top.value, draws, GammaGamma.maximum(spend).theta.tobytes()))
    assert found[0] == found[1]
