"""Why a case waits for a person, in words that person understands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from retinue.campaigns.contests import contest_in_words, is_contest
from retinue.campaigns.templates import in_words as offer_in_words
from retinue.decisions.rules import RULES
from retinue.domain import Incentive
from retinue.store.accounts import in_words as amount
from retinue.store.accounts import naive
from retinue.store.reviews import ReviewRecord

__all__ = ["case_in_words", "due_in_words", "headline"]


def headline(case: ReviewRecord, currency: str) -> str:
    """One line: who, how likely to leave, worth what, offered what."""
    facts = case.case
    if is_contest(case):
        return f"{case.customer_id}: asks that a person looks at decision {facts['decision_id']}"
    return (
        f"{case.customer_id}: {facts['churn_probability'] * 100:.0f} % to leave, "
        f"worth {facts['clv']:,.0f} {currency} ({facts['tier']}); {_offer(case.offer, currency)} "
        f"for {amount(case.cents)}, expected to earn {amount(case.expected_cents)}"
    )


def case_in_words(case: ReviewRecord, currency: str, *, now: datetime) -> list[str]:
    """The whole case in sentences: why the customer may leave, what is proposed, why a person decides, what
    else was possible, and by when. `now`: aware UTC."""
    facts = case.case
    if is_contest(case):
        return [*contest_in_words(case), due_in_words(case, now=now)]
    days = facts.get("time_to_churn_days")
    lines = [
        f"Customer {case.customer_id} ({facts['tier']}, segment {facts['segment']}) will leave with a "
        f"probability of {facts['churn_probability'] * 100:.0f} %"
        + (f", in about {days:.0f} days." if days else "."),
        f"Worth {facts['clv']:,.0f} {currency}{_interval(facts, currency)}.",
    ]
    if facts["reasons"]:
        lines.append("Why: " + " ".join(_sentence(reason) for reason in facts["reasons"][:4]))
    lines.append(
        f"Proposed: {_offer(case.offer, currency)}, which costs {amount(case.cents)} {currency} "
        f"and is expected to earn {amount(case.expected_cents)} {currency} beyond that."
    )
    if facts.get("explored"):
        lines.append("The offer is a trial: it was drawn to learn how such customers respond.")
    lines.append(f"Why a person decides: {_rule(facts['rule'], facts.get('rule_words', ''))}")
    if case.urgent:
        lines.append("Urgent: likely to leave, and of high value.")
    options = [o for o in facts["alternatives"] if o["id"] != case.offer["id"] and not o.get("excluded")]
    if options:
        said = (
            f"{o['id']} ({amount(o['cents'])}, earns {amount(o['expected_cents'])})"
            for o in sorted(options, key=lambda o: -o["expected_cents"])[:5]
        )
        lines.append(f"Possible instead: {', '.join(said)}.")
    if case.first_by:
        lines.append(f"{case.first_by} approved it; at this amount a second person must.")
    lines.append(due_in_words(case, now=now))
    return lines


def due_in_words(case: ReviewRecord, *, now: datetime) -> str:
    """By when an answer is due, and whether that is over."""
    hours = (case.due_at - naive(now)).total_seconds() / 3600
    if case.state != "waiting":
        return f"Closed: {case.state}" + (f" by {case.answered_by}." if case.answered_by else ".")
    when = f"{abs(hours):.0f} hours" if abs(hours) < 48 else f"{abs(hours) / 24:.0f} days"
    for_whom = f", with {case.assigned_to}" if case.assigned_to else ""
    return f"Overdue by {when}{for_whom}." if hours < 0 else f"Due in {when}{for_whom}."


def _offer(offer: Mapping[str, Any], currency: str) -> str:
    return offer_in_words(Incentive(**offer), currency)


def _interval(facts: Mapping[str, Any], currency: str) -> str:
    low, high = facts.get("clv_low"), facts.get("clv_high")
    return "" if low is None or high is None else f" (80 % between {low:,.0f} and {high:,.0f} {currency})"


def _rule(name: str, words: str) -> str:
    """What the rule said when it was decided; of earlier campaigns what it says today."""
    words = words or {rule.name: rule.words for rule in RULES}.get(name, "")
    return f"{words} (rule {name})" if words else f"rule {name}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
