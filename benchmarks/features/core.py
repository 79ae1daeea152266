"""The features that every side of the comparison computes, and as of which dates."""

from __future__ import annotations

from datetime import datetime

__all__ = ["CORE", "TABLES", "WINDOWS", "month_ends"]

TABLES = ("customers", "subscriptions", "events", "transactions", "tickets")
WINDOWS = (7, 30, 90, 180, 365)

CORE: tuple[str, ...] = (
    *(f"event_count_{w}d" for w in WINDOWS),
    *(f"login_count_{w}d" for w in WINDOWS),
    *(f"active_days_{w}d" for w in (7, 30, 90)),
    *(f"event_kinds_{w}d" for w in (30, 90)),
    *(f"event_rate_change_{w}d" for w in (30, 90)),
    "login_rate_change_30d",
    "stickiness",
    "recent_event_share",
    *(f"event_trend_{w}d" for w in (30, 90)),
    "days_since_last_event",
    "days_since_last_login",
    "downgrade_request_count_90d",
    "cancel_signal_count_30d",
    *(f"transaction_count_{w}d" for w in WINDOWS),
    *(f"transaction_amount_{w}d" for w in WINDOWS),
    *(f"failed_payment_count_{w}d" for w in WINDOWS),
    *(f"mean_transaction_amount_{w}d" for w in (90, 365)),
    *(f"transaction_rate_change_{w}d" for w in (30, 90)),
    "transaction_amount_change_90d",
    "largest_transaction_365d",
    "failed_payment_share_90d",
    "refund_count_365d",
    "transaction_trend_90d",
    "lifetime_amount",
    "days_since_last_transaction",
    *(f"ticket_count_{w}d" for w in WINDOWS),
    *(f"negative_ticket_count_{w}d" for w in (90, 365)),
    *(f"mean_sentiment_{w}d" for w in (90, 365)),
    "open_tickets",
    "mean_resolution_hours_180d",
    "days_since_last_ticket",
    "mrr",
    "active_subscriptions",
    "subscription_age_days",
    "days_to_period_end",
)


def month_ends(count: int, last: datetime = datetime(2026, 1, 1)) -> list[datetime]:
    """The first of `count` months up to `last`."""
    found = []
    year, month = last.year, last.month
    for _ in range(count):
        found.append(datetime(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return sorted(found)
