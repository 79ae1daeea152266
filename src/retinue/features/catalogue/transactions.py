"""How often and for how much the customer buys, and how that changes.

A purchase is a transaction that succeeded (a missing status with an amount that is not negative counts as
succeeded). Windows hold rows with age in [0, w) days.
"""

from __future__ import annotations

from retinue.features.base import WINDOWS, Feature
from retinue.features.catalogue import measures as m

__all__ = ["FEATURES"]


def purchases(window: int) -> Feature:
    return Feature(
        name=f"transaction_count_{window}d",
        family="transactions",
        value=m.PURCHASES.over(window),
        unit="transactions",
        formula=f"succeeded transactions with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"purchases in the last {window} days",
        higher_is="good",
    )


def revenue(window: int) -> Feature:
    return Feature(
        name=f"transaction_amount_{window}d",
        family="transactions",
        value=m.REVENUE.over(window),
        unit="currency",
        formula=f"sum of the amounts of succeeded transactions with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"amount spent in the last {window} days",
        higher_is="good",
    )


def mean_amount(window: int) -> Feature:
    return Feature(
        name=f"mean_transaction_amount_{window}d",
        family="transactions",
        value=m.REVENUE.over(window) / m.PURCHASES.over(window),
        unit="currency",
        formula=f"transaction_amount_{window}d / transaction_count_{window}d",
        missing="no purchase in the window",
        label=f"average purchase in the last {window} days",
        higher_is="good",
    )


def purchase_days(window: int) -> Feature:
    return Feature(
        name=f"purchase_days_{window}d",
        family="transactions",
        value=m.PURCHASE_DAYS.over(window),
        unit="days",
        formula=f"distinct UTC days with a succeeded transaction with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"days with a purchase in the last {window} days",
        higher_is="good",
    )


def rate_change(window: int) -> Feature:
    return Feature(
        name=f"transaction_rate_change_{window}d",
        family="transactions",
        value=m.PURCHASES.over(window) / m.PURCHASES.over(window, shift=window),
        unit="ratio",
        formula=f"succeeded transactions with age in [0, {window}) days / those in [{window}, {2 * window})",
        missing="no purchase in the earlier window",
        label=f"purchases in the last {window} days against the {window} before",
        higher_is="good",
    )


def amount_change(window: int) -> Feature:
    return Feature(
        name=f"transaction_amount_change_{window}d",
        family="transactions",
        value=m.REVENUE.over(window) / m.REVENUE.over(window, shift=window),
        unit="ratio",
        formula=f"amount of succeeded transactions with age in [0, {window}) days / that in "
        f"[{window}, {2 * window})",
        missing="nothing spent in the earlier window",
        label=f"amount spent in the last {window} days against the {window} before",
        higher_is="good",
    )


FEATURES: tuple[Feature, ...] = (
    *(purchases(w) for w in WINDOWS),
    *(revenue(w) for w in WINDOWS),
    *(mean_amount(w) for w in (90, 365)),
    *(purchase_days(w) for w in (90, 365)),
    *(rate_change(w) for w in (30, 90, 180)),
    amount_change(90),
    Feature(
        name="largest_transaction_365d",
        family="transactions",
        value=m.LARGEST_PURCHASE.over(365),
        unit="currency",
        formula="greatest amount of a succeeded transaction with age in [0, 365) days",
        missing="no purchase in the window",
        label="largest purchase in the last year",
        higher_is="good",
    ),
    Feature(
        name="recent_amount_share",
        family="transactions",
        value=m.REVENUE.over(90) / m.REVENUE.over(365),
        unit="share",
        formula="transaction_amount_90d / transaction_amount_365d",
        missing="nothing spent in 365 days",
        label="share of the year's spending made in the last 90 days",
        higher_is="good",
    ),
)
