"""What the other customers of the same account (a company, a household) do.

Who belongs to an account is what was known at the date. All but the account's size are missing for a customer
who has it alone: no others is not the same as others who do nothing.
"""

from __future__ import annotations

from typing import Any, Literal

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.catalogue.contract import ended, ended_at, runs
from retinue.features.declare import days_since, given, others, standing
from retinue.features.expressions import Expression

__all__ = ["FEATURES"]

ALONE = "no account, or no other customer in it"


def has_account(row: Any, _: Any) -> Any:
    """It is known which account the customer belongs to."""
    return row.account_id.notnull()


_OTHERS = others("customers", "count")
_EVER_UNDER_CONTRACT = others("subscriptions", "count", once=True)
_UNDER_CONTRACT = others("subscriptions", "count", where=runs, once=True)


def of_others(
    name: str,
    value: Expression,
    unit: str,
    formula: str,
    label: str,
    higher_is: Literal["good", "bad", "neutral"] = "good",
    missing: str = ALONE,
) -> Feature:
    return Feature(
        name=name,
        family="account",
        value=given(_OTHERS, value),
        unit=unit,
        formula=formula,
        missing=missing,
        label=label,
        higher_is=higher_is,
    )


FEATURES: tuple[Feature, ...] = (
    Feature(
        name="account_customers",
        family="account",
        value=given(standing("customers", "count", where=has_account), _OTHERS + 1.0),
        unit="customers",
        formula="customers known at the date who share the account_id, this one included",
        missing="no account known",
        label="customers in the account",
        higher_is="neutral",
    ),
    of_others(
        "account_event_count_30d",
        others("events", "count", window=30),
        "events",
        "events of the account's other customers with age in [0, 30) days",
        "actions of others in the account in the last 30 days",
    ),
    of_others(
        "account_silent_share_30d",
        (_OTHERS - others("events", "count", window=30, once=True)) / _OTHERS,
        "share",
        "share of the account's other customers without an event with age in [0, 30) days",
        "share of the others in the account who were silent for 30 days",
        "bad",
    ),
    of_others(
        "account_amount_90d",
        others("transactions", "sum", m.amount, where=m.succeeded, window=90, scale=10_000.0),
        "currency",
        "sum of the amounts of succeeded transactions of the account's other customers, age in [0, 90) days",
        "amount spent by others in the account in the last 90 days",
    ),
    of_others(
        "account_ticket_count_90d",
        others("tickets", "count", window=90),
        "tickets",
        "tickets opened by the account's other customers with age in [0, 90) days",
        "support tickets of others in the account in the last 90 days",
        "bad",
    ),
    of_others(
        "account_left_share",
        (_EVER_UNDER_CONTRACT - _UNDER_CONTRACT) / _EVER_UNDER_CONTRACT,
        "share",
        "of the account's other customers who ever had a contract, the share of whom none runs",
        "share of the others in the account who left",
        "bad",
        "no account, or no other customer in it who ever had a contract",
    ),
    of_others(
        "account_days_since_end",
        days_since(others("subscriptions", "max", ended_at, where=ended)),
        "days",
        "age of the latest ended_at of the account's other customers",
        "days since a contract of others in the account ended",
        "good",
        "no account, or no contract of another customer in it ended",
    ),
)
