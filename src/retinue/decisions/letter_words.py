"""What the rules say, said to the customer they were applied to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retinue.decisions.explain import rule_in_words
from retinue.decisions.removed import REMOVED
from retinue.decisions.tables.document import RuleSet
from retinue.decisions.withheld import BY_RULE

__all__ = ["removed_to_you", "rule_to_you"]

_TO_YOU: Mapping[str, str] = {
    "stopped": "At that time a person had stopped all offers to everybody.",
    "unfair": "No offers were made to anybody that day, because some group of customers would surely have "
    "got too few.",
    "not_in_rollout": "Offers had not been introduced yet for the group of customers you belong to.",
    "objected": "You had told us that you do not want such offers, or had not agreed where that is needed. "
    "We heed that.",
    "under_offer": "You had had an offer so lately that another was not due.",
    "rejected": "A colleague of ours had decided a short while before not to make you an offer.",
    "contact_cap": "We had approached you often enough lately.",
    "lifetime_cap": "You had had as many offers, or as much money, as we give to one customer.",
    "cancel_clicks": "You had asked to cancel and stayed several times; an offer after that would pay for "
    "asking.",
    "sleeping_dog": "From customers like you we learned that being contacted does more harm than an offer "
    "does good.",
    "held_out": "You belong to a small group, drawn at random once and for all, that gets no offers, so "
    "that we can measure whether offers do any good.",
    "as_usual": "You belong to a group, drawn at random, that is treated as before this program was "
    "introduced.",
    "not_targeted": "The estimate was below the threshold above which we consider an offer.",
    "monitor_band": "At an estimate that is not above {monitor_up_to:.0%} we only keep an eye on it, without "
    "an offer.",
    "nothing_pays": "None of our offers was expected to bring more than it costs.",
    "review_cap": "An offer would have paid, but there were more offers than people who look at them that "
    "day.",
    "treated_share": "An offer would have paid, but only so many customers get one, and others gained more "
    "by it.",
    "high_value": "For a customer of your value to us a person decides.",
    "costly_offer": "Of an offer that costs so much a person decides.",
    "low_value_low_risk": "Neither your value to us nor the cost of the offer was such that a person has "
    "to decide.",
    "not_drawn": "Among offers that were about equally good one was drawn by lot, and the lot fell on none.",
    "budget": "The money for offers of that day went to customers for whom it was expected to do more.",
}

_REMOVED_TO_YOU: Mapping[str, str] = {
    "": "this is the one that was chosen",
    "not_eligible": "it does not fit what you have with us",
    "does_not_pay": "it was not sure enough to bring more than it costs",
    "outside_tolerance": "another offer was clearly better",
    "not_smallest": "a cheaper offer was as good",
    "not_drawn": "it was the best, and the lot fell on another or on none",
    "held_out": "it was the best, but you are in the group that gets no offers",
    "as_usual": "it was the best, but you are in the group that is treated as before",
    "not_targeted": "it would have been the best, but offers are not considered at so low an estimate",
    "monitor_band": "it would have been the best, but we only kept an eye on it",
}


def rule_to_you(rule: str, terms: Mapping[str, Any]) -> str:
    """A rule in a sentence to the customer; one of the business's own is quoted as it stands.

    >>> rule_to_you("nothing_pays", {})
    'None of our offers was expected to bring more than it costs.'
    >>> rule_to_you("monitor_band", {"thresholds": {"monitor_up_to": 0.6}})
    'At an estimate that is not above 60% we only keep an eye on it, without an offer.'
    """
    rules = RuleSet.from_dict(terms["rules"]) if "rules" in terms else None
    own = rules is not None and bool(rules.number) and rule in rules.words
    if rule in _TO_YOU and not own:
        return _TO_YOU[rule].format_map(terms.get("thresholds", {}))
    words = rule_in_words(rule, rules)
    return f"The rule that applied says: “{words}”" if words != rule else f"The rule “{rule}” applied."


def removed_to_you(code: str) -> str:
    """Why an offer was not the one made, in words to the customer.

    >>> removed_to_you("does_not_pay")
    'it was not sure enough to bring more than it costs'
    """
    if code == BY_RULE:
        return "one of our rules keeps it from customers like you"
    if code in _REMOVED_TO_YOU:
        return _REMOVED_TO_YOU[code]
    if code in _TO_YOU:
        return "it would have been the best, but nothing was to be offered to you then"
    return REMOVED.get(code, code)
