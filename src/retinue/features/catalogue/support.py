"""Tickets, their tone and their resolution. Resolution counts from the moment a ticket is resolved."""

from __future__ import annotations

from retinue.features.base import WINDOWS, Feature
from retinue.features.catalogue import measures as m

__all__ = ["FEATURES"]


def tickets(window: int) -> Feature:
    return Feature(
        name=f"ticket_count_{window}d",
        family="support",
        value=m.TICKETS.over(window),
        unit="tickets",
        formula=f"tickets opened with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"support tickets in the last {window} days",
        higher_is="bad",
    )


def negative_tickets(window: int) -> Feature:
    return Feature(
        name=f"negative_ticket_count_{window}d",
        family="support",
        value=m.NEGATIVE_TICKETS.over(window),
        unit="tickets",
        formula=f"tickets with sentiment_score below 0 opened with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"unhappy support tickets in the last {window} days",
        higher_is="bad",
    )


def mean_sentiment(window: int) -> Feature:
    return Feature(
        name=f"mean_sentiment_{window}d",
        family="support",
        value=m.SENTIMENT.over(window) / m.SCORED_TICKETS.over(window),
        unit="-1 to 1",
        formula=f"mean sentiment_score of tickets opened with age in [0, {window}) days",
        missing="no ticket with a sentiment in the window",
        label=f"tone of support tickets in the last {window} days",
        higher_is="good",
    )


FEATURES: tuple[Feature, ...] = (
    *(tickets(w) for w in WINDOWS),
    *(negative_tickets(w) for w in (90, 365)),
    *(mean_sentiment(w) for w in (90, 365)),
    Feature(
        name="sentiment_change_90d",
        family="support",
        value=m.SENTIMENT.over(90) / m.SCORED_TICKETS.over(90)
        - m.SENTIMENT.over(90, shift=90) / m.SCORED_TICKETS.over(90, shift=90),
        unit="-2 to 2",
        formula="mean sentiment_score with age in [0, 90) days − that in [90, 180)",
        missing="no ticket with a sentiment in one of the windows",
        label="change of tone in support tickets",
        higher_is="good",
    ),
    Feature(
        name="open_tickets",
        family="support",
        value=m.TICKETS.ever() - m.RESOLVED.ever(),
        unit="tickets",
        formula="tickets opened by the date and not resolved by it",
        missing="never missing; 0 without any",
        label="support tickets still open",
        higher_is="bad",
    ),
    Feature(
        name="mean_resolution_hours_180d",
        family="support",
        value=m.RESOLUTION_HOURS.over(180) / m.TIMED.over(180),
        unit="hours",
        formula="mean resolution_time of tickets resolved with age in [0, 180) days since resolved_at",
        missing="no ticket with a resolution time was resolved in the window",
        label="hours to resolve a ticket in the last 180 days",
        higher_is="bad",
    ),
    Feature(
        name="longest_resolution_hours_365d",
        family="support",
        value=m.LONGEST_RESOLUTION.over(365),
        unit="hours",
        formula="greatest resolution_time of tickets resolved with age in [0, 365) days since resolved_at",
        missing="no ticket with a resolution time was resolved in the window",
        label="hours of the slowest resolution of the last year",
        higher_is="bad",
    ),
)
