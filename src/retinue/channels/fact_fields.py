"""Facts of an order as fields of another system, rounded so that noise is no change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from retinue.channels.base import Refused

__all__ = ["fields_of", "same_value"]


def fields_of(facts: Mapping[str, Any], fields: Mapping[str, str], digits: int) -> dict[str, Any]:
    """Field of the other system → value, for those facts that the order has.

    Raises Refused when it has none of them, or one that is no text, number or truth value.

    >>> fields_of({"churn_probability": 0.123456}, {"churn_probability": "Risk__c", "clv": "Value__c"}, 3)
    {'Risk__c': 0.123}
    """
    found: dict[str, Any] = {}
    for fact, field in fields.items():
        value = facts.get(fact)
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            continue
        if not isinstance(value, str | int | float):
            raise Refused(f"the fact '{fact}' is neither text nor number")
        found[field] = round(value, digits) if isinstance(value, float) else value
    if not found:
        raise Refused("the order has none of the facts that `fields` names")
    return found


def same_value(wanted: Any, there: Any, digits: int) -> bool:
    """Whether a field already holds a value, as far as the digits that are written.

    >>> same_value(0.123, "0.1230", 3), same_value("high", None, 3)
    (True, False)
    """
    if there is None:
        return False
    if isinstance(wanted, bool):
        return str(there).lower() == str(wanted).lower()
    if isinstance(wanted, int | float):
        try:
            return round(float(there), digits) == round(float(wanted), digits)
        except (TypeError, ValueError):
            return False
    return bool(there == wanted)
