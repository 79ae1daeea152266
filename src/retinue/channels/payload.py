"""An order as plain JSON values, for channels that hand it on as it is.

>>> from datetime import UTC, datetime
>>> plain({"at": datetime(2026, 3, 1, tzinfo=UTC), "ids": ("a", 1)})
{'at': '2026-03-01T00:00:00+00:00', 'ids': ['a', 1]}
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from retinue.channels.base import Message, Order, Refused
from retinue.domain import Incentive, Money

__all__ = ["plain", "told"]


def told(order: Order, message: Message | None) -> dict[str, Any]:
    """All that an order says, without anything personal that is not in the message's words."""
    return {
        "delivery_id": order.delivery_id,
        "decision_id": order.decision_id,
        "campaign_id": order.campaign_id,
        "customer_id": order.customer_id,
        "purpose": order.purpose,
        "incentive": plain(order.incentive),
        "cost": plain(order.cost),
        "planned_at": plain(order.planned_at),
        "facts": plain(order.facts),
        "message": message
        and {
            "subject": message.subject,
            "text": message.text,
            **({"html": message.html} if message.html is not None else {}),
        },
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601, exact numbers and amounts as text.

    Raises Refused for what JSON cannot hold.
    """
    if isinstance(value, Incentive):
        return {
            "id": value.id,
            "type": value.type,
            "value": value.value,
            "duration_months": value.duration_months,
        }
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise Refused(f"a fact of type {type(value).__name__} cannot be passed on")
