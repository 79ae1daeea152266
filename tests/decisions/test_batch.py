"""A batch: consistent with the engine, the budget and the probabilities, and the same for one as for many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.decisions.batch import Day, Ration, conclude, decide_batch
from retinue.decisions.removed import REMOVED
from retinue.domain import ActionType
from retinue.incentives import weigh

PATIENT = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PATIENT
@given(st.integers(0, 10_000), st.one_of(st.none(), st.integers(0, 300_000)))
def test_what_was_drawn_is_what_the_engine_decided(make_parts, seed, budget):
    batch = make_parts(40, seed, budget).batch
    total = 0
    for row, decision in enumerate(batch.decisions):
        made = batch.offer_id(int(batch.made[row]))
        assert (decision.incentive.id if decision.incentive else None) == made
        assert abs(sum(decision.propensities.values()) - 1) <= 1e-12
        assert decision.propensities[made or "none"] > 0
        assert list(decision.propensities) == list(batch.weighed.catalogue.actions)
        assert decision.held_out == bool(batch.held_out[row])
        if decision.action_type in (ActionType.MONITOR, ActionType.NO_ACTION):
            assert decision.incentive is None
        terms = batch.day.terms
        if decision.rule == "monitor_band":
            assert decision.propensities["none"] == 1.0
        if decision.rule in ("nothing_pays", "budget"):
            assert decision.propensities["none"] >= 1 - (1 - terms.holdout_share) * terms.exploration - 1e-12
        if decision.rule == "held_out":
            assert decision.propensities["none"] == pytest.approx(0.1)
        total += round(decision.cost * 100)
    if budget is not None:
        assert total <= budget


@PATIENT
@given(st.integers(0, 10_000), st.one_of(st.none(), st.integers(0, 200_000)))
def test_each_candidate_has_one_reason_and_one_is_made_at_most(make_parts, seed, budget):
    batch = make_parts(40, seed, budget).batch
    for row, decision in enumerate(batch.decisions):
        removed = batch.removed_by(row)
        assert set(removed) <= set(REMOVED)
        assert removed.count("") == (decision.incentive is not None)
        for column, why in enumerate(removed):
            weighed = batch.weighed
            if not weighed.eligible[row, column]:
                assert why == "not_eligible"
            elif weighed.net[row, column] <= 0:
                assert why == "does_not_pay"
            else:
                assert why not in ("not_eligible", "does_not_pay")
        expected = {"held_out": "held_out", "monitor_band": "monitor_band", "budget": "budget"}
        if decision.rule in expected and weighed.chosen[row] >= 0:
            assert expected[decision.rule] in removed
        if batch.explored[row]:
            assert "not_drawn" in removed


@PATIENT
@given(st.integers(0, 10_000), st.one_of(st.none(), st.integers(0, 200_000)))
def test_one_customer_alone_is_decided_to_the_same_bits(make_parts, seed, budget):
    batch = make_parts(30, seed, budget).batch
    for row in range(0, 30, 7):
        one = batch.customers.take(np.array([row]))
        weighed = weigh(one, batch.day.terms.catalogue, tolerance=batch.day.terms.tolerance)
        again = conclude(one, weighed, batch.day, batch.ration, reasons=[batch.decisions[row].reasons])
        assert again.decisions[0] == batch.decisions[row]
        assert again.removed_by(0) == batch.removed_by(row)


def test_a_generous_budget_changes_nothing(make_parts):
    free, rich = make_parts(300).batch, make_parts(300, budget_cents=10**12).batch
    assert (free.allocated == rich.allocated).all()
    assert (free.made == rich.made).all()
    assert not rich.ration.binding
    assert rich.ration.trial_price == 0.0
    assert (free.propensities == rich.propensities).all()


def _days(batch, terms, budget, days, learned=None):
    for number in range(days):
        day = Day("run", f"2026-03-01T00:00:{number:02d}.{number:06d}Z", terms)
        yield decide_batch(batch.customers, day, budget_cents=budget, learned=learned)


def test_explorers_try_what_nobody_would_choose_within_the_money_for_trials(make_parts):
    """The budget carries a few choices only; trials still happen, and cost their share of it on average."""
    batch = make_parts(400).batch
    terms = replace(batch.day.terms, exploration=0.3, exploration_budget=0.2)
    budget = 100_000
    spent, tried, unfunded = [], 0, 0
    for day in _days(batch, terms, budget, 60):
        cost = np.where(day.explored, day.weighed.cost_cents[np.arange(400), day.made], 0)
        assert sum(round(d.cost * 100) for d in day.decisions) <= budget
        spent.append(cost.sum())
        tried += int(day.explored.sum())
        unfunded += int((day.explored & (day.allocated < 0)).sum())
    assert tried > 100
    assert unfunded > 0
    assert np.mean(spent) <= 0.2 * budget * 1.15


def test_the_frequencies_under_a_budget_are_the_probabilities(make_parts):
    batch = make_parts(300).batch
    terms = replace(batch.day.terms, exploration=0.4, exploration_budget=0.3)
    seen, expected, spread = 0.0, 0.0, 0.0
    for day in _days(batch, terms, 150_000, 59):
        treated = ~day.held_out
        offer = day.propensities[treated, 1:] / (1 - terms.holdout_share)
        trials = day.explored[treated]
        filled = np.isin(np.array(day.customers.customer_id)[treated], list(day.ration.filled))
        other = day.allocated[treated]
        off = offer.copy()
        off[np.flatnonzero(other >= 0), other[other >= 0]] = 0.0
        chance = np.where(filled, 0.0, off.sum(axis=1))
        seen += (trials & ~filled).sum()
        expected += chance.sum()
        spread += (chance * (1 - chance)).sum()
    assert expected > 50
    assert abs(seen - expected) < 4 * np.sqrt(spread)


def test_budget_zero_makes_no_offer(make_parts):
    batch = make_parts(100, budget_cents=0).batch
    assert {d.incentive for d in batch.decisions} == {None}
    assert {d.rule for d in batch.decisions} <= {"monitor_band", "nothing_pays", "budget"}


def test_holdout_does_not_depend_on_date_or_run(make_parts):
    batch = make_parts(200).batch
    other = conclude(
        batch.customers,
        batch.weighed,
        type(batch.day)("run-2", "2027-01-01T00:00:00Z", batch.day.terms),
        Ration(),
    )
    assert (other.held_out == batch.held_out).all()
    assert (other.draw_position != batch.draw_position).all()


def test_a_customer_below_the_threshold_is_not_targeted(make_audience, terms):
    from retinue.decisions import Day, decide_batch
    from retinue.decisions.replay import customers_of

    features, assessments = make_audience(10)
    assessments["churn_probability"] = 0.4
    batch = decide_batch(customers_of(assessments, features), Day("r", "2026-02-14T00:00:00Z", terms))
    assert {d.rule for d in batch.decisions} == {"not_targeted"}
    assert any("not_targeted" in batch.removed_by(row) for row in range(10))
    assert batch.decisions[0].reasons == ()
