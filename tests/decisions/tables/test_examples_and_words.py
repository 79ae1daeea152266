"""Examples beside the rules, and rules and their differences in words."""

import json

import pytest
from tests.decisions.tables.conftest import rule_set

from retinue.decisions import Thresholds
from retinue.decisions.tables import default_rules
from retinue.decisions.tables.examples import default_examples, read_examples, ruling_for, try_examples
from retinue.decisions.tables.words import differences, in_rows
from retinue.errors import RulesError

REST = {"route": '"auto_execute"', "rule": '"rest"'}
PARTNERS = {
    "country": '"DE", "AT"',
    "route": '"manual_review"',
    "rule": '"partners"',
    "words": "By the contract.",
}


def read(entry):
    return read_examples(json.dumps([entry]), "rules.examples.json")


@pytest.mark.parametrize("thresholds", [Thresholds(), Thresholds(0.1, 0.2, 0.3, 1.0, 2.0, 3.0)])
def test_the_examples_one_starts_from_hold(thresholds):
    rules = default_rules(thresholds)
    found = try_examples(rules, read_examples(json.dumps(default_examples(rules)), "e"))
    assert len(found) == 6
    assert all(tried.holds for tried in found)


def test_an_example_that_does_not_come_out_says_what_did():
    rules = rule_set(PARTNERS, REST)
    expect = {"route": "auto_execute", "priority_factor": 1.0}
    (tried,) = try_examples(rules, read({"name": "a partner", "given": {"country": "AT"}, "expect": expect}))
    assert not tried.holds
    assert tried.in_words() == (
        "fails: a partner: expected route auto_execute, got manual_review (rule partners)"
    )
    (other,) = try_examples(rules, read({"given": {"country": "FR"}, "expect": expect}))
    assert (other.name, other.holds) == ("example 1", True)


def test_without_a_fact_of_an_offer_rows_that_ask_for_one_do_not_hold():
    rules = rule_set({"cost": "< 10", "route": '"monitor"', "rule": '"cheap"'}, REST)
    assert ruling_for(rules, {"clv": 5.0}).rule == "rest"
    assert ruling_for(rules, {"clv": 5.0, "cost": 1.0}).rule == "cheap"
    assert ruling_for(rules, {"clv": 5.0, "offer": "fixed_credit"}).rule == "rest"  # its cost is unknown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("{}", "no list"),
        ('[{"given": {}}]', "needs 'given' and 'expect'"),
        ('[{"given": {"clvv": 1}, "expect": {"rule": "a"}}]', "no fact 'clvv'"),
        ('[{"given": {"clv": "1"}, "expect": {"rule": "a"}}]', "clv cannot be '1'"),
        ('[{"given": {"subscribed": 1}, "expect": {"rule": "a"}}]', "subscribed cannot be 1"),
        ('[{"given": {}, "expect": {"rout": "a"}}]', "'rout' cannot be expected"),
        ('[{"given": {}, "expect": {}}]', "expects nothing"),
    ],
)
def test_an_example_that_cannot_be_read_is_named(text, why):
    with pytest.raises(RulesError, match=why):
        read_examples(text, "rules.examples.json")


def test_a_table_reads_as_it_stands():
    rows = in_rows(rule_set(PARTNERS, {**REST, "priority_factor": "1.5"}).tables[0])
    assert rows[0]["country"] == '"DE", "AT"'
    assert rows[0]["clv"] == "any"
    assert (rows[0]["in words"], rows[0]["route"]) == ("By the contract.", "manual_review")
    assert rows[1]["priority_factor"] == "1.5"


def test_differences_are_told_row_by_row():
    old = rule_set(PARTNERS, {"clv": "> 10", "route": '"monitor"', "rule": '"watched"'}, REST)
    new = rule_set(
        {"clv": "> 20", "cost": "< 5", "route": '"no_action"', "rule": '"watched"', "words": "Row 2."},
        {**PARTNERS, "words": "By the new contract."},
        {"offer": '"fixed_credit"', "suppress": "true", "route": '"monitor"', "rule": '"no_credit"'},
        {**REST, "words": "Row 3."},
    )
    assert differences(old, new) == [
        "Routing: row 1 'watched': clv was > 10, is > 20; cost was any, is < 5;"
        " route was monitor, is no_action",
        "Routing: row 2 'partners': its words are now: By the new contract.",
        "Routing: row 3 'no_credit' is new (offer \"fixed_credit\": route monitor, suppress yes)",
        "Routing: the order of the rows is another: watched, partners, rest",
    ]
    assert differences(old, old) == []
    gone = differences(old, rule_set(REST | {"words": "Row 3."}))
    assert "Routing: row 2 'watched' is gone (clv > 10: route monitor)" in gone
    assert "table Urgency is new, with 3 rows" in differences(old, default_rules(Thresholds()))
