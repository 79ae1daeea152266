"""How a report says what the data hold in codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["ROUTE_WORDS", "incentive_words", "limit_words", "one_line"]

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
