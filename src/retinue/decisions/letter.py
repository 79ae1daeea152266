"""The letter that explains one decision to the customer (Art. 15(1)(h), 22 GDPR), written from its receipt.

It tells what was decided, the procedure as it was applied to this customer (not how such programs work in
general), the facts that weighed most, what would have changed the result, who looked at it, and what the
customer can do about it. Every number is the receipt's own; the same receipt gives the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from retinue.decisions.explain import in_words
from retinue.decisions.letter_words import removed_to_you, rule_to_you
from retinue.domain import Money, Receipt
from retinue.incentives.catalogue import NONE
from retinue.privacy.letters import Letter, Section, day_in_words
from retinue.privacy.letters.rights import rights

if TYPE_CHECKING:
    from retinue.churn.counterfactual import Changed

__all__ = ["Around", "letter_of", "undecided_letter"]

_SHOWN_FACTS = 6
_SHOWN_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beside the receipt.

    sender: who answers for the data. contact: where a customer turns to. day: of the letter. people: what
    people did about the decision, in sentences, oldest first. sent: what became of the offer, in sentences.
    changes: what would have changed the estimate, strongest first; empty where that is not known any more.
    """

    sender: str
    contact: str
    day: date
    people: Sequence[str] = ()
    sent: Sequence[str] = ()
    changes: Sequence[Changed] = ()


def letter_of(receipt: Receipt, around: Around) -> Letter:
    """The letter about one decision."""
    body = receipt.body
    return Letter(
        title="How we decided whether to make you an offer",
        day=around.day,
        sender=around.sender,
        reference=f"{receipt.decision_id}, customer {body['customer']['customer_id']}",
        sections=(
            Section("What was decided", (_decided(receipt), *around.sent)),
            _procedure(body),
            _facts(body),
            _counterfactual(body, around.changes),
            Section("Who looked at it", tuple(around.people) or (_nobody(body),)),
            rights(around.contact, receipt.decision_id),
        ),
    )


def undecided_letter(
    customer_id: str,
    around: Around,
    *,
    as_of: date,
    risk: float | None,
    act_above: float,
    why: str,
    facts: Sequence[str] = (),
) -> Letter:
    """The letter to a customer about whom nothing was decided. risk: the estimate, where there was one.

    why: a sentence. facts: what weighed most in the estimate, in words.
    """
    said = [f"On {day_in_words(as_of)} nothing was decided about you. {why}"]
    if risk is not None:
        said.append(
            f"We estimated the probability that you would leave us at {_share(risk, act_above)}; offers are "
            f"considered above {act_above:.0%}."
        )
    sections = [Section("What was decided", tuple(said))]
    if facts:
        sections.append(Section("What weighed most in the estimate", items=tuple(facts)))
    changes = _changes(around.changes, act_above, above=False)
    if changes.items:
        sections.append(changes)
    sections.append(Section("Who looked at it", tuple(around.people) or (_NOBODY,)))
    sections.append(rights(around.contact, customer_id))
    return Letter(
        "What we estimated about you",
        around.day,
        around.sender,
        tuple(sections),
        reference=f"customer {customer_id}",
    )


def _decided(receipt: Receipt) -> str:
    decision, currency = receipt.body["decision"], receipt.body["run"]["terms"]["currency"]
    day = day_in_words(receipt.as_of.date())
    if decision["incentive"] is not None:
        offer = in_words(decision["incentive"], currency)
        if decision["action_type"] == "manual_review":
            return f"On {day} a computer program proposed this offer, and a person had to decide: {offer}."
        return f"On {day} a computer program decided by itself to offer you this: {offer}."
    if receipt.body["policy"]["held_out"] and receipt.body["policy"]["allocated"]:
        return f"On {day} a computer program decided by lot to make you no offer."
    return f"On {day} a computer program decided by itself to make you no offer."


def _procedure(body: Mapping[str, Any]) -> Section:
    terms, assessed, policy = body["run"]["terms"], body["assessment"], body["policy"]
    currency, limits = terms["currency"], terms["thresholds"]
    risk = assessed["churn_probability"]
    known = sum(value is not None for value in body["features"].values())
    model = body["run"]["versions"]["models"].get("churn", "")[:12]
    steps = [
        f"From {known} facts about how you use and pay for our service, a statistical model that was "
        "trained on past customers estimated how likely you were to leave us: "
        f"{_share(risk, limits['act_above'])} (model {model}).",
        f"Other models estimated what your staying is worth to us: {Money.of(assessed['clv'], currency)}.",
        f"Offers are considered for customers above {limits['act_above']:.0%}; you were "
        f"{'above' if risk > limits['act_above'] else 'not above'} that.",
        "Each offer that we have was weighed: what it costs against what it is expected to bring, for a "
        "customer at that risk and of that value. The list below says what came of each.",
    ]
    if terms["holdout_share"]:
        steps.append(
            f"{terms['holdout_share']:.0%} of our customers, drawn at random from their number, get no "
            "offers, so that the effect can be measured. You are "
            f"{'one' if policy['held_out'] else 'not one'} of them."
        )
    if policy["explored"]:
        steps.append("You were also drawn to try an offer of which we do not know enough yet.")
    steps.append(rule_to_you(body["decision"]["rule"], terms))
    version = body["decision"].get("rules")
    if version:
        steps.append(f"These were our own rules, version {version}.")
    return Section("How it was decided", tuple(steps), tuple(_offers(body, currency)))


def _offers(body: Mapping[str, Any], currency: str) -> list[str]:
    offers = {offer["id"]: offer for offer in body["run"]["terms"]["catalogue"]}
    lines = []
    for candidate in body["candidates"]:
        if candidate["id"] != NONE:
            name = in_words(offers[candidate["id"]], currency)
            lines.append(f"{name[:1].upper()}{name[1:]}: {removed_to_you(candidate['removed_by'])}.")
    return lines


def _facts(body: Mapping[str, Any]) -> Section:
    reasons = [str(reason["text"]) for reason in body["reasons"]][:_SHOWN_FACTS]
    if not reasons:
        return Section(
            "What weighed most", ("No single fact stood out: the estimate is that of an average customer.",)
        )
    said = "These facts about you moved the estimate most; in brackets what is usual among our customers."
    return Section("What weighed most", (said,), tuple(f"{text[:1].upper()}{text[1:]}." for text in reasons))


def _counterfactual(body: Mapping[str, Any], changes: Sequence[Changed]) -> Section:
    terms, decision, policy = body["run"]["terms"], body["decision"], body["policy"]
    currency, limit = terms["currency"], terms["thresholds"]["act_above"]
    above = body["assessment"]["churn_probability"] > limit
    found = _changes(changes, limit, above=above)
    said, items = list(found.sentences), list(found.items)
    if decision["incentive"] is None:
        if policy["held_out"] and policy["allocated"]:
            said.append("Had the lot not put you into the group without offers, you would have been offered:")
            items.insert(0, _named(body, policy["allocated"], currency))
        elif decision["rule"] == "nothing_pays":
            items.insert(0, _closest(body, currency))
        elif "objected" in policy.get("withheld", ()):
            said.append("Had you agreed to such offers, they would have been considered.")
    if not said and not items:
        said.append("No single fact would have changed the result.")
    return Section("What would have changed it", tuple(said), tuple(items))


def _closest(body: Mapping[str, Any], currency: str) -> str:
    """What the offer that came closest would have had to cost; or that none was expected to help at all."""
    gains = [
        (candidate["cost"] + candidate["net"], candidate)
        for candidate in body["candidates"]
        if candidate["id"] != NONE and candidate["eligible"] and candidate["net"] is not None
    ]
    gain, best = max(gains, key=lambda pair: pair[1]["net"], default=(0.0, None))
    if best is None:
        return "With another contract some of our offers could have been made to you; as it is none could."
    if gain <= 0:
        return "Even at no cost none of our offers was expected to make it likelier that you stay."
    return (
        f"The offer that came closest was {_named(body, best['id'], currency)}: it would have been worth "
        f"making below a cost of {Money.of(gain, currency)}; it costs {Money.of(best['cost'], currency)}."
    )


def _named(body: Mapping[str, Any], offer_id: str, currency: str) -> str:
    return in_words(
        next(offer for offer in body["run"]["terms"]["catalogue"] if offer["id"] == offer_id), currency
    )


def _changes(changes: Sequence[Changed], act_above: float, *, above: bool) -> Section:
    items = []
    for change in changes[:_SHOWN_CHANGES]:
        line = (
            f"With {change.label} at {change.typical} instead of {change.value}, the estimate would have "
            f"been {_share(change.alone, act_above)}"
        )
        none = above and change.alone <= act_above
        items.append(f"{line}, and no offer would have been considered." if none else f"{line}.")
    crossing = next((n for n, c in enumerate(changes) if c.together <= act_above), None)
    if above and crossing:
        last = changes[crossing]
        items.append(
            f"With the first {crossing + 1} facts that raise it all as they usually are (down to "
            f"{last.label}), it "
            f"would have been {_share(last.together, act_above)}, and no offer would have been considered."
        )
    said = (
        (
            "The same model, asked again with one fact changed. It says what would have been computed, not "
            "what would have happened.",
        )
        if items
        else ()
    )
    return Section("What would have changed it", said, tuple(items))


def _share(value: float, limit: float) -> str:
    """A share in percent, as exactly as it takes to see on which side of a limit it lies.

    >>> _share(0.1497, 0.15), _share(0.31, 0.15)
    ('14.97%', '31%')
    """
    for digits in (0, 1, 2):
        said = f"{value:.{digits}%}"
        if said != f"{limit:.{digits}%}":
            break
    return said


_NOBODY = "No person looked at it: no decision about you followed from it."


def _nobody(body: Mapping[str, Any]) -> str:
    if body["decision"]["action_type"] == "manual_review":
        return "The proposal was put to a person; nobody has answered it."
    return "No person looked at this decision before it took effect. You can ask for one, see below."
