"""Why a feature stays although nothing here shows that it earns its place."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["REASONS", "reason_to_keep"]

_WINDOWS = (7, 30, 90, 180, 365)
_BASE = ("transaction_count", "transaction_amount", "login_count", "event_count", "ticket_count")

REASONS: dict[str, tuple[str, ...]] = {
    "a window of a base measure: which one tells depends on the pace of the business": (
        *(f"{what}_{w}d" for what in (*_BASE, "failed_payment_count") for w in _WINDOWS),
        *(f"active_days_{w}d" for w in (7, 30, 90, 180)),
        *("purchase_days_90d", "purchase_days_365d", "lifetime_amount"),
        *(f"event_kinds_{w}d" for w in (30, 90, 365)),
    ),
    "decline of purchases or use, which the design asks for; here other windows tell the same": (
        *(f"transaction_rate_change_{w}d" for w in (30, 90, 180)),
        *("transaction_amount_change_90d", "recent_amount_share", "recent_event_share", "stickiness"),
        *("mean_transaction_amount_90d", "mean_transaction_amount_365d", "largest_transaction_365d"),
        *("event_rate_change_30d", "event_rate_change_90d", "login_rate_change_30d"),
        *("events_per_active_day_30d", "events_per_active_day_90d", "login_share_90d"),
        *("event_kinds_change_90d", "breadth_kept"),
    ),
    "trends, which the design asks for; here counts in windows tell the same": (
        *(f"event_trend_{w}d" for w in (30, 90, 180)),
        *("login_trend_30d", "transaction_trend_90d", "transaction_amount_trend_180d"),
    ),
    "volume, tone and speed of support, which the design asks for; only the simulated business has tickets": (
        *("negative_ticket_count_90d", "negative_ticket_count_365d"),
        *("mean_sentiment_90d", "mean_sentiment_365d", "sentiment_change_90d", "open_tickets"),
        *("mean_resolution_hours_180d", "longest_resolution_hours_365d", "days_since_last_ticket"),
        "ticket_silence_ratio",
    ),
    "payment friction, which the design asks for; in the simulated business a failed payment says little "
    "of who leaves, and no other set tells them": (
        *("failed_payment_share_90d", "failed_payment_share_365d", "days_since_failed_payment"),
        *("last_payment_failed", "days_unpaid", "failed_payment_share_change_90d"),
        "failed_per_failing_day_365d",
    ),
    "ways of paying: the simulated customers never change theirs, and no other set tells it": (
        "payment_methods_365d",
        "new_payment_methods_90d",
    ),
    "refunds: few in the simulated business, cancelled lines in Online Retail, none elsewhere": (
        *("refund_count_90d", "refund_count_365d", "refund_share_365d", "days_since_last_refund"),
    ),
    "signals of leaving, which the design asks for; few customers give any before they leave here": (
        *("downgrade_request_count_90d", "downgrade_request_count_365d"),
        *("cancel_signal_count_30d", "cancel_signal_count_90d"),
        *("days_since_last_cancel_signal", "days_since_last_downgrade_request"),
        *("cancel_requested", "days_since_cancel_request", "cancel_request_to_period_end_days"),
    ),
    "needs the same season a year before: no real set here is long enough where it trains": (
        *("transaction_count_vs_year_ago_30d", "transaction_count_vs_year_ago_90d"),
        *("transaction_amount_vs_year_ago_90d", "event_count_vs_year_ago_30d"),
        *("event_count_vs_year_ago_90d", "login_count_vs_year_ago_90d"),
        *("seasonal_amount_change_90d", "mean_amount_vs_year_ago_90d"),
    ),
    "rhythm in units of one's own habit, for businesses whose customers' habits differ more than these": (
        *("purchase_burstiness", "sd_purchase_gap_days", "mean_purchase_gap_days"),
        *("purchase_silence_ratio", "purchase_silence_sd", "purchase_gap_change_365d"),
        *("mean_activity_gap_365d", "activity_gap_change_90d", "activity_silence_ratio"),
        *("login_silence_ratio", "event_dispersion_180d", "login_dispersion_180d"),
    ),
    "tells several contracts of one customer apart, or one who came back: nobody judged here has had two": (
        *("active_subscriptions", "past_subscriptions", "subscriptions_ended_unpaid"),
        *("days_since_last_end", "days_since_plan_change"),
    ),
    "position in the paid period: only the simulated business tells its end, and most pay by the month": (
        *("days_to_period_end", "paid_period_days", "period_elapsed_share", "contract_age_periods"),
    ),
    "price changes: the simulated business raises its prices once, for all in one week, and no real set here "
    "has contracts": (
        *("mrr_change_90d", "mrr_change_365d", "contract_price_change_365d"),
        *("mean_amount_vs_first", "discount_depth_90d", "paid_against_mrr_90d"),
    ),
    "accounts: the simulated ones share a country, which makes nobody leave, and no real set has any": (
        *("account_customers", "account_event_count_30d", "account_silent_share_30d"),
        *("account_amount_90d", "account_ticket_count_90d", "account_left_share"),
        "account_days_since_end",
    ),
}
"""Reason → the features it holds for."""


def reason_to_keep(name: str, read: Iterable[str]) -> str | None:
    """The reason, or None; `read`: names that other stages read."""
    if name in read:
        return "read by name in another stage"
    return next((reason for reason, names in REASONS.items() if name in names), None)
