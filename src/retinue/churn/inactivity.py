"""Churn without contracts: silence.

A customer active at d (a purchase in (d − active_within, d]) has churned when no purchase falls in
(d, d + H + G]. A purchase exactly at d belongs to the past, one exactly at d + H + G retains.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from retinue.churn.moments import DAY, NEVER, NEVER_YET, column_of, moment
from retinue.settings import ChurnSettings
from retinue.warehouse import Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["inactivity_facts", "judge_inactivity", "purchases"]


def purchases(warehouse: Warehouse, as_of: datetime) -> ir.Table:
    """Transactions that count as purchases: succeeded (or of no stated status) and not negative."""
    rows = warehouse.history("transactions", as_of)
    return rows.filter(
        rows.customer_id.notnull(),
        rows.date.notnull(),
        rows.status.isnull() | (rows.status == "succeeded"),
        rows.amount.isnull() | (rows.amount >= 0),
    )


def inactivity_facts(
    warehouse: Warehouse, moments: Sequence[int], *, settings: ChurnSettings, as_of: datetime
) -> ir.Table:
    """Per customer: the first purchase, and for each date the last one before and the next one after.

    One scan and one row per customer whatever the number of dates.
    """
    import ibis

    rows = purchases(warehouse, as_of)
    measures = {"first": rows.date.min()}
    for index, date in enumerate(moments):
        at = ibis.literal(moment(date), "timestamp")
        measures[f"last_{index}"] = rows.date.max(where=rows.date <= at)
        measures[f"next_{index}"] = rows.date.min(where=rows.date > at)
    return rows.group_by("customer_id").agg(**measures)


def judge_inactivity(
    facts: pa.Table, index: int, date: int, as_of: int, settings: ChurnSettings
) -> pd.DataFrame:
    """State, outcome and time to churn at one date, from the facts gathered above."""
    import pandas as pd

    first = column_of(facts, "first", NEVER)
    last = column_of(facts, f"last_{index}", NEVER_YET)
    following = column_of(facts, f"next_{index}", NEVER)
    window = (settings.horizon_days + settings.grace_days) * DAY
    active_within = settings.active_within_days or settings.horizon_days

    gone = last <= date - active_within * DAY
    too_new = first > date - settings.minimum_history_days * DAY
    state = np.where(gone, "gone", np.where(too_new, "too_new", "active"))
    judged = (state == "active") & (date + window <= as_of)
    silent = following > date + window
    churned = np.where(judged, silent.astype(float), np.nan)
    # Kept from overflowing: `last` may be the sentinel for customers who never bought.
    until = np.clip(np.maximum(last, date - 4 * window) + window - date, 0, None) / DAY
    survived = min(window, as_of - date) / DAY
    left = churned == 1.0
    return pd.DataFrame(
        {
            "state": state,
            "churned": churned,
            "days_to_churn": np.where(left, until, np.nan),
            "duration_days": np.where(state == "active", np.where(left, until, survived), np.nan),
            "observed": np.where(state == "active", left.astype(float), np.nan),
        }
    )
