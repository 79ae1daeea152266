"""A window against the same window a year (365 days) before, so that a season is compared with itself."""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.expressions import Measure

__all__ = ["FEATURES"]

YEAR = 365


def against_last_year(what: str, measure: Measure, window: int, label: str) -> Feature:
    return Feature(
        name=f"{what}_vs_year_ago_{window}d",
        family="seasonality",
        value=measure.over(window) / measure.over(window, shift=YEAR),
        unit="ratio",
        formula=f"{label} with age in [0, {window}) days / that in [{YEAR}, {YEAR + window})",
        missing="none in the window a year ago",
        label=f"{label} in the last {window} days against a year ago",
        higher_is="good",
    )


FEATURES: tuple[Feature, ...] = (
    *(against_last_year("transaction_count", m.PURCHASES, w, "purchases") for w in (30, 90)),
    against_last_year("transaction_amount", m.REVENUE, 90, "spending"),
    *(against_last_year("event_count", m.EVENTS, w, "activity") for w in (30, 90)),
    against_last_year("login_count", m.LOGINS, 90, "logins"),
    Feature(
        name="seasonal_amount_change_90d",
        family="seasonality",
        value=(m.REVENUE.over(90) / m.REVENUE.over(90, shift=90))
        / (m.REVENUE.over(90, shift=YEAR) / m.REVENUE.over(90, shift=YEAR + 90)),
        unit="ratio",
        formula="(spending with age in [0, 90) / [90, 180)) / (the same two windows 365 days earlier)",
        missing="nothing spent in one of the last three windows",
        label="change of spending beyond what the season explains",
        higher_is="good",
    ),
)
