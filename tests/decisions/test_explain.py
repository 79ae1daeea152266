"""The story names the facts a person needs."""

import pytest

from retinue.decisions import receipt_of
from retinue.decisions.explain import explain, in_words
from retinue.domain import Money
from retinue.incentives.catalogue import DEFAULT


@pytest.fixture
def stories(make_parts):
    """rule → (receipt, story), from batches with and without a budget, some without CLV at stake."""
    found = {}
    for budget in (None, 60_000):
        parts = make_parts(400, budget_cents=budget, project={"currency": "USD"})
        for sections in parts.rows():
            receipt = receipt_of(parts.run(), sections)
            key = (receipt.body["decision"]["rule"], receipt.body["policy"]["explored"], budget is not None)
            found.setdefault(key, (receipt, explain(receipt)))
    return found


def test_every_story_has_worth_risk_reasons_offers_rule_and_holdout(stories):
    assert {rule for rule, _, _ in stories} >= {
        "monitor_band",
        "nothing_pays",
        "budget",
        "held_out",
        "high_value",
        "low_value_low_risk",
    }
    for (rule, _, _), (receipt, story) in stories.items():
        body = receipt.body
        assert body["customer"]["customer_id"] in story
        assert receipt.decision_id in story
        assert str(Money.of(body["assessment"]["clv"], "USD")) in story
        assert f"{body['assessment']['churn_probability']:.0%}" in story
        assert "Few logins in 30 days" in story
        assert f"rule {rule}" in story
        assert "2026-02-14" in story
        assert story.count("discount") >= 4
        assert len(story.splitlines()) < 35


def test_an_offer_is_told_with_cost_value_and_confidence(stories):
    receipt, story = stories["low_value_low_risk", False, False]
    decision = receipt.body["decision"]
    assert f"Decision: {in_words(decision['incentive'], 'USD')}" in story
    assert str(Money.of(decision["cost"], "USD")) in story
    assert str(Money.of(decision["expected_roi"], "USD")) in story
    assert "sent by itself" in story
    assert "Budget" not in story


def test_who_must_approve_who_is_held_out_and_what_was_drawn(stories):
    assert "a person must approve it" in stories["high_value", False, False][1]
    held = stories["held_out", False, False][1]
    assert "Decision: no offer" in held
    assert "yes, one of the 10%" in held
    assert "nothing to approve" in held
    explored = next(story for (_, drawn, _), (_, story) in stories.items() if drawn)
    assert "Drawn to learn from" in explored


def test_no_offer_is_told_with_its_reason(stories):
    assert "Decision: watch, no offer." in stories["monitor_band", False, False][1]
    assert "earns more elsewhere" in stories["budget", False, True][1]
    assert "one more USD that day would have earned" in stories["budget", False, True][1]
    assert "No offer is expected to earn more than it costs" in stories["nothing_pays", False, False][1]


def test_unknown_facts_are_left_out(make_parts):
    parts = make_parts(1)
    parts.assessments["time_to_churn_days"] = float("nan")
    parts.assessments["mrr"] = float("nan")
    parts.assessments["segment"] = ""
    parts.assessments["value_tier"] = ""
    story = explain(receipt_of(parts.run(), {**next(parts.rows()), "reasons": []}))
    assert "in about" not in story
    assert "a month." not in story
    assert "Because" not in story


def test_an_empty_catalogue_is_said(make_parts):
    nothing = {offer.id: {"enabled": False} for offer in DEFAULT}
    parts = make_parts(1, incentives={"catalogue": nothing})
    story = explain(receipt_of(parts.run(), next(parts.rows())))
    assert "the catalogue is empty" in story


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        ({"type": "fixed_credit", "value": 25.0, "duration_months": None}, "credit of 25.00 EUR"),
        ({"type": "free_upgrade", "value": 50.0, "duration_months": 3}, "free upgrade for 3 months"),
        ({"type": "loyalty_points", "value": 15, "duration_months": None}, "loyalty points worth 15.00 EUR"),
        (
            {"type": "personalized_bundle", "value": 10.0, "duration_months": 1},
            "personal bundle at 10 % off for 1 month",
        ),
    ],
)
def test_offers_in_words(offer, words):
    assert in_words(offer, "EUR") == words
