"""Failed payments and how they are mended, refunds, and signals of leaving in the billing pages."""

from __future__ import annotations

from retinue.features.base import WINDOWS, Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, latest_is
from retinue.features.expressions import Expression

__all__ = ["FEATURES"]


def _failed_share(window: int, shift: int = 0) -> Expression:
    return m.FAILED_PAYMENTS.over(window, shift=shift) / m.TRIED_PAYMENTS.over(window, shift=shift)


_LAST_FAILED = latest_is(m.LAST_FAILED_PAYMENT.ever(), m.LAST_PURCHASE.ever())


def failed_count(window: int) -> Feature:
    return Feature(
        name=f"failed_payment_count_{window}d",
        family="payments",
        value=m.FAILED_PAYMENTS.over(window),
        unit="payments",
        formula=f"transactions with status failed and age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"failed payments in the last {window} days",
        higher_is="bad",
    )


def failed_share(window: int) -> Feature:
    return Feature(
        name=f"failed_payment_share_{window}d",
        family="payments",
        value=_failed_share(window),
        unit="share",
        formula=f"failed / (failed + succeeded) transactions with age in [0, {window}) days",
        missing="no payment was tried in the window",
        label=f"share of payments that failed in the last {window} days",
        higher_is="bad",
    )


def refund_count(window: int) -> Feature:
    return Feature(
        name=f"refund_count_{window}d",
        family="payments",
        value=m.REFUNDS.over(window),
        unit="refunds",
        formula=f"refunds with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"refunds in the last {window} days",
        higher_is="bad",
    )


def downgrade_requests(window: int) -> Feature:
    return Feature(
        name=f"downgrade_request_count_{window}d",
        family="payments",
        value=m.DOWNGRADE_REQUESTS.over(window),
        unit="events",
        formula=f"events whose type is in features.downgrade_events, with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"requests to downgrade in the last {window} days",
        higher_is="bad",
    )


def cancel_steps(window: int) -> Feature:
    return Feature(
        name=f"cancel_signal_count_{window}d",
        family="payments",
        value=m.CANCEL_STEPS.over(window),
        unit="events",
        formula=f"events whose type is in features.cancel_events, with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"visits to the cancellation page in the last {window} days",
        higher_is="bad",
    )


FEATURES: tuple[Feature, ...] = (
    *(failed_count(w) for w in WINDOWS),
    *(failed_share(w) for w in (90, 365)),
    Feature(
        name="days_since_failed_payment",
        family="payments",
        value=days_since(m.LAST_FAILED_PAYMENT.ever()),
        unit="days",
        formula="age of the latest failed transaction",
        missing="no payment ever failed",
        label="days since a payment failed",
        higher_is="good",
    ),
    Feature(
        name="last_payment_failed",
        family="payments",
        value=_LAST_FAILED,
        unit="0 or 1",
        formula="1 when the latest failed transaction is not earlier than the latest succeeded one, else 0",
        missing="never missing; 0 without any",
        label="the latest payment failed",
        higher_is="bad",
    ),
    Feature(
        name="days_unpaid",
        family="payments",
        value=_LAST_FAILED * days_since(m.LAST_PURCHASE.ever()),
        unit="days",
        formula="days since the latest succeeded transaction when a failed one came after it, else 0",
        missing="no payment ever succeeded",
        label="days without a payment since one failed",
        higher_is="bad",
    ),
    Feature(
        name="failed_payment_share_change_90d",
        family="payments",
        value=_failed_share(90) - _failed_share(90, 90),
        unit="-1 to 1",
        formula="share of payments that failed with age in [0, 90) days − that in [90, 180)",
        missing="no payment was tried in one of the windows",
        label="change of the share of payments that failed",
        higher_is="bad",
    ),
    Feature(
        name="failed_per_failing_day_365d",
        family="payments",
        value=m.FAILED_PAYMENTS.over(365) / m.FAILED_DAYS.over(365),
        unit="payments per day",
        formula="failed transactions / distinct UTC days with one, age in [0, 365) days: how often a payment "
        "is tried again at once",
        missing="no payment failed in 365 days",
        label="failed payments per day with one",
        higher_is="bad",
    ),
    Feature(
        name="payment_methods_365d",
        family="payments",
        value=m.PAYMENT_METHODS.over(365),
        unit="methods",
        formula="distinct payment_method of succeeded and failed transactions with age in [0, 365) days",
        missing="never missing; 0 without any",
        label="ways of paying in the last year",
        higher_is="neutral",
    ),
    Feature(
        name="new_payment_methods_90d",
        family="payments",
        value=m.PAYMENT_METHODS.over(180) - m.PAYMENT_METHODS.over(90, shift=90),
        unit="methods",
        formula="distinct payment_method of succeeded and failed transactions with age in [0, 180) days − "
        "those with age in [90, 180): methods not used in the 90 days before",
        missing="never missing; 0 without any",
        label="new ways of paying in the last 90 days",
        higher_is="neutral",
    ),
    *(refund_count(w) for w in (90, 365)),
    Feature(
        name="refund_share_365d",
        family="payments",
        value=m.REFUND_AMOUNT.over(365) / m.REVENUE.over(365),
        unit="share",
        formula="sum of the absolute amounts of refunds with age in [0, 365) days / transaction_amount_365d",
        missing="nothing spent in 365 days",
        label="share of the year's spending that was refunded",
        higher_is="bad",
    ),
    *(downgrade_requests(w) for w in (90, 365)),
    *(cancel_steps(w) for w in (30, 90)),
)
