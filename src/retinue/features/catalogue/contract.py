"""Where the customer stands in the contract.

A contract runs at a time when it started at or before it and had not ended by then; an end, or a request to
cancel, is known from its own moment on. The amounts are those of the row as known at the date.
"""

from __future__ import annotations

from typing import Any

from retinue.features.base import Feature
from retinue.features.declare import days_since, given, standing
from retinue.features.expressions import AS_OF, MICROSECONDS_A_DAY

__all__ = ["FEATURES"]

Row = Any
Settings = Any


def runs(row: Row, _: Settings) -> Any:
    """It runs at the date."""
    return row.ended_at.isnull()


def runs_with_mrr(row: Row, _: Settings) -> Any:
    """It runs at the date and its revenue is known."""
    return row.ended_at.isnull() & row.mrr.notnull()


def ran_90_days_before(row: Row, _: Settings) -> Any:
    """It ran 90 days before the date and its revenue is known."""
    import ibis

    then = row.as_of - ibis.interval(days=90)
    return (row.started_at <= then) & (row.ended_at.isnull() | (row.ended_at > then)) & row.mrr.notnull()


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
_MRR = given(
    standing(_TABLE, "count", where=runs_with_mrr),
    standing(_TABLE, "sum", mrr, where=runs_with_mrr, scale=10_000.0),
)
_MRR_BEFORE = given(
    standing(_TABLE, "count", where=ran_90_days_before),
    standing(_TABLE, "sum", mrr, where=ran_90_days_before, scale=10_000.0),
)

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="mrr",
        family="contract",
        value=_MRR,
        unit="currency per month",
        formula="sum of mrr over the contracts that run at the date",
        missing="no contract with a known mrr runs",
        label="monthly recurring revenue",
        higher_is="good",
    ),
    Feature(
        name="mrr_change_90d",
        family="contract",
        value=_MRR / _MRR_BEFORE,
        unit="ratio",
        formula="mrr / sum of mrr over the contracts that ran 90 days earlier, both as known at the date",
        missing="no contract now or 90 days earlier",
        label="monthly revenue against 90 days ago",
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
        value=days_since(standing(_TABLE, "min", started_at, where=runs)),
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
        value=(standing(_TABLE, "min", period_end, where=runs) - AS_OF) / MICROSECONDS_A_DAY,
        unit="days",
        formula="days from the date to the earliest current_period_end among the contracts that run; "
        "negative when it is overdue",
        missing="no running contract has a period end",
        label="days to the end of the paid period",
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
