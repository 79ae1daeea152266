"""How often the customer comes and how much is done. A login is an event named in features.login_events."""

from __future__ import annotations

from retinue.features.base import WINDOWS, Feature
from retinue.features.catalogue import measures as m

__all__ = ["FEATURES"]


def events(window: int) -> Feature:
    return Feature(
        name=f"event_count_{window}d",
        family="engagement",
        value=m.EVENTS.over(window),
        unit="events",
        formula=f"events with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"actions in the last {window} days",
        higher_is="good",
    )


def logins(window: int) -> Feature:
    return Feature(
        name=f"login_count_{window}d",
        family="engagement",
        value=m.LOGINS.over(window),
        unit="logins",
        formula=f"events whose type is in features.login_events, with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"logins in the last {window} days",
        higher_is="good",
    )


def active_days(window: int) -> Feature:
    return Feature(
        name=f"active_days_{window}d",
        family="engagement",
        value=m.ACTIVE_DAYS.over(window),
        unit="days",
        formula=f"distinct UTC days with an event with age in [0, {window}) days",
        missing="never missing; 0 without any",
        label=f"active days in the last {window} days",
        higher_is="good",
    )


def event_rate_change(window: int) -> Feature:
    return Feature(
        name=f"event_rate_change_{window}d",
        family="engagement",
        value=m.EVENTS.over(window) / m.EVENTS.over(window, shift=window),
        unit="ratio",
        formula=f"events with age in [0, {window}) days / those in [{window}, {2 * window})",
        missing="no event in the earlier window",
        label=f"activity in the last {window} days against the {window} before",
        higher_is="good",
    )


def login_rate_change(window: int) -> Feature:
    return Feature(
        name=f"login_rate_change_{window}d",
        family="engagement",
        value=m.LOGINS.over(window) / m.LOGINS.over(window, shift=window),
        unit="ratio",
        formula=f"logins with age in [0, {window}) days / those in [{window}, {2 * window})",
        missing="no login in the earlier window",
        label=f"logins in the last {window} days against the {window} before",
        higher_is="good",
    )


def events_per_active_day(window: int) -> Feature:
    return Feature(
        name=f"events_per_active_day_{window}d",
        family="engagement",
        value=m.EVENTS.over(window) / m.ACTIVE_DAYS.over(window),
        unit="events per day",
        formula=f"event_count_{window}d / active_days_{window}d",
        missing="no event in the window",
        label=f"actions per active day in the last {window} days",
        higher_is="good",
    )


FEATURES: tuple[Feature, ...] = (
    *(logins(w) for w in WINDOWS),
    *(events(w) for w in WINDOWS),
    *(active_days(w) for w in (7, 30, 90, 180)),
    login_rate_change(30),
    *(event_rate_change(w) for w in (30, 90)),
    *(events_per_active_day(w) for w in (30, 90)),
    Feature(
        name="stickiness",
        family="engagement",
        value=m.ACTIVE_DAYS.over(7) / m.ACTIVE_DAYS.over(30),
        unit="share",
        formula="active_days_7d / active_days_30d",
        missing="no active day in 30 days",
        label="share of the month's active days that fell in the last week",
        higher_is="good",
    ),
    Feature(
        name="recent_event_share",
        family="engagement",
        value=m.EVENTS.over(30) / m.EVENTS.over(180),
        unit="share",
        formula="event_count_30d / event_count_180d",
        missing="no event in 180 days",
        label="share of the half-year's activity that fell in the last 30 days",
        higher_is="good",
    ),
    Feature(
        name="login_share_90d",
        family="engagement",
        value=m.LOGINS.over(90) / m.EVENTS.over(90),
        unit="share",
        formula="login_count_90d / event_count_90d",
        missing="no event in the window",
        label="share of the last 90 days' actions that are mere logins",
        higher_is="neutral",
    ),
)
