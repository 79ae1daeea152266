"""Where the customer stands in the contract and in the paid period.

A contract runs at a time when it started at or before it and had not ended by then; an end, or a request to
cancel, is known from its own moment on. The amounts are those of the row as known at the date. No table says
when a paid period began: it is taken to begin with the latest payment.
"""

from __future__ import annotations

from typing import Any

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, given, standing
from retinue.features.expressions import AS_OF, MICROSECONDS_A_DAY

__all__ = ["FEATURES", "MRR", "PRICED_CONTRACTS", "ended", "ended_at", "mrr", "runs", "runs_with_mrr"]

Row = Any
Settings = Any


def runs(row: Row, _: Settings) -> Any:
    """It runs at the date."""
    return row.ended_at.isnull()


def runs_with_mrr(row: Row, _: Settings) -> Any:
    """It runs at the date and its revenue is known."""
    return row.ended_at.isnull() & row.mrr.notnull()


def asked_to_cancel(row: Row, _: Settings) -> Any:
    """It runs, and the customer asked to cancel it."""
    return row.ended_at.isnull() & row.cancel_requested_at.notnull()


def mrr(row: Row, _: Settings) -> Any:
    return row.mrr


def started_at(row: Row, _: Settings) -> Any:
    return row.started_at


def ended_at(row: Row, _: Settings) -> Any:
    return row.ended_at


def ended(row: Row, _: Settings) -> Any:
    return row.ended_at.notnull()


def ended_unpaid(row: Row, _: Settings) -> Any:
    return row.end_reason == "payment"


def period_end(row: Row, _: Settings) -> Any:
    return row.current_period_end


def cancel_requested_at(row: Row, _: Settings) -> Any:
    return row.cancel_requested_at


_TABLE = "subscriptions"
PRICED_CONTRACTS = standing(_TABLE, "count", where=runs_with_mrr)
MRR = given(PRICED_CONTRACTS, standing(_TABLE, "sum", mrr, where=runs_with_mrr, scale=10_000.0))
_AGE = days_since(standing(_TABLE, "min", started_at, where=runs))
_TO_PERIOD_END = (standing(_TABLE, "min", period_end, where=runs) - AS_OF) / MICROSECONDS_A_DAY
_SINCE_PAID = days_since(m.LAST_PURCHASE.ever())
# An overdue period has no length: it would shrink while nothing is paid.
_PERIOD = given(_TO_PERIOD_END >= 0.0, _SINCE_PAID + _TO_PERIOD_END)

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="mrr",
        family="contract",
        value=MRR,
        unit="currency per month",
        formula="sum of mrr over the contracts that run at the date",
        missing="no contract with a known mrr runs",
        label="monthly recurring revenue",
        higher_is="good",
    ),
    Feature(
        name="active_subscriptions",
        family="contract",
        value=standing(_TABLE, "count", where=runs),
        unit="contracts",
        formula="contracts that run at the date",
        missing="never missing; 0 without any",
        label="running contracts",
        higher_is="good",
    ),
    Feature(
        name="past_subscriptions",
        family="contract",
        value=standing(_TABLE, "count", where=ended),
        unit="contracts",
        formula="contracts that ended by the date",
        missing="never missing; 0 without any",
        label="contracts that ended",
        higher_is="bad",
    ),
    Feature(
        name="subscriptions_ended_unpaid",
        family="contract",
        value=standing(_TABLE, "count", where=ended_unpaid),
        unit="contracts",
        formula="contracts that ended by the date with end_reason payment",
        missing="never missing; 0 without any",
        label="contracts that ended for want of payment",
        higher_is="bad",
    ),
    Feature(
        name="subscription_age_days",
        family="contract",
        value=_AGE,
        unit="days",
        formula="age of the earliest started_at among the contracts that run",
        missing="no contract runs",
        label="age of the oldest running contract in days",
        higher_is="good",
    ),
    Feature(
        name="days_since_plan_change",
        family="contract",
        value=days_since(standing(_TABLE, "max", started_at, where=runs)),
        unit="days",
        formula="age of the latest started_at among the contracts that run",
        missing="no contract runs",
        label="days since the latest contract began",
        higher_is="good",
    ),
    Feature(
        name="days_to_period_end",
        family="contract",
        value=_TO_PERIOD_END,
        unit="days",
        formula="days from the date to the earliest current_period_end among the contracts that run; "
        "negative when it is overdue",
        missing="no running contract has a period end",
        label="days to the end of the paid period",
        higher_is="neutral",
    ),
    Feature(
        name="paid_period_days",
        family="contract",
        value=_PERIOD,
        unit="days",
        formula="days_since_last_transaction + days_to_period_end: about 30 for a month, 365 for a year",
        missing="no payment yet, no period end, or the period is overdue",
        label="length of the paid period in days",
        higher_is="good",
    ),
    Feature(
        name="period_elapsed_share",
        family="contract",
        value=_SINCE_PAID / _PERIOD,
        unit="share",
        formula="days_since_last_transaction / paid_period_days",
        missing="no payment yet, no period end, or the period is overdue",
        label="share of the paid period that has passed",
        higher_is="neutral",
    ),
    Feature(
        name="contract_age_periods",
        family="contract",
        value=_AGE / _PERIOD,
        unit="periods",
        formula="subscription_age_days / paid_period_days: below 1 in the first period, then the renewals",
        missing="no payment yet, no contract, no period end, or the period is overdue",
        label="age of the contract in paid periods",
        higher_is="good",
    ),
    Feature(
        name="cancel_request_to_period_end_days",
        family="contract",
        value=(
            standing(_TABLE, "min", period_end, where=asked_to_cancel)
            - standing(_TABLE, "max", cancel_requested_at, where=asked_to_cancel)
        )
        / MICROSECONDS_A_DAY,
        unit="days",
        formula="days from the latest cancel_requested_at to the earliest current_period_end of the "
        "contracts that run and were asked to be cancelled",
        missing="no contract that runs was asked to be cancelled",
        label="days from the request to cancel to the end of the period",
        higher_is="neutral",
    ),
    Feature(
        name="cancel_requested",
        family="contract",
        value=standing(_TABLE, "count", where=asked_to_cancel) > 0.0,
        unit="0 or 1",
        formula="1 when a contract that runs has a cancel_requested_at by the date, else 0",
        missing="never missing; 0 without any",
        label="asked to cancel",
        higher_is="bad",
    ),
    Feature(
        name="days_since_cancel_request",
        family="contract",
        value=days_since(standing(_TABLE, "max", cancel_requested_at, where=asked_to_cancel)),
        unit="days",
        formula="age of the latest cancel_requested_at among the contracts that run",
        missing="no contract that runs was asked to be cancelled",
        label="days since the customer asked to cancel",
        higher_is="good",
    ),
    Feature(
        name="days_since_last_end",
        family="contract",
        value=days_since(standing(_TABLE, "max", ended_at, where=ended)),
        unit="days",
        formula="age of the latest ended_at",
        missing="no contract ended yet",
        label="days since a contract ended",
        higher_is="good",
    ),
)
