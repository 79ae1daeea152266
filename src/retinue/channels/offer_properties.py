"""What a marketing system is told of an offer, for its own templates."""

from __future__ import annotations

from typing import Any

from retinue.channels.base import Message, Order

__all__ = ["offer_properties"]


def offer_properties(order: Order, message: Message | None) -> dict[str, Any]:
    """Names of delivery and campaign, the offer's terms, and the words where there are any.

    >>> from datetime import UTC, datetime
    >>> from retinue.domain import Incentive, Money
    >>> offer = Incentive("percentage_discount_10", "percentage_discount", 10.0, 3)
    >>> at = datetime(2026, 3, 1, tzinfo=UTC)
    >>> order = Order("d1", "x1", "c1", "7", "retention", offer, Money.of(9), at)
    >>> found = offer_properties(order, Message("Stay", "Please stay"))
    >>> found["offer"], found["offer_value"], found["offer_months"], found["subject"]
    ('percentage_discount', 10.0, 3, 'Stay')
    """
    found: dict[str, Any] = {
        "delivery": order.delivery_id,
        "campaign": order.campaign_id,
        "purpose": order.purpose,
    }
    if order.incentive is not None:
        found |= {"offer": order.incentive.type, "offer_value": order.incentive.value}
        if order.incentive.duration_months:
            found["offer_months"] = order.incentive.duration_months
    if message is not None:
        found |= {"subject": message.subject, "text": message.text}
        if message.html:
            found["html"] = message.html
    return found
