"""The decision table: every combination of conditions, every threshold from both sides."""

import math
from dataclasses import replace
from itertools import product

import pytest

from retinue.decisions import RULES, Case, Proposal, Thresholds, decide, priority_score, route, urgency
from retinue.decisions.caps import LOST
from retinue.decisions.engine import decision_id
from retinue.decisions.rules import Facts, risk_level
from retinue.decisions.withheld import FREE, WITHHELD
from retinue.domain import ActionType, Incentive, Reason, RiskLevel, Urgency
from retinue.settings import DecisionSettings

T = Thresholds()
OFFER = Proposal(Incentive("percentage_discount_15", "percentage_discount", 15.0, 3), 0.1, 60.0, 300.0, 0.8)


def case(**changes):
    base = Case("D", "C", 0.7, 1000.0, False, OFFER, OFFER, {"none": 0.1, OFFER.incentive.id: 0.9})
    return replace(base, **changes)


def expected(risk, clv, cost, recommended, offered, held_out, as_usual, withheld, lost_to):
    """The table of docs/concepts/decisions.md, read line by line."""
    if risk <= 0.40:
        return "not_targeted", ActionType.NO_ACTION
    if risk <= 0.60:
        return "monitor_band", ActionType.MONITOR
    if withheld:
        return withheld, ActionType.NO_ACTION
    if not recommended and not offered:
        return "nothing_pays", ActionType.NO_ACTION
    if not offered:
        return lost_to, ActionType.NO_ACTION
    if held_out:
        return "held_out", ActionType.NO_ACTION
    if as_usual:
        return "as_usual", ActionType.NO_ACTION
    if clv > 5000:
        return "high_value", ActionType.MANUAL_REVIEW
    if cost > 250:
        return "costly_offer", ActionType.MANUAL_REVIEW
    return "low_value_low_risk", ActionType.AUTO_EXECUTE


def around(value):
    return (math.nextafter(value, 0.0), value, math.nextafter(value, math.inf))


RISKS = (0.0, *around(0.40), *around(0.60), *around(0.80), 1.0)
CLVS = (-10.0, 0.0, *around(2000.0), *around(5000.0), 1e9)
COSTS = (0.0, *around(250.0), 1e6)


def test_every_combination_of_conditions_and_boundaries():
    seen = set()
    either = (True, False)
    for risk, clv, cost, recommended, offered, held_out, as_usual, withheld, lost_to in product(
        RISKS, CLVS, COSTS, either, either, either, either, (FREE, *WITHHELD), LOST
    ):
        offer = replace(OFFER, cost=cost)
        decision = decide(
            case(
                churn_probability=risk,
                clv=clv,
                held_out=held_out,
                as_usual=as_usual,
                withheld=withheld,
                lost_to=lost_to,
                recommended=offer if recommended else None,
                offer=offer if offered else None,
            ),
            T,
        )
        rule, action = expected(risk, clv, cost, recommended, offered, held_out, as_usual, withheld, lost_to)
        assert (decision.rule, decision.action_type) == (rule, action)
        seen.add(rule)
        makes_offer = action in (ActionType.AUTO_EXECUTE, ActionType.MANUAL_REVIEW)
        assert (decision.incentive is not None) == makes_offer
        if held_out or as_usual:
            assert decision.incentive is None
            assert (
                decision.cost == decision.expected_roi == decision.retention_lift == decision.confidence == 0
            )
        if clv > 5000:
            assert action is not ActionType.AUTO_EXECUTE
        urgent = risk > 0.80 and clv > 2000
        assert (decision.urgency is Urgency.HIGH) == urgent
        if not urgent:
            assert decision.urgency is (Urgency.MEDIUM if risk > 0.60 else Urgency.LOW)
    assert seen == {rule.name for rule in RULES}


def test_urgency_does_not_change_the_route():
    calm, urgent = (decide(case(churn_probability=p, clv=9000.0), T) for p in (0.7, 0.9))
    assert calm.action_type is urgent.action_type is ActionType.MANUAL_REVIEW
    assert (calm.urgency, urgent.urgency) == (Urgency.MEDIUM, Urgency.HIGH)


def test_priority_is_the_design_documents():
    assert decide(case(), T).priority_score == priority_score(1000.0, 0.7, 0.1, 60.0) == 1000 * 0.7 * 0.1 - 60
    held = decide(case(held_out=True), T)
    assert held.priority_score == decide(case(), T).priority_score
    assert decide(case(recommended=None, offer=None), T).priority_score == 0.0


def test_priority_follows_the_offer_made_not_the_one_recommended():
    cheaper = replace(OFFER, cost=10.0, retention_lift=0.05)
    assert decide(case(offer=cheaper), T).priority_score == priority_score(1000.0, 0.7, 0.05, 10.0)


def test_thresholds_are_those_of_the_settings():
    assert Thresholds(**DecisionSettings().model_dump()) == T
    strict = replace(T, review_clv_above=500.0, auto_cost_up_to=10.0, act_above=0.75, monitor_up_to=0.75)
    assert decide(case(), strict).rule == "not_targeted"
    assert decide(case(churn_probability=0.8), strict).rule == "high_value"
    assert decide(case(churn_probability=0.8, clv=500.0), strict).rule == "costly_offer"


def test_an_unknown_probability_is_never_acted_upon():
    assert decide(case(churn_probability=math.nan), T).rule == "not_targeted"


def test_facts_are_carried_over():
    reasons = (Reason("f", 1.0, 0.2, "because"),)
    decision = decide(case(reasons=reasons), T)
    assert decision.reasons == reasons
    assert decision.propensities == {"none": 0.1, OFFER.incentive.id: 0.9}
    assert (decision.expected_roi, decision.cost, decision.confidence) == (300.0, 60.0, 0.8)


def test_every_rule_says_itself_in_words_and_knows_whether_it_offers():
    assert [rule.makes_offer for rule in RULES] == [False] * 19 + [True] * 3
    assert all(rule.words.endswith(".") for rule in RULES)
    assert RULES[-1].holds(Facts(0.9, 1.0, 1.0, True, True, False), T)


def test_route_and_urgency_and_risk_level_at_their_edges():
    facts = {"clv": 1.0, "cost": 1.0, "recommended": True, "offered": True, "held_out": False}
    assert route(churn_probability=0.6, thresholds=T, **facts).action is ActionType.MONITOR
    assert urgency(0.8, 1e9, T) is Urgency.MEDIUM
    assert [risk_level(p, T) for p in around(0.4)] == [RiskLevel.LOW, RiskLevel.LOW, RiskLevel.MEDIUM]


@pytest.mark.parametrize("other", [("r2", "d", "c"), ("r", "d2", "c"), ("r", "d", "c2"), ("rd", "", "c")])
def test_decision_ids_are_stable_and_distinct(other):
    assert decision_id("r", "d", "c") == decision_id("r", "d", "c")
    assert decision_id("r", "d", "c") != decision_id(*other)


def test_the_engine_needs_the_standard_library_alone():
    """In a fresh interpreter, importing the engine loads no third-party package."""
    import subprocess
    import sys

    code = (
        "import sys, retinue.decisions.engine;"
        "heavy = {'numpy', 'pandas', 'pydantic', 'msgspec', 'scipy', 'pyarrow', 'ibis'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
