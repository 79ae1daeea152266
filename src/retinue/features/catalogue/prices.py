"""What is paid now against before.

A contract's price changes by a new version of its row, so the earlier price is read from the rows as they
stood, and were known, at the earlier day.
"""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.catalogue.contract import MRR, PRICED_CONTRACTS, mrr, runs_with_mrr
from retinue.features.declare import given, standing
from retinue.features.expressions import Expression

__all__ = ["FEATURES"]

MONTH_DAYS = 365.25 / 12


def _contracts_before(days: int) -> Expression:
    return standing("subscriptions", "count", where=runs_with_mrr, before=days)


def _mrr_before(days: int) -> Expression:
    total = standing("subscriptions", "sum", mrr, where=runs_with_mrr, scale=10_000.0, before=days)
    return given(_contracts_before(days), total)


def _mean_paid(window: int, shift: int = 0) -> Expression:
    return m.REVENUE.over(window, shift=shift) / m.PURCHASES.over(window, shift=shift)


def mrr_change(window: int) -> Feature:
    return Feature(
        name=f"mrr_change_{window}d",
        family="prices",
        value=MRR / _mrr_before(window),
        unit="ratio",
        formula=f"mrr / mrr as it stood, and was known, {window} days earlier",
        missing="no contract with a known mrr now or then",
        label=f"monthly revenue against {window} days ago",
        higher_is="good",
    )


def price_change(window: int) -> Feature:
    return Feature(
        name=f"contract_price_change_{window}d",
        family="prices",
        value=(MRR / PRICED_CONTRACTS) / (_mrr_before(window) / _contracts_before(window)),
        unit="ratio",
        formula=f"mrr per running contract / the same as it stood, and was known, {window} days earlier",
        missing="no contract with a known mrr now or then",
        label=f"price of a contract against {window} days ago",
        higher_is="neutral",
    )


FEATURES: tuple[Feature, ...] = (
    *(mrr_change(w) for w in (90, 365)),
    price_change(365),
    Feature(
        name="mean_amount_vs_year_ago_90d",
        family="prices",
        value=_mean_paid(90) / _mean_paid(90, 365),
        unit="ratio",
        formula="mean succeeded amount with age in [0, 90) days / that in [365, 455)",
        missing="no purchase in one of the windows, or an earlier mean of 0",
        label="average payment against a year ago",
        higher_is="neutral",
    ),
    Feature(
        name="mean_amount_vs_first",
        family="prices",
        value=_mean_paid(90) / m.FIRST_DAY_REVENUE.ever(),
        unit="ratio",
        formula="mean succeeded amount with age in [0, 90) days / succeeded amount on the first purchase day",
        missing="no purchase in 90 days, or nothing spent on the first day",
        label="average payment in the last 90 days against the first",
        higher_is="neutral",
    ),
    Feature(
        name="discount_depth_90d",
        family="prices",
        value=(m.LARGEST_PURCHASE.over(365) - _mean_paid(90)) / m.LARGEST_PURCHASE.over(365),
        unit="share",
        formula="1 − mean succeeded amount with age in [0, 90) days / largest_transaction_365d",
        missing="no purchase in 90 days, or the largest is 0",
        label="how far the average payment lies below the largest of the year",
        higher_is="neutral",
    ),
    Feature(
        name="paid_against_mrr_90d",
        family="prices",
        value=m.REVENUE.over(90) / (MRR * (90.0 / MONTH_DAYS)),
        unit="ratio",
        formula="transaction_amount_90d / (mrr × 90 days in months of 30.4375)",
        missing="no contract with a known mrr runs, or its mrr is 0",
        label="amount paid in the last 90 days against what the contracts are worth",
        higher_is="good",
    ),
)
