"""What rules do to a day: offers kept back, customers set aside, routes, urgency, and who says so."""

import pytest
from tests.decisions.tables.conftest import rule_set

from retinue.decisions import Day, ReceiptParts, Terms, decide_batch, receipt_of
from retinue.decisions.explain import explain
from retinue.decisions.replay import customers_of
from retinue.errors import RulesError
from retinue.settings import Settings

REST = {"route": '"auto_execute"', "rule": '"the_rest"'}


@pytest.fixture
def decided(make_audience):
    """The decisions of 200 customers under some rows; by customer, with the receipts' parts."""

    def decide(*rows, told=None, **sections):
        features, assessments = make_audience(200, 3)
        for name, values in (told or {}).items():
            features[f"attribute_{name}"] = values(len(features))
        terms = Terms.of(Settings(holdout={"share": 0.0}, **sections), rule_set(*rows, number=4))
        batch = decide_batch(customers_of(assessments, features), Day("r", "2026-02-14T00:00:00Z", terms))
        return batch, ReceiptParts(batch, features, assessments, {"churn": "a" * 64, "clv": "b" * 64})

    return decide


def test_another_offer_takes_the_place_of_one_kept_back(decided):
    free, _ = decided(REST)
    favourite = max(
        (offer.id for offer in free.weighed.catalogue.offers),
        key=lambda name: sum(d.incentive is not None and d.incentive.id == name for d in free.decisions),
    )
    batch, _ = decided({"offer": f'"{favourite}"', "route": '"no_action"', "rule": '"not_this_one"'}, REST)
    ids = [d.incentive.id for d in batch.decisions if d.incentive]
    assert ids
    assert favourite not in ids
    had = [r for r, d in enumerate(free.decisions) if d.incentive and d.incentive.id == favourite]
    after = {batch.decisions[row].rule for row in had}
    assert after <= {"the_rest", "not_this_one", "nothing_pays"}
    assert any(batch.decisions[row].incentive for row in had)


def test_who_is_set_aside_keeps_their_priority_and_the_rule_is_named(decided):
    settled = {"incentives": {"exploration": 0.0}}
    free, _ = decided(REST, **settled)
    small = {"clv": "< 2000", "route": '"monitor"', "rule": '"small"', "words": "Too small."}
    batch, parts = decided(small, REST, **settled)
    rows = [r for r, d in enumerate(free.decisions) if d.incentive and batch.customers.clv[r] < 2000]
    assert rows
    for row in rows:
        decision = batch.decisions[row]
        assert (decision.rule, decision.action_type.value, decision.incentive) == ("small", "monitor", None)
        assert decision.priority_score == free.decisions[row].priority_score
    receipt = receipt_of(parts.run(), list(parts.rows())[rows[0]])
    assert receipt.body["decision"]["rules"] == 4
    assert receipt.body["run"]["versions"]["rules"]["table"] == 4
    assert "Why: Too small. (rule small, version 4 of the rules)" in explain(receipt)
    assert "a rule of the business lets" not in explain(receipt)


def test_nothing_is_suppressed_that_a_row_above_lets_go(decided):
    batch, _ = decided(
        {"cost": "<= 10", **REST, "rule": '"cheap"'},
        {"suppress": "true", "route": '"auto_execute"', "rule": '"dear"'},
    )
    offers = [d for d in batch.decisions if d.incentive]
    assert offers
    assert all(d.cost <= 10 and d.rule == "cheap" for d in offers)
    assert any(d.rule == "dear" and d.action_type.value == "no_action" for d in batch.decisions)


def test_urgency_and_priority_are_the_rules_to_say(decided):
    free, _ = decided(REST)
    batch, _ = decided({**REST, "urgency": '"HIGH"', "priority_factor": "2"})
    pairs = [(a, b) for a, b in zip(free.decisions, batch.decisions, strict=True) if b.incentive]
    assert pairs
    assert all(b.urgency.value == "HIGH" and b.priority_score == 2 * a.priority_score for a, b in pairs)


def test_a_rule_may_ask_what_the_customers_said_of_themselves(decided):
    def countries(n):
        return [("DE", "FR", None)[i % 3] for i in range(n)]

    rows = ({"country": 'not in ["DE", null]', "route": '"manual_review"', "rule": '"abroad"'}, REST)
    batch, _ = decided(*rows, told={"country": countries})
    offers = [(row, d) for row, d in enumerate(batch.decisions) if d.incentive]
    assert {d.rule for _, d in offers} == {"abroad", "the_rest"}
    assert all((d.rule == "abroad") == (row % 3 == 1) for row, d in offers)


def test_reviews_wanted_by_a_rule_count_against_their_limit(decided):
    from retinue.incentives.limits import Limits

    batch, parts = decided({"route": '"manual_review"', "rule": '"all"'})
    again = decide_batch(batch.customers, batch.day, limits=Limits(reviews=3))
    assert sum(d.incentive is not None for d in batch.decisions) > 3
    assert sum(d.incentive is not None for d in again.decisions) == 3
    assert any(d.rule == "review_cap" for d in again.decisions)
    candidates = next(iter(parts.rows()))["candidates"]
    assert {c.get("route") for c in candidates[1:]} == {"manual_review"}


def test_rules_without_a_last_row_are_refused_where_they_would_decide(decided):
    with pytest.raises(RulesError, match="no row holds"):
        decided({"clv": "> 1e9", **REST})
