"""How a report says what the data hold in codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "ROUTE_WORDS",
    "WITHHELD_WORDS",
    "alarms",
    "guard_lines",
    "incentive_words",
    "limit_words",
    "one_line",
    "policy_lines",
]

ROUTE_WORDS = {
    "auto_execute": "Automatic",
    "manual_review": "Review first",
    "monitor": "Watch",
    "no_action": "Leave alone",
}


WITHHELD_WORDS = {
    "not_in_rollout": "not in the roll-out yet",
    "objected": "objected",
    "under_offer": "under an earlier offer",
    "rejected": "rejected by a person lately",
    "contact_cap": "approached often enough",
    "lifetime_cap": "had as much as may be",
    "cancel_clicks": "ask to cancel in order to be paid",
    "sleeping_dog": "would be driven away",
    "by_rule": "kept from offers by a rule",
}


def alarms(summary: Mapping[str, Any]) -> list[str]:
    """Why a run made no offers at all on purpose; empty for any other.

    >>> alarms({"stopped": "stopped by ada at 2026-02-14 09:00 UTC"})
    ['STOPPED, no offers were made: stopped by ada at 2026-02-14 09:00 UTC. To go on: retinue resume']
    """
    lines = []
    if summary.get("stopped"):
        lines.append(f"STOPPED, no offers were made: {summary['stopped']}. To go on: retinue resume")
    refused = (summary.get("fairness") or {}).get("refused")
    return [*lines, f"REFUSED: {refused}"] if refused else lines


def guard_lines(summary: Mapping[str, Any]) -> list[str]:
    """Whom the guards withheld in a run, and whether offers were fair.

    >>> guard_lines({"withheld": {"objected": 3, "under_offer": 40}})
    ['Withheld: objected 3, under an earlier offer 40 (of the customers at risk; some for several reasons)']
    """
    lines = []
    held = {k: v for k, v in (summary.get("withheld") or {}).items() if k in WITHHELD_WORDS}
    if held:
        each = ", ".join(f"{WITHHELD_WORDS[code]} {count:,}" for code, count in held.items())
        lines.append(f"Withheld: {each} (of the customers at risk; some for several reasons)")
    verdicts = (summary.get("fairness") or {}).get("verdicts") or {}
    return lines + [f"Fairness by {attribute}: {verdict}" for attribute, verdict in verdicts.items()]


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


def limit_words(row: Mapping[str, Any], currency: str) -> tuple[str, str, str, str, str]:
    """A limit of a run as a person says it: name, most, planned, left, what one more would earn.

    >>> row = {"name": "reviews", "kind": "reviews", "most": 40, "planned": 40, "left": 0, "price": 240.0}
    >>> limit_words(row, "EUR")
    ('Reviews', '40', '40', '0', 'one more review would earn 240.00 EUR')
    """
    kind, name, price = row["kind"], str(row["name"]), row["price"]
    shown = [
        f"{row[key]:,.2f}" if kind == "money" else f"{row[key]:,}" for key in ("most", "planned", "left")
    ]
    label, one = {
        "reviews": ("Reviews", "one more review"),
        "customers": ("Treated customers", "one more treated customer"),
        "money": ("Budget", f"one more {currency}")
        if name == "budget"
        else (f"Budget of {name}", f"one more {currency} for {name}"),
    }[kind]
    earns = f"{one} would earn {price:,.2f} {currency}" if price > 0 else f"{one} would earn nothing"
    return label, shown[0], shown[1], shown[2], earns


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
