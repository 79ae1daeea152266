"""How a report says what the data hold in codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["ROUTE_WORDS", "incentive_words", "one_line", "policy_lines"]

ROUTE_WORDS = {
    "auto_execute": "Automatic",
    "manual_review": "Review first",
    "monitor": "Watch",
    "no_action": "Leave alone",
}


def incentive_words(incentive: Mapping[str, Any] | None) -> str:
    """An incentive as a person says it; amounts are in the project's currency.

    >>> incentive_words({"type": "percentage_discount", "value": 15, "duration_months": 3})
    '15 % discount for 3 months'
    >>> incentive_words({"type": "fixed_credit", "value": 25})
    'credit of 25'
    """
    if incentive is None:
        return "–"
    kind, value, months = str(incentive["type"]), incentive.get("value"), incentive.get("duration_months")
    lasting = "" if not months else " for 1 month" if months == 1 else f" for {months} months"
    if value is None:
        return kind.replace("_", " ") + lasting
    said = {
        "percentage_discount": f"{value:g} % discount{lasting}",
        "fixed_credit": f"credit of {value:g}{lasting}",
        "free_upgrade": f"free upgrade{lasting}",
        "loyalty_points": f"loyalty points worth {value:g}",
        "personalized_bundle": f"bundle at {value:g} % off{lasting}",
    }
    return said.get(kind, f"{kind.replace('_', ' ')} ({value:g}){lasting}")


def one_line(value: Any) -> str:
    """Text from data for a terminal: control characters, which could move the cursor, are shown, not sent.

    >>> one_line("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def policy_lines(summary: Mapping[str, Any]) -> list[str]:
    """What a person should know of the policy and the response model that decided; nothing when all is usual.

    >>> policy_lines({"policy": {"words": ["New settings were refused."], "response": None}})
    ['New settings were refused.']
    """
    policy = summary.get("policy") or {}
    response = policy.get("response")
    return [*policy.get("words", ()), *([response] if response else [])]
