"""The truth: chances against a Monte Carlo, outcomes against what happens, responses as declared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from retinue.errors import UsageError
from retinue.simulation import ARMS, OFFERS, Parameters, World
from retinue.simulation.calendar import seconds
from retinue.simulation.dynamics import NEVER, Stage, advance, offer
from retinue.simulation.streams import keys_for
from retinue.simulation.truth import retention_by_arm

HORIZON = 90


def played_often(world: World, who: np.ndarray, arm: int, times: int) -> np.ndarray:
    """Share of `times` plays, each with fresh luck, after which each customer is still there."""
    week, end = world.weeks_played, seconds(world.now) + HORIZON * 86_400
    stayed = np.zeros(len(who))
    for time in range(times):
        people = replace(world.people, key=keys_for(1_000 + time, world.people.number))
        stage = Stage(people, world.calendar, world.laws, None)
        state = world.state.copy()
        offer(stage, state, who, np.full(len(who), arm, dtype=np.int8), week)
        for ahead in range(13):
            advance(stage, state, week + ahead)
        stayed += state.ended_at[who] > end
    return stayed / times


@pytest.mark.parametrize("arm", ["none", "percentage_discount_20", "loyalty_points"])
def test_chances_equal_an_independent_monte_carlo(clean_world: World, arm: str) -> None:
    who, chances = retention_by_arm(clean_world, clean_world.now, HORIZON, paths=48)
    claimed = chances[:, ARMS.index(arm)]
    times = 150
    seen = played_often(clean_world, who, ARMS.index(arm), times)
    noise = np.sqrt(claimed * (1 - claimed) / times + 0.03**2 * claimed * (1 - claimed) + 1e-5)
    z = (seen - claimed) / noise
    assert abs((seen - claimed).mean()) < 0.003
    assert np.mean(np.abs(z) > 4) < 0.01
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1)):
        some = (claimed >= low) & (claimed < high)
        assert seen[some].mean() == pytest.approx(claimed[some].mean(), abs=0.02)


def test_potential_outcomes_are_what_happens(clean_world: World) -> None:
    until = clean_world.now + timedelta(days=HORIZON)
    claimed = clean_world.potential_outcomes(horizon_days=HORIZON, paths=0)
    wide = claimed.pivot(index="customer_id", columns="incentive", values="retained")
    assert list(wide.index) == clean_world.active()
    rng = np.random.default_rng(0)
    given = {c: str(rng.choice(ARMS)) for c in wide.index}
    outcomes = clean_world.copy().step(given, until).outcomes.set_index("customer_id")
    expected = np.array([wide.loc[c, a] for c, a in given.items()])
    assert outcomes.loc[list(given), "retained"].astype(int).tolist() == expected.tolist()


def test_potential_outcomes_of_the_past_without_a_pilot_are_history() -> None:
    world = World(800, years=1.5, seed=3, laws=Parameters(pilot_waves=0))
    as_of = world.now - timedelta(weeks=20)
    claimed = world.potential_outcomes(as_of, HORIZON, paths=0)
    none = claimed[claimed.incentive == "none"].set_index("customer_id").retained
    ended = world.true_customers().set_index("customer_id").ended_at.loc[none.index]
    naive = pd.Timestamp(as_of).tz_localize(None)
    stayed = ~(ended <= naive + timedelta(days=HORIZON))
    assert none.astype(bool).tolist() == stayed.tolist()
    assert list(none.index) == world.active(as_of)


def test_a_persuadable_stays_if_and_only_if_the_dose_suffices() -> None:
    """With full effect: enough keeps all but those whose payment fails; less than enough keeps nobody."""
    world = World(6_000, years=2, seed=12, laws=Parameters(effect=1.0))
    who = world.true_customers().set_index("customer_id")
    until = world.now + timedelta(days=HORIZON)
    alone = world.copy()
    alone.step({}, until)
    fate = alone.true_customers().set_index("customer_id")
    active = world.active()
    persuadable = [c for c in active if who.loc[c, "type"] == "persuadable"]
    left_for_payment = fate.cause.eq("payment") & fate.ended_at.notna()
    wanted_to_leave = 0
    for name in OFFERS:
        acted = world.copy()
        acted.step(dict.fromkeys(persuadable, name), until)
        ends = acted.true_customers().set_index("customer_id").loc[persuadable]
        enough = who.loc[persuadable, f"strength_{name}"] >= who.loc[persuadable, "threshold"]
        gone = ends.ended_at.notna()
        assert (ends.cause[gone & enough] == "payment").all()
        before = fate.loc[persuadable]
        pd.testing.assert_series_equal(ends.ended_at[~enough], before.ended_at[~enough])
        assert not (left_for_payment.loc[persuadable][enough] & ~gone[enough]).any()
        wanted_to_leave += int((before.ended_at.notna() & (before.cause != "payment") & enough).sum())
    assert wanted_to_leave > 50


def test_more_than_the_smallest_sufficient_discount_adds_nothing(large_world: World) -> None:
    who = large_world.true_customers().set_index("customer_id")
    wide = large_world.potential_outcomes(paths=0).pivot(
        index="customer_id", columns="incentive", values="retained"
    )
    dose = who.loc[wide.index, "smallest_sufficient_discount"]
    assert set(dose.dropna()) <= {5.0, 10.0, 15.0, 20.0}
    for mine in (5.0, 10.0, 15.0, 20.0):
        some = wide[dose == mine]
        for given in (5, 10, 15, 20):
            same_as = f"percentage_discount_{int(mine)}" if given >= mine else "none"
            assert (
                some[f"percentage_discount_{given}"].equals(some[same_as].rename(None))
                or (some[f"percentage_discount_{given}"] == some[same_as]).all()
            )


def test_types_respond_as_they_are_named(large_world: World) -> None:
    who = large_world.true_customers().set_index("customer_id")
    truth = large_world.potential_outcomes(paths=24)
    realised = truth.pivot(index="customer_id", columns="incentive", values="retained")
    chance = truth.pivot(index="customer_id", columns="incentive", values="retained_probability")
    kind = who.type.loc[realised.index]
    for name in ("sure_thing", "lost_cause"):
        some = realised[kind == name]
        assert (some.to_numpy() == some[["none"]].to_numpy()).all()
    dogs = kind == "sleeping_dog"
    assert (realised.loc[dogs, list(OFFERS)].to_numpy() <= realised.loc[dogs, ["none"]].to_numpy()).all()
    assert chance.loc[dogs, "none"].mean() - chance.loc[dogs, "fixed_credit"].mean() > 0.05
    persuadable = kind == "persuadable"
    gain = chance.loc[persuadable, "percentage_discount_20"] - chance.loc[persuadable, "none"]
    assert gain.mean() > 0.02
    assert gain.min() > -1e-12
    assert (
        chance.loc[kind == "sure_thing", "none"].mean()
        > chance.loc[kind == "lost_cause", "none"].mean() + 0.02
    )


def test_the_mix_can_partly_be_learned_from_what_is_visible(large_world: World) -> None:
    who = large_world.true_customers()
    shares = who[[f"probability_{t}" for t in ("persuadable", "sure_thing", "lost_cause", "sleeping_dog")]]
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    for name in ("persuadable", "sure_thing", "lost_cause", "sleeping_dog"):
        claimed = who[f"probability_{name}"]
        band = pd.qcut(claimed, 4, duplicates="drop")
        seen = (who.type == name).groupby(band, observed=True).mean()
        np.testing.assert_allclose(seen, claimed.groupby(band, observed=True).mean(), atol=0.035)
        assert seen.iloc[-1] > 1.4 * seen.iloc[0]
        assert seen.iloc[-1] < 0.8


def test_how_often_an_offer_is_enough_is_known_given_what_is_visible(large_world: World) -> None:
    who = large_world.true_customers()
    who = who[who.type == "persuadable"]
    for name in OFFERS:
        claimed = who[f"probability_enough_{name}"]
        seen = who[f"strength_{name}"] >= who.threshold
        assert seen.mean() == pytest.approx(claimed.mean(), abs=0.025)
        high = claimed > claimed.median()
        if high.any():
            assert seen[high].mean() == pytest.approx(claimed[high].mean(), abs=0.04)


def test_in_a_world_where_nothing_works_offers_do_nothing() -> None:
    world = World(500, years=1, seed=8, laws=Parameters(effect=0.0, sleeping_dog=1.0))
    truth = world.potential_outcomes(paths=4)
    wide = truth.pivot(index="customer_id", columns="incentive", values="retained_probability")
    np.testing.assert_allclose(wide.to_numpy(), wide[["none"]].to_numpy().repeat(9, axis=1), rtol=1e-6)
    realised = truth.pivot(index="customer_id", columns="incentive", values="retained")
    assert (realised.nunique(axis=1) == 1).all()


def test_value_is_what_customers_go_on_to_pay() -> None:
    world = World(6_000, years=2, seed=21, laws=Parameters(refund=0.0))
    monthly = ~world.people.annual  # prorated refunds of annual contracts are no part of the value
    claimed = world.true_value(horizon_months=6, annual_discount_rate=0.0, paths=8)
    until = world.now + timedelta(seconds=6 * 2_629_800)
    paid = world.copy().step({}, until).outcomes
    assert claimed.customer_id.tolist() == paid.customer_id.tolist()
    some = monthly[claimed.customer_id.str[1:].astype(int).to_numpy() - 1]
    difference = paid.revenue.to_numpy()[some] - claimed.value.to_numpy()[some]
    error = difference.std() / np.sqrt(len(difference))
    assert abs(difference.mean()) < 3.5 * error
    assert error < 0.02 * claimed.value[some].mean()
    assert np.corrcoef(paid.revenue[some], claimed.value[some])[0, 1] > 0.8


def test_the_truth_of_a_time_the_world_has_not_seen_is_refused(clean_world: World, later: datetime) -> None:
    with pytest.raises(UsageError, match="not been there"):
        clean_world.true_churn_probability(later)


def test_probabilities_split_by_cause_and_snap_to_the_week(clean_world: World) -> None:
    as_of = clean_world.now - timedelta(days=100)
    frame = clean_world.true_churn_probability(as_of, paths=8)
    total = frame.voluntary + frame.payment + frame.other
    np.testing.assert_allclose(total, frame.churn_probability)
    assert frame.churn_probability.between(0, 1 + 1e-9).all()
    assert (frame.as_of == pd.Timestamp("2025-09-18")).all()
    nobody = clean_world.true_churn_probability(as_of, 0, paths=1)
    assert (nobody.churn_probability == 0).all()


def test_offers_pass_over_customers_who_are_gone(clean_world: World) -> None:
    world = clean_world.copy()
    gone = np.flatnonzero(world.state.ended_at < NEVER)[:5]
    stage = Stage(world.people, world.calendar, world.laws, None)
    offer(stage, world.state, gone, np.full(5, 4, dtype=np.int8), world.weeks_played)
    assert (world.state.offer_until[gone] <= world.weeks_played).all()
