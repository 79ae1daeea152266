"""Why a person decides: the words of the rule as they were when it decided."""

from datetime import UTC, datetime

import pytest

from retinue.campaigns.review_words import case_in_words
from retinue.store.reviews import ReviewRecord

NOW = datetime(2026, 2, 14, tzinfo=UTC)


def case(**rule):
    day = datetime(2026, 2, 15)
    facts = {
        "churn_probability": 0.7,
        "clv": 900.0,
        "tier": "Basic",
        "segment": "x",
        "reasons": [],
        "alternatives": [],
    }
    offer = {"id": "fixed_credit", "type": "fixed_credit", "value": 25.0, "duration_months": None}
    return ReviewRecord(
        "D", "CAMP", "C1", "waiting", False, 900, 2500, {**facts, **rule}, offer, None, None, day, day,
        False, None, None, None, "", "", day,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"rule": "partners", "rule_words": "By the contract."}, "By the contract. (rule partners)"),
        ({"rule": "high_value", "rule_words": "Our best."}, "Our best. (rule high_value)"),
        ({"rule": "high_value"}, "A customer of this value is decided on by a person. (rule high_value)"),
        ({"rule": "partners"}, "rule partners."),
    ],
)
def test_a_case_tells_the_rule_as_it_was(rule, said):
    assert f"Why a person decides: {said}" in case_in_words(case(**rule), "EUR", now=NOW)
