"""Limits beside the money in all: never broken, and the same for one customer as for many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.decisions.batch import Day, conclude, decide_batch
from retinue.decisions.caps import LOST
from retinue.domain import ActionType
from retinue.incentives import weigh
from retinue.incentives.limits import Limits
from retinue.segments.tiers import value_tier

PATIENT = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
TIERS = ("Basic", "Standard", "Premium", "Enterprise")
CAPPED = {"budget": {"reviews_per_day": 3, "treated_share": 0.5}, "decisions": {"review_clv_above": 3_000}}

limits = st.builds(
    Limits,
    st.one_of(st.none(), st.integers(0, 300_000)),
    st.dictionaries(st.sampled_from(TIERS), st.integers(0, 100_000), max_size=3),
    st.one_of(st.none(), st.integers(0, 12)),
    st.one_of(st.none(), st.integers(0, 30)),
)


def taken(batch):
    """What the offers made take of each limit, from the decisions alone."""
    offers = [d for d in batch.decisions if d.incentive]
    clv = dict(zip(batch.customers.customer_id, batch.customers.clv, strict=True))
    of = dict(zip(clv, value_tier(list(clv.values()), dict(batch.day.terms.tiers)), strict=True))
    cents = {tier: sum(round(d.cost * 100) for d in offers if of[d.customer_id] == tier) for tier in TIERS}
    reviews = sum(d.action_type is ActionType.MANUAL_REVIEW for d in offers)
    return sum(cents.values()), cents, reviews, len(offers)


def kept(batch, given):
    total, tiers, reviews, treated = taken(batch)
    return (
        (given.total_cents is None or total <= given.total_cents)
        and all(tiers[name] <= most for name, most in given.tier_cents.items())
        and (given.reviews is None or reviews <= given.reviews)
        and (given.treated is None or treated <= given.treated)
    )


@PATIENT
@given(st.integers(0, 10_000), limits, st.sampled_from([0.05, 0.5]))
def test_no_limit_is_ever_broken(make_parts, seed, given, exploration):
    batch = make_parts(60, seed, limits=given, incentives={"exploration": exploration}, **CAPPED).batch
    assert kept(batch, given)
    for decision in batch.decisions:
        assert abs(sum(decision.propensities.values()) - 1) <= 1e-12
        assert decision.propensities[decision.incentive.id if decision.incentive else "none"] > 0
        if decision.rule in LOST:
            assert decision.incentive is None


@PATIENT
@given(st.integers(0, 10_000), limits)
def test_one_customer_alone_is_decided_to_the_same_bits(make_parts, seed, given):
    batch = make_parts(40, seed, limits=given, incentives={"exploration": 0.3}, **CAPPED).batch
    for row in range(0, 40, 3):
        one = batch.customers.take(np.array([row]))
        weighed = weigh(one, batch.day.terms.catalogue, tolerance=batch.day.terms.tolerance)
        again = conclude(one, weighed, batch.day, batch.ration, reasons=[batch.decisions[row].reasons])
        assert again.decisions[0] == batch.decisions[row]
        assert again.removed_by(0) == batch.removed_by(row)


def test_limits_that_nobody_reaches_change_nothing(make_parts):
    rich = Limits(10**12, {"Premium": 10**12}, 10**6, 10**6)
    free = make_parts(300, decisions=CAPPED["decisions"]).batch
    wide = make_parts(300, limits=rich, decisions=CAPPED["decisions"]).batch
    reviewed = [d.action_type is ActionType.MANUAL_REVIEW for d in free.decisions]
    same = (free.made == wide.made) | free.explored
    assert same.all(), "only trials may differ: with reviews limited they take none"
    assert any(reviewed)
    assert not wide.ration.binding


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (Limits(reviews=0), "review_cap"),
        (Limits(treated=5), "treated_share"),
        (Limits(tier_cents=dict.fromkeys(TIERS, 0)), "budget"),
    ],
)
def test_the_rule_names_what_the_offer_was_lost_to(make_parts, given, rule):
    batch = make_parts(200, limits=given, **CAPPED).batch
    lost = {decision.rule for decision in batch.decisions} & set(LOST)
    assert lost == {rule}
    rows = [row for row, decision in enumerate(batch.decisions) if decision.rule == rule]
    assert all(rule in batch.removed_by(row) for row in rows)


def test_trials_take_their_part_of_each_limit_and_no_review(make_parts):
    batch = make_parts(400, **CAPPED).batch
    terms = replace(batch.day.terms, exploration=0.4, exploration_budget=0.25)
    given = Limits(tier_cents={"Standard": 60_000}, reviews=10, treated=80)
    spent, count = [], []
    for number in range(50):
        day = Day("run", f"2026-03-01T00:00:{number:02d}Z", terms)
        decided = decide_batch(batch.customers, day, limits=given)
        assert kept(decided, given)
        tiers = value_tier(decided.customers.clv, dict(terms.tiers))
        tried = decided.explored
        assert not any(
            decided.decisions[row].action_type is ActionType.MANUAL_REVIEW for row in np.flatnonzero(tried)
        )
        cost = np.where(tried, decided.weighed.cost_cents[np.arange(400), decided.made], 0)
        spent.append(cost[tiers == "Standard"].sum())
        count.append(tried.sum())
    assert np.mean(count) > 3
    assert np.mean(count) <= 0.25 * 80 * 1.1
    assert np.mean(spent) <= 0.25 * 60_000 * 1.1


def test_the_frequencies_are_the_probabilities(make_parts):
    """Over many days, offers are tried as often as stated where nothing but the lot decides."""
    batch = make_parts(300, **CAPPED).batch
    terms = replace(batch.day.terms, exploration=0.4, exploration_budget=0.3)
    given = Limits(150_000, {"Premium": 20_000}, 6, 40)
    seen = expected = spread = 0.0
    for number in range(59):
        day = Day("run", f"2026-03-01T00:00:{number:02d}Z", terms)
        decided = decide_batch(batch.customers, day, limits=given)
        treated = ~decided.held_out
        offer = decided.propensities[treated, 1:] / (1 - terms.holdout_share)
        filled = np.isin(np.array(decided.customers.customer_id)[treated], list(decided.ration.filled))
        other = decided.allocated[treated]
        offer[np.flatnonzero(other >= 0), other[other >= 0]] = 0.0
        chance = np.where(filled, 0.0, offer.sum(axis=1))
        seen += (decided.explored[treated] & ~filled).sum()
        expected += chance.sum()
        spread += (chance * (1 - chance)).sum()
    assert expected > 30
    assert abs(seen - expected) < 4 * np.sqrt(spread)
