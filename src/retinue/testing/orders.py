"""An order, a contact and words to check a channel with; nobody lives there."""

from __future__ import annotations

from datetime import UTC, datetime

from retinue.channels.base import Contact, Message, Order
from retinue.domain import Incentive, Money

__all__ = ["CONTACT", "MESSAGE", "ORDER"]

ORDER = Order(
    delivery_id="DLV_check_1",
    decision_id="DEC_check_1",
    campaign_id="CAMP_check",
    customer_id="customer-7",
    purpose="retention",
    incentive=Incentive("percentage_discount_10", "percentage_discount", 10.0, 3),
    cost=Money.of(12),
    planned_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
)
CONTACT = Contact(
    customer_id="customer-7",
    name="Ägidius Straßenberg",
    email="aegidius.private@mailbox.example",
    phone="+4915550017788",
    push_id="push-private-0815",
    language="en",
    timezone="Europe/Berlin",
)
MESSAGE = Message("Your offer", "Ten percent for three months. ☂ <&>", "<p>Ten percent for three months.</p>")
