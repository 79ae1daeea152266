"""How long the customer has been one, and what the whole history adds up to.

The purchase history in days is the form in which BG/NBD and Gamma-Gamma read it: x = repeat_purchase_days,
t_x = purchase_span_days, T = purchase_age_days, m_x = mean_repeat_value.
"""

from __future__ import annotations

from retinue.features.base import Feature
from retinue.features.catalogue import measures as m
from retinue.features.declare import days_since, earliest, given, greatest
from retinue.features.expressions import AS_OF_DAY

__all__ = ["FEATURES"]

_DAYS = m.PURCHASE_DAYS.ever()
_FIRST = m.FIRST_PURCHASE_DAY.ever()
_LAST = m.LAST_PURCHASE_DAY.ever()

FEATURES: tuple[Feature, ...] = (
    Feature(
        name="tenure_days",
        family="tenure",
        value=days_since(
            earliest(
                m.ACCOUNT_CREATED,
                m.FIRST_SUBSCRIPTION,
                m.FIRST_TRANSACTION.ever(),
                m.FIRST_EVENT.ever(),
                m.FIRST_TICKET.ever(),
            )
        ),
        unit="days",
        formula="age of the earliest of account_created_date, first contract, transaction, event and ticket",
        missing="no account date and no dated row",
        label="days as a customer",
        higher_is="good",
    ),
    Feature(
        name="purchase_days",
        family="tenure",
        value=_DAYS,
        unit="days",
        formula="distinct UTC days with a succeeded transaction, all history",
        missing="never missing; 0 without any",
        label="days with a purchase so far",
        higher_is="good",
    ),
    Feature(
        name="repeat_purchase_days",
        family="tenure",
        value=greatest(_DAYS - 1.0, 0.0),
        unit="days",
        formula="max(purchase_days − 1, 0): the x of BG/NBD",
        missing="never missing; 0 without any",
        label="repeat purchases so far",
        higher_is="good",
    ),
    Feature(
        name="purchase_span_days",
        family="tenure",
        value=_LAST - _FIRST,
        unit="days",
        formula="days from the first to the last purchase day: the t_x of BG/NBD",
        missing="no purchase yet",
        label="days from the first to the latest purchase",
        higher_is="good",
    ),
    Feature(
        name="purchase_age_days",
        family="tenure",
        value=AS_OF_DAY - _FIRST,
        unit="days",
        formula="days from the start of the first purchase day to as_of: the T of BG/NBD",
        missing="no purchase yet",
        label="days since the first purchase",
        higher_is="neutral",
    ),
    Feature(
        name="mean_purchase_value",
        family="tenure",
        value=m.REVENUE.ever() / _DAYS,
        unit="currency",
        formula="succeeded amount / purchase_days, all history",
        missing="no purchase yet",
        label="average spending per purchase day",
        higher_is="good",
    ),
    Feature(
        name="mean_repeat_value",
        family="tenure",
        value=given(
            greatest(_DAYS - 1.0, 0.0), (m.REVENUE.ever() - m.FIRST_DAY_REVENUE.ever()) / (_DAYS - 1.0)
        ),
        unit="currency",
        formula="succeeded amount on days after the first purchase day / repeat_purchase_days: "
        "the m_x of Gamma-Gamma",
        missing="no repeat purchase yet",
        label="average spending per repeat purchase",
        higher_is="good",
    ),
    Feature(
        name="lifetime_amount",
        family="tenure",
        value=m.REVENUE.ever(),
        unit="currency",
        formula="sum of the amounts of all succeeded transactions",
        missing="never missing; 0 without any",
        label="amount spent so far",
        higher_is="good",
    ),
    Feature(
        name="first_purchase_share",
        family="tenure",
        value=m.FIRST_DAY_REVENUE.ever() / m.REVENUE.ever(),
        unit="share",
        formula="succeeded amount on the first purchase day / lifetime_amount",
        missing="nothing spent yet",
        label="share of all spending made on the first purchase day",
        higher_is="bad",
    ),
)
