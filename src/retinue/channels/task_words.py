"""What a colleague reads in a task, where no template has filled in a message."""

from __future__ import annotations

from retinue.channels.base import Message, Order

__all__ = ["task_words"]

_LONGEST_SUBJECT = 250
_LONGEST_TEXT = 30_000


def task_words(order: Order, message: Message | None) -> tuple[str, str]:
    """Subject and text: the message's, or else customer, offer and the reasons among the facts.

    >>> from datetime import UTC, datetime
    >>> from retinue.domain import Incentive, Money
    >>> offer = Incentive("fixed_credit", "fixed_credit", 25.0)
    >>> at = datetime(2026, 3, 1, tzinfo=UTC)
    >>> order = Order("d1", "x1", "c1", "7", "retention", offer, Money.of(25), at, {"reasons": ["No login"]})
    >>> print(*task_words(order, None), sep="\\n")
    Talk to customer 7 (retention)
    Offer: fixed credit 25
    Why: No login
    """
    if message is not None:
        subject, text = message.subject, message.text
    else:
        subject = f"Talk to customer {order.customer_id} ({order.purpose})"
        lines = []
        if order.incentive is not None:
            lines.append(f"Offer: {order.incentive.type.replace('_', ' ')} {order.incentive.value:g}")
        reasons = order.facts.get("reasons")
        if isinstance(reasons, list | tuple):
            lines += [f"Why: {reason}" for reason in reasons]
        text = "\n".join(lines)
    subject = " ".join(subject.split())
    return subject[:_LONGEST_SUBJECT], text[:_LONGEST_TEXT]
