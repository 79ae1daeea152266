"""The story of one decision, told to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from retinue.decisions.caps import Caps
from retinue.decisions.removed import REMOVED
from retinue.decisions.rollout import ROLLOUT_WORDS
from retinue.decisions.rules import GUARDS, RULES
from retinue.decisions.tables.document import RuleSet
from retinue.decisions.withheld import BY_RULE, WITHHELD
from retinue.domain import Money, Receipt
from retinue.incentives.catalogue import NONE, Offer
from retinue.incentives.costs import why_not_eligible

if TYPE_CHECKING:
    from retinue.decisions.labels import ResponseLabel

__all__ = ["explain", "in_words", "rule_in_words"]

_KINDS = {
    "percentage_discount": "{value:g} % discount",
    "fixed_credit": "credit of {amount}",
    "free_upgrade": "free upgrade",
    "loyalty_points": "loyalty points worth {amount}",
    "personalized_bundle": "personal bundle at {value:g} % off",
}
_WORDS = {**{rule.name: rule.words for rule in RULES}, **ROLLOUT_WORDS}
_GUARDS = {rule.name for rule in GUARDS}


def in_words(offer: Mapping[str, Any], currency: str) -> str:
    """An offer as one would say it.

    >>> in_words({"type": "percentage_discount", "value": 15.0, "duration_months": 3}, "EUR")
    '15 % discount for 3 months'
    """
    value = offer["value"]
    text = _KINDS[offer["type"]].format(value=value, amount=Money.of(value, currency))
    months = offer["duration_months"]
    return f"{text} for {months} month{'' if months == 1 else 's'}" if months else text


def explain(receipt: Receipt, label: ResponseLabel | None = None) -> str:
    """What the customer is worth, how likely they leave and why, what was weighed, what was decided and by
    whom.

    label: how the customer would respond, as `decisions.labels.label_of` gives it.

    Plain text of a dozen lines or two; every number is the receipt's own.
    """
    body = receipt.body
    terms = body["run"]["terms"]
    currency = terms["currency"]
    decision = body["decision"]
    lines = [
        f"Customer {body['customer']['customer_id']} as of {receipt.as_of:%Y-%m-%d} ({receipt.decision_id})",
        "",
        *_standing(body["assessment"], currency),
        *_occasion(terms.get("occasion")),
        *_reasons(body["reasons"]),
        "",
        "Offers weighed:",
        *_candidates(body, currency),
        *_response(label, terms["catalogue"], currency),
        "",
        f"Decision: {_outcome(decision, currency)}",
        f"Why: {_why(decision['rule'], terms)}",
        *_withheld(body["policy"], decision["rule"], terms),
        f"Approval: {_approval(decision)}",
        f"Holdout: {_holdout(body['policy'], terms)}",
        f"Urgency {decision['urgency']}, priority {Money.of(decision['priority_score'], currency)}.",
    ]
    if body["policy"]["explored"]:
        lines.append(
            "Drawn to learn from: without the draw it would have been"
            f" {body['policy']['allocated'] or 'none'}; {terms['exploration']:.0%} of customers are drawn"
            " to try an offer that may pay."
        )
    if body["run"]["budget"]["limited"]:
        price = Money.of(body["run"]["budget"]["shadow_price"], currency)
        lines.append(f"Budget: one more {currency} that day would have earned {price}.")
    lines += _caps(body["run"]["budget"], body["assessment"]["value_tier"], currency)
    return "\n".join(lines) + "\n"


def rule_in_words(rule: str, rules: RuleSet | None) -> str:
    """What a rule says: by its row in the rules of the business, else by the guards.

    >>> rule_in_words("held_out", None)
    'The customer belongs to the random holdout that is left alone to measure against.'
    """
    own = rules.words.get(rule) if rules is not None else None
    return own or _WORDS.get(rule, rule)


def _why(rule: str, terms: Mapping[str, Any]) -> str:
    """The rule in words, its name, and whose it is: a guard, or a version of the rules of the business."""
    rules = RuleSet.from_dict(terms["rules"]) if "rules" in terms else None
    whose = "" if rules is None or rule not in rules.words else f", {rules.title}"
    if rules is not None and rule in _GUARDS and not rules.number:
        whose = ""  # the band that is watched, by either name
    return f"{rule_in_words(rule, rules)} (rule {rule}{whose})"


def _caps(budget: Mapping[str, Any], tier: str, currency: str) -> list[str]:
    """What one more of each other limit that concerns the customer would have earned that day."""
    if "caps" not in budget:
        return []
    prices, most = Caps.from_dict(budget["caps"]).prices, budget["limits"]
    said = []
    if tier in most["tier_cents"]:
        said.append((f"{currency} for the tier {tier}", prices.of_tier(tier)))
    if most["reviews"] is not None:
        said.append(("review", prices.review))
    if most["treated"] is not None:
        said.append(("treated customer", prices.treated))
    return [f"Limit: one more {what} that day would have earned {Money.of(p, currency)}." for what, p in said]


def _standing(assessment: Mapping[str, Any], currency: str) -> list[str]:
    worth = f"Worth {Money.of(assessment['clv'], currency)} if they stay"
    low, high = assessment["clv_low"], assessment["clv_high"]
    if low is not None and high is not None:
        worth += f" (likely {Money.of(low, currency)} to {Money.of(high, currency)})"
    groups = [name for name in (assessment["value_tier"], assessment["segment"]) if name]
    lines = [f"{worth}{': ' if groups else ''}{', '.join(groups)}."]
    risk = f"Likely to leave: {assessment['churn_probability']:.0%} ({assessment['risk_level']})"
    days = assessment["time_to_churn_days"]
    lines.append(f"{risk}, in about {days:.0f} days." if days is not None else f"{risk}.")
    if assessment["mrr"] is not None:
        lines.append(f"Pays {Money.of(assessment['mrr'], currency)} a month.")
    return lines


def _occasion(occasion: Mapping[str, Any] | None) -> list[str]:
    """Where the probability of a customer at the cancel button comes from."""
    if occasion is None:
        return []
    if occasion["basis"] == "stated":
        where = "as the settings state"
    else:
        where = f"as {occasion['carried_out']:,} of {occasion['requests']:,} did without an offer"
    return [f"The customer asked to cancel; so likely are such requests carried out, {where}."]


def _reasons(reasons: list[Mapping[str, Any]]) -> list[str]:
    return ["Because:", *(f"  - {reason['text']}" for reason in reasons)] if reasons else []


def _candidates(body: Mapping[str, Any], currency: str) -> list[str]:
    offers = {offer["id"]: Offer(**offer) for offer in body["run"]["terms"]["catalogue"]}
    lines = []
    for candidate in body["candidates"]:
        if candidate["id"] == NONE:
            continue
        offer = offers[candidate["id"]]
        name = in_words(
            {"type": offer.type, "value": offer.value, "duration_months": offer.duration_months}, currency
        )
        why = REMOVED[candidate["removed_by"]]
        if candidate["removed_by"] == BY_RULE:
            why = f"{why} (rule {candidate['rule']})"
        if candidate["removed_by"] == "not_eligible":
            lines.append(f"  - {name}: {why} ({why_not_eligible(offer)})")
            continue
        lines.append(
            f"  - {name}: costs {Money.of(candidate['cost'], currency)}, keeps"
            f" {candidate['retention_lift']:.0%} of leavers, earns {Money.of(candidate['net'], currency)},"
            f" pays with {candidate['confidence']:.0%} probability: {why}"
        )
    return lines or ["  - none: the catalogue is empty"]


def _response(
    label: ResponseLabel | None, catalogue: Sequence[Mapping[str, Any]], currency: str
) -> list[str]:
    """How the customer would respond to the offer considered."""
    if label is None:
        return []
    offer = next(offer for offer in catalogue if offer["id"] == label.offer)
    return ["", f"Response to a {in_words(offer, currency)}: {label.words}"]


def _outcome(decision: Mapping[str, Any], currency: str) -> str:
    offer = decision["incentive"]
    if offer is None:
        return "watch, no offer." if decision["action_type"] == "monitor" else "no offer."
    return (
        f"{in_words(offer, currency)}, at a cost of {Money.of(decision['cost'], currency)};"
        f" expected to earn {Money.of(decision['expected_roi'], currency)} net,"
        f" {decision['confidence']:.0%} sure that it pays."
    )


def _withheld(policy: Mapping[str, Any], named: str, terms: Mapping[str, Any]) -> list[str]:
    """The reasons that held beside the one named."""
    by_rule = "rules" in terms and named in RuleSet.from_dict(terms["rules"]).words
    said = {named, BY_RULE} if by_rule else {named}
    others = [code for code in policy.get("withheld", ()) if code not in said]
    return [f"Also: {WITHHELD[code]} ({code})" for code in others]


def _approval(decision: Mapping[str, Any]) -> str:
    if decision["action_type"] == "manual_review":
        return "a person must approve it."
    return "none needed, it is sent by itself." if decision["incentive"] else "nothing to approve."


def _holdout(policy: Mapping[str, Any], terms: Mapping[str, Any]) -> str:
    share = f"{terms['holdout_share']:.0%}"
    if policy["held_out"]:
        return f"yes, one of the {share} who get no offer of any kind, so that the effect can be measured."
    return f"no ({share} of customers are)."
