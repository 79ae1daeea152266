"""Why nothing may be offered to a customer now, in order of precedence. Standard library only.

Several reasons may hold at once; the first of the table is the one named, and the receipt keeps all of them
(so that whoever was under an earlier offer is known to have been, whatever else held). They travel as one
whole number per customer, a bit for each reason, so that a million customers are an array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["BY_RULE", "FREE", "WITHHELD", "bit", "first", "mask_of", "reasons_of", "told"]

FREE = ""
"""No reason: the customer may get an offer."""

BY_RULE = "by_rule"

WITHHELD: Mapping[str, str] = {
    "stopped": "Retinue was stopped: no offers are made at all until somebody resumes it.",
    "unfair": "The run made no offers, because some group of customers would surely have got too few.",
    "not_in_rollout": "The customer is not in the programme yet: the roll-out has not come that far.",
    "objected": "The customer objected to such contact, or has not agreed where that is needed.",
    "under_offer": "The customer had an offer so lately that another is not due.",
    "rejected": "A person rejected an offer for the customer so lately that none is proposed again.",
    "contact_cap": "The customer was approached often enough lately.",
    "lifetime_cap": "The customer has had as many offers, or as much money, as one customer may get.",
    "cancel_clicks": "The customer asks to cancel and stays, again and again: an offer would pay for that.",
    "sleeping_dog": "Any contact surely drives this customer away more than an offer keeps them.",
    BY_RULE: "A rule of the business lets no offer go to this customer.",
}
"""Reason to its words. What concerns everybody comes first, then the customer's own will, then what was done
for them, then what they did, then what was learned of those like them, then what the business wishes."""

FOUND_ANEW = ("sleeping_dog", BY_RULE)
"""Reasons that follow from weighing the offers."""

_BITS = {code: 1 << place for place, code in enumerate(WITHHELD)}


def bit(code: str) -> int:
    """The number that stands for one reason.

    >>> bit("stopped"), bit("objected")
    (1, 8)
    """
    return _BITS[code]


def mask_of(codes: Iterable[str]) -> int:
    """The number that stands for several reasons.

    >>> mask_of(["objected", "under_offer"]) == bit("objected") | bit("under_offer")
    True
    """
    mask = 0
    for code in codes:
        mask |= _BITS[code]
    return mask


def reasons_of(mask: int) -> tuple[str, ...]:
    """The reasons in a number, first things first.

    >>> reasons_of(mask_of(["sleeping_dog", "objected"]))
    ('objected', 'sleeping_dog')
    """
    return tuple(code for code, value in _BITS.items() if mask & value)


def first(mask: int) -> str:
    """The reason that is named; FREE for none.

    >>> first(mask_of(["cancel_clicks", "under_offer"])), first(0)
    ('under_offer', '')
    """
    return next(iter(reasons_of(mask)), FREE)


def told(policy: Mapping[str, Any]) -> int:
    """What the section `policy` of a receipt says of a customer; receipts before the guards state one reason.

    Left out is what follows from weighing the offers, and is found anew: a sleeping dog, a rule.

    >>> reasons_of(told({"withheld": ["objected", "sleeping_dog"]})), reasons_of(told({"under_offer": True}))
    (('objected',), ('under_offer',))
    """
    codes = policy.get("withheld", ["under_offer"] if policy.get("under_offer") else [])
    return mask_of(code for code in codes if code not in FOUND_ANEW)
