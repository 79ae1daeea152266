"""The measures that several families share: what counts as a purchase, a login, a complaint."""

from __future__ import annotations

from typing import Any

from retinue.features.declare import (
    count,
    days,
    first,
    first_day,
    first_day_sum,
    gap_squares,
    kinds,
    last,
    last_day,
    maximum,
    standing,
    total,
)

Row = Any
Settings = Any

FINE = 1e9
"""Scores and hours are kept to nine decimals, so that their sums are exact up to nine million."""


def succeeded(row: Row, _: Settings) -> Any:
    """A purchase: status succeeded, or none given and the amount not negative."""
    return (row.status == "succeeded") | (row.status.isnull() & (row.amount >= 0))


def failed(row: Row, _: Settings) -> Any:
    """A payment that failed."""
    return row.status == "failed"


def tried(row: Row, settings: Settings) -> Any:
    """A payment that succeeded or failed."""
    return succeeded(row, settings) | failed(row, settings)


def refunded(row: Row, _: Settings) -> Any:
    """A refund: status refunded, or none given and the amount negative."""
    return (row.status == "refunded") | (row.status.isnull() & (row.amount < 0))


def amount(row: Row, _: Settings) -> Any:
    """The amount."""
    return row.amount


def absolute_amount(row: Row, _: Settings) -> Any:
    """The amount without its sign."""
    return row.amount.abs()


def payment_method(row: Row, _: Settings) -> Any:
    """How it was paid."""
    return row.payment_method


def is_login(row: Row, settings: Settings) -> Any:
    """A login, by the types named in the settings."""
    return row.event_type.isin(settings.login_events)


def is_downgrade(row: Row, settings: Settings) -> Any:
    """A request to downgrade, by the types named in the settings."""
    return row.event_type.isin(settings.downgrade_events)


def is_cancel(row: Row, settings: Settings) -> Any:
    """A step towards cancelling, by the types named in the settings."""
    return row.event_type.isin(settings.cancel_events)


def event_type(row: Row, _: Settings) -> Any:
    """The kind of use."""
    return row.event_type


def is_negative(row: Row, _: Settings) -> Any:
    """A ticket in a negative tone."""
    return row.sentiment_score < 0


def has_sentiment(row: Row, _: Settings) -> Any:
    """A ticket whose tone is known."""
    return row.sentiment_score.notnull()


def sentiment(row: Row, _: Settings) -> Any:
    """The tone, −1 to 1."""
    return row.sentiment_score


def resolution_time(row: Row, _: Settings) -> Any:
    """Hours to resolution."""
    return row.resolution_time


def has_resolution_time(row: Row, _: Settings) -> Any:
    """A resolved ticket whose hours are known."""
    return row.resolution_time.notnull()


PURCHASES = count("transactions", where=succeeded)
REVENUE = total("transactions", amount, where=succeeded)
LARGEST_PURCHASE = maximum("transactions", amount, where=succeeded)
PURCHASE_DAYS = days("transactions", where=succeeded)
FIRST_PURCHASE_DAY = first_day("transactions", where=succeeded)
LAST_PURCHASE_DAY = last_day("transactions", where=succeeded)
FIRST_DAY_REVENUE = first_day_sum("transactions", amount, where=succeeded)
PURCHASE_GAP_SQUARES = gap_squares("transactions", where=succeeded)
MEAN_PURCHASE_GAP = (LAST_PURCHASE_DAY.ever() - FIRST_PURCHASE_DAY.ever()) / (PURCHASE_DAYS.ever() - 1.0)
LAST_PURCHASE = last("transactions", where=succeeded)
FIRST_TRANSACTION = first("transactions")

FAILED_PAYMENTS = count("transactions", where=failed)
TRIED_PAYMENTS = count("transactions", where=tried)
LAST_FAILED_PAYMENT = last("transactions", where=failed)
FAILED_DAYS = days("transactions", where=failed)
PAYMENT_METHODS = kinds("transactions", payment_method, where=tried)
REFUNDS = count("transactions", where=refunded)
REFUND_AMOUNT = total("transactions", absolute_amount, where=refunded)
LAST_REFUND = last("transactions", where=refunded)

EVENTS = count("events")
LOGINS = count("events", where=is_login)
ACTIVE_DAYS = days("events")
FIRST_ACTIVE_DAY = first_day("events")
LAST_ACTIVE_DAY = last_day("events")
LOGIN_DAYS = days("events", where=is_login)
FIRST_LOGIN_DAY = first_day("events", where=is_login)
LAST_LOGIN_DAY = last_day("events", where=is_login)
EVENT_KINDS = kinds("events", event_type)
DOWNGRADE_REQUESTS = count("events", where=is_downgrade)
CANCEL_STEPS = count("events", where=is_cancel)
LAST_CANCEL_STEP = last("events", where=is_cancel)
LAST_DOWNGRADE_REQUEST = last("events", where=is_downgrade)
LAST_EVENT = last("events")
FIRST_EVENT = first("events")
LAST_LOGIN = last("events", where=is_login)

TICKETS = count("tickets")
NEGATIVE_TICKETS = count("tickets", where=is_negative)
SCORED_TICKETS = count("tickets", where=has_sentiment)
SENTIMENT = total("tickets", sentiment, scale=FINE)
LAST_TICKET = last("tickets")
TICKET_DAYS = days("tickets")
FIRST_TICKET_DAY = first_day("tickets")
LAST_TICKET_DAY = last_day("tickets")
FIRST_TICKET = first("tickets")
RESOLVED = count("tickets", clock="resolved_at")
TIMED = count("tickets", where=has_resolution_time, clock="resolved_at")
RESOLUTION_HOURS = total("tickets", resolution_time, clock="resolved_at", scale=FINE)
LONGEST_RESOLUTION = maximum("tickets", resolution_time, clock="resolved_at")

ACCOUNT_CREATED = standing("customers", "min", lambda row, _: row.account_created_date)
FIRST_SUBSCRIPTION = standing("subscriptions", "min", lambda row, _: row.started_at)
