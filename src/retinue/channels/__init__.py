"""Channels: how an action reaches a customer, or another system.

In:  an `Order` (what is to be done), the customer's `Contact`, a filled-in `Message`.
Out: `Sent`, or a fault that says whether it was surely not done, or whether nobody knows.

>>> from retinue.channels import Prepared, Refused, Sent
>>> Sent("SM1").reference, Refused("no such number").reason
('SM1', 'no such number')
"""

from __future__ import annotations

from retinue.channels.base import (
    BadCallback,
    Capabilities,
    Channel,
    ChannelDown,
    ChannelFault,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Response,
    ResponseKind,
    Sent,
    TryLater,
    Unsure,
)

__all__ = [
    "BadCallback",
    "Capabilities",
    "Channel",
    "ChannelDown",
    "ChannelFault",
    "Contact",
    "Message",
    "Order",
    "Prepared",
    "Refused",
    "Response",
    "ResponseKind",
    "Sent",
    "TryLater",
    "Unsure",
]
