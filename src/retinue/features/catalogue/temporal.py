"""Time since the last of something, and trends: the slope of a line through zero-filled daily values."""

from __future__ import annotations

from typing import Literal

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, slope
from retinue.features.expressions import Measure

__all__ = ["FEATURES"]


def since(
    what: str, measure: Measure, plural: str, label: str, higher_is: Literal["good", "bad"] = "bad"
) -> Feature:
    return Feature(
        name=f"days_since_last_{what}",
        family="temporal",
        value=days_since(measure.ever()),
        unit="days",
        formula=f"(as_of − time of the latest of all {plural}) / 86,400 s",
        missing=f"no {plural} yet",
        label=f"days since the last {label}",
        higher_is=higher_is,
    )


def trend(
    what: str,
    measure: Measure,
    window: int,
    unit: str,
    label: str,
    higher_is: Literal["good", "bad"] = "good",
) -> Feature:
    return Feature(
        name=f"{what}_trend_{window}d",
        family="temporal",
        value=slope(measure, window),
        unit=f"{unit} per day per day",
        formula=f"least-squares slope of the zero-filled daily {label} over the {window} days up to the "
        "date (day k of age holds rows with age in [k, k + 1) days)",
        missing="never missing; 0 without any",
        label=f"trend of {label} over {window} days",
        higher_is=higher_is,
    )


FEATURES: tuple[Feature, ...] = (
    since("transaction", m.LAST_PURCHASE, "succeeded transactions", "purchase"),
    since("event", m.LAST_EVENT, "events", "activity"),
    since("login", m.LAST_LOGIN, "logins", "login"),
    since("ticket", m.LAST_TICKET, "tickets", "support ticket", "good"),
    since("refund", m.LAST_REFUND, "refunds", "refund", "good"),
    since("cancel_signal", m.LAST_CANCEL_STEP, "cancel events", "visit to the cancellation page", "good"),
    since("downgrade_request", m.LAST_DOWNGRADE_REQUEST, "downgrade events", "request to downgrade", "good"),
    *(trend("event", m.EVENTS, w, "events", "activity") for w in (30, 90, 180)),
    trend("login", m.LOGINS, 30, "logins", "logins"),
    trend("transaction", m.PURCHASES, 90, "transactions", "purchases"),
    trend("transaction_amount", m.REVENUE, 180, "currency", "spending"),
)
