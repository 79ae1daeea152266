"""Whatever the rules say, they let nothing go that a guard holds back, and break no limit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.decisions.tables.conftest import rule_set

from retinue.decisions import Day, Terms, decide_batch
from retinue.decisions.batch import conclude, weigh_under
from retinue.decisions.engine import Case, Proposal, decide
from retinue.decisions.replay import customers_of
from retinue.decisions.rollout import Rollout
from retinue.decisions.rules import GUARDS, Ruling, Thresholds
from retinue.decisions.withheld import WITHHELD, bit, reasons_of
from retinue.domain import ActionType, Incentive
from retinue.incentives.catalogue import DEFAULT
from retinue.incentives.limits import Limits
from retinue.settings import Settings

PATIENT = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
ROUTES = [f'"{action.value}"' for action in ActionType]
CELLS = {
    "churn_probability": st.sampled_from(["", "", "> 0.5", "(0.6..0.75]", "< 0.9", ">= 0.41"]),
    "clv": st.sampled_from(["", "", "> 1000", "< 500", "[300..3000]", "$ > 800"]),
    "cost": st.sampled_from(["", "", "> 20", "<= 10"]),
    "offer": st.sampled_from(["", "", '"fixed_credit"', f'not in ["{DEFAULT[0].id}", "{DEFAULT[1].id}"]']),
    "value_tier": st.sampled_from(["", "", '"Basic"', '!= "Premium"']),
    "subscribed": st.sampled_from(["", "", "true", "false"]),
    "route": st.sampled_from(ROUTES),
    "suppress": st.sampled_from(["", "", "", "true", "false"]),
    "urgency": st.sampled_from(["", '"HIGH"', '"LOW"']),
    "priority_factor": st.sampled_from(["", "0", "0.5", "3"]),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=4)
LAST = st.sampled_from(ROUTES)
LIMITS = st.builds(
    Limits,
    st.one_of(st.none(), st.integers(0, 200_000)),
    st.just({}),
    st.one_of(st.none(), st.integers(0, 8)),
    st.one_of(st.none(), st.integers(0, 20)),
)
BUDGETS = Settings(incentives={"exploration": 0.5}, holdout={"share": 0.3, "usual_share": 0.1})


def rules_of(rows, last):
    named = [{**row, "rule": f'"rule_{n}"'} for n, row in enumerate(rows)]
    return rule_set(*named, {"route": last, "rule": '"the_rest"'})


def day(make_audience, rules, seed, limits, n=60):
    features, assessments = make_audience(n, seed)
    rng = np.random.default_rng(seed)
    told = [c for c in WITHHELD if c not in ("sleeping_dog", "by_rule")]
    withheld = np.array(
        [bit(told[i]) if i < len(told) else 0 for i in rng.integers(0, 20, n)], dtype=np.int64
    )
    terms = Terms.of(BUDGETS, rules)
    customers = customers_of(assessments, features, withheld=withheld)
    return decide_batch(customers, Day("run-1", "2026-02-14T00:00:00Z", terms), limits=limits), withheld


@PATIENT
@given(ROWS, LAST, st.integers(0, 10_000), LIMITS)
def test_no_rule_overrules_a_guard(make_audience, rows, last, seed, limits):
    batch, withheld = day(make_audience, rules_of(rows, last), seed, limits)
    risk, spent, reviews, treated = batch.customers.churn_probability, 0, 0, 0
    for row, decision in enumerate(batch.decisions):
        offered = decision.incentive is not None
        if batch.held_out[row] or withheld[row] or risk[row] <= 0.60:
            assert not offered
        if not offered:
            assert decision.action_type in (ActionType.NO_ACTION, ActionType.MONITOR)
            assert decision.cost == decision.expected_roi == 0
            continue
        column = int(batch.made[row])
        assert batch.weighed.eligible[row, column]
        assert batch.weighed.ruling(row, column).action is decision.action_type
        assert decision.rule == batch.weighed.ruling(row, column).rule
        assert decision.propensities[decision.incentive.id] > 0
        spent += round(decision.cost * 100)
        reviews += decision.action_type is ActionType.MANUAL_REVIEW
        treated += 1
    assert limits.total_cents is None or spent <= limits.total_cents
    assert limits.reviews is None or reviews <= limits.reviews
    assert limits.treated is None or treated <= limits.treated


@PATIENT
@given(ROWS, LAST, st.integers(0, 10_000))
def test_an_offer_kept_back_has_no_chance_and_says_so(make_audience, rows, last, seed):
    batch, withheld = day(make_audience, rules_of(rows, last), seed, Limits())
    weighed = batch.weighed
    for row, decision in enumerate(batch.decisions):
        assert abs(sum(decision.propensities.values()) - 1.0) <= 1e-12
        aside = bool(weighed.set_aside[row])
        assert ("by_rule" in reasons_of(int(batch.withheld[row]))) == aside
        if aside and not withheld[row]:
            assert decision.propensities["none"] == 1.0
            assert decision.rule.startswith(("rule_", "the_rest"))
        for column, offer in enumerate(weighed.catalogue.offers):
            if aside or not weighed.ruling(row, column).makes_offer:
                assert decision.propensities[offer.id] == 0.0
            if (
                weighed.barred[row, column]
                and weighed.eligible[row, column]
                and weighed.safe[row, column] > 0
            ):
                assert batch.removed_by(row)[column] in ("by_rule", "sleeping_dog")


@PATIENT
@given(ROWS, LAST, st.integers(0, 10_000), st.one_of(st.none(), st.integers(0, 200_000)))
def test_one_customer_alone_is_decided_to_the_same_bits(make_audience, rows, last, seed, cents):
    batch, _ = day(make_audience, rules_of(rows, last), seed, Limits(cents), n=30)
    for row in range(0, 30, 7):
        one = batch.customers.take(np.array([row]))
        again = conclude(one, weigh_under(batch.day.terms, one, None), batch.day, batch.ration)
        assert again.decisions[0] == batch.decisions[row]
        assert again.removed_by(0) == batch.removed_by(row)


OFFER = Proposal(Incentive("fixed_credit", "fixed_credit", 25.0), 0.1, 60.0, 300.0, 0.8)
BOLD = Ruling("everything", ActionType.AUTO_EXECUTE, priority_factor=5.0)
HELD = {
    "not_targeted": {"churn_probability": 0.4},
    "monitor_band": {"churn_probability": 0.6},
    "nothing_pays": {"recommended": None, "offer": None},
    "budget": {"offer": None},
    "review_cap": {"offer": None, "lost_to": "review_cap"},
    "treated_share": {"offer": None, "lost_to": "treated_share"},
    "held_out": {"held_out": True},
    "as_usual": {"as_usual": True},
    **{code: {"withheld": code} for code in WITHHELD},
}


@pytest.mark.parametrize("guard", [rule.name for rule in GUARDS])
def test_each_guard_stands_before_the_boldest_rule(guard):
    case = replace(
        Case("D", "C", 0.9, 9000.0, False, OFFER, OFFER, {"none": 1.0}, ruling=BOLD), **HELD[guard]
    )
    decision = decide(case, Thresholds())
    assert (decision.rule, decision.incentive) == (guard, None)
    assert decision.action_type in (ActionType.NO_ACTION, ActionType.MONITOR)


def test_a_careful_rule_names_what_a_guard_would_have_watched_or_set_aside():
    careful = Ruling("left_alone", ActionType.NO_ACTION)
    for guard in ("monitor_band", "by_rule"):
        case = replace(
            Case("D", "C", 0.9, 9000.0, False, OFFER, OFFER, {"none": 1.0}, ruling=careful), **HELD[guard]
        )
        assert decide(case, Thresholds()).rule == "left_alone"
    held = Case("D", "C", 0.9, 9000.0, True, OFFER, OFFER, {"none": 1.0}, ruling=careful)
    assert decide(held, Thresholds()).rule == "held_out"


def test_a_factor_moves_a_priority_above_zero_and_leaves_one_below():
    plain = Case("D", "C", 0.9, 9000.0, False, OFFER, OFFER, {"none": 1.0})
    urgent = replace(BOLD, urgency=None)
    score = decide(plain, Thresholds()).priority_score
    assert decide(replace(plain, ruling=urgent), Thresholds()).priority_score == 5 * score > 0
    dear = replace(OFFER, cost=5000.0)
    low = replace(plain, offer=dear, recommended=dear)
    below = decide(low, Thresholds()).priority_score
    assert decide(replace(low, ruling=urgent), Thresholds()).priority_score == below < 0


def test_in_the_pilot_a_person_decides_whatever_the_rules_say(make_audience):
    features, assessments = make_audience(60, 1)
    terms = Terms.of(BUDGETS, rules_of([], '"auto_execute"'), rollout=Rollout("pilot", 1.0, "any"))
    batch = decide_batch(
        customers_of(assessments, features),
        Day("run-1", "2026-02-14T00:00:00Z", terms),
        limits=Limits(reviews=5),
    )
    offers = [decision for decision in batch.decisions if decision.incentive]
    assert len(offers) == 5
    assert {(d.action_type, d.rule) for d in offers} == {(ActionType.MANUAL_REVIEW, "pilot_review")}
