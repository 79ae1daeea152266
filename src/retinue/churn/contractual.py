"""Churn with contracts: the last one ends.

A customer's contracts form *spells*: stretches of time covered without a gap longer than G days. A change
of plan, an overlap, or a return within the grace leaves the spell unbroken. A customer with a contract in
force at d has churned when the spell that covers d ends in (d, d + H] and a contract that ends it does so
for one of `end_reasons` (no stated reason reads as `other`). A contract that starts exactly G days after
an end still belongs to the spell. An end for a reason that does not count is not churn; such a customer is
followed no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from retinue.churn.moments import DAY, FAR, NEVER, column_of, moment
from retinue.settings import ChurnSettings
from retinue.warehouse import Warehouse

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["contracts", "contractual_facts", "judge_contracts", "with_spells"]


def contracts(warehouse: Warehouse, as_of: datetime) -> ir.Table:
    """Contracts that were ever in force; one that ends no later than it starts never was."""
    rows = warehouse.history("subscriptions", as_of)
    return rows.filter(
        rows.customer_id.notnull(),
        rows.started_at.notnull(),
        rows.ended_at.isnull() | (rows.ended_at > rows.started_at),
    )


def with_spells(rows: ir.Table, settings: ChurnSettings) -> ir.Table:
    """Each contract with its spell (`spell`, from 1), that spell's end (`spell_ends`), and whether that end
    counts as churn (`spell_counts`)."""
    import ibis

    rows = rows.select(
        rows.customer_id,
        rows.subscription_id,
        rows.started_at,
        ends=ibis.coalesce(rows.ended_at, ibis.literal(FAR, "timestamp")),
        counts=ibis.coalesce(rows.end_reason, "other").isin(settings.end_reasons) & rows.ended_at.notnull(),
    )
    order = [rows.started_at, rows.ends, rows.subscription_id]
    so_far = ibis.window(group_by=rows.customer_id, order_by=order, preceding=None, following=0)
    rows = rows.mutate(covered=rows.ends.max().over(so_far))
    by_start = ibis.window(group_by=rows.customer_id, order_by=[rows[c.get_name()] for c in order])
    rows = rows.mutate(covered_before=rows.covered.lag(1).over(by_start))
    grace = ibis.interval(days=settings.grace_days)
    opens = rows.covered_before.isnull() | (rows.started_at - grace > rows.covered_before)
    rows = rows.mutate(opens=ibis.ifelse(opens, 1, 0))
    running = ibis.window(
        group_by=rows.customer_id,
        order_by=[rows[c.get_name()] for c in order],
        preceding=None,
        following=0,
    )
    rows = rows.mutate(spell=rows.opens.sum().over(running))
    whole = ibis.window(group_by=[rows.customer_id, rows.spell])
    rows = rows.mutate(spell_ends=rows.ends.max().over(whole))
    closing = ibis.ifelse(rows.counts & (rows.ends == rows.spell_ends), 1, 0)
    rows = rows.mutate(closing=closing)
    whole = ibis.window(group_by=[rows.customer_id, rows.spell])
    return rows.mutate(spell_counts=rows.closing.max().over(whole))


def contractual_facts(
    warehouse: Warehouse, moments: Sequence[int], *, settings: ChurnSettings, as_of: datetime
) -> ir.Table:
    """Per customer: the first start, and for each date the end of the spell that covers it, if any does.

    One scan and one row per customer whatever the number of dates.
    """
    import ibis

    rows = with_spells(contracts(warehouse, as_of), settings)
    measures = {"first": rows.started_at.min()}
    for index, date in enumerate(moments):
        at = ibis.literal(moment(date), "timestamp")
        in_force = (rows.started_at <= at) & (rows.ends > at)
        measures[f"ends_{index}"] = rows.spell_ends.max(where=in_force)
        measures[f"counts_{index}"] = rows.spell_counts.max(where=in_force)
    return rows.group_by("customer_id").agg(**measures)


def judge_contracts(
    facts: pa.Table, index: int, date: int, as_of: int, settings: ChurnSettings
) -> pd.DataFrame:
    """State, outcome and time to churn at one date, from the facts gathered above."""
    import pandas as pd

    first = column_of(facts, "first", NEVER)
    ends = column_of(facts, f"ends_{index}", date)
    counts = facts.column(f"counts_{index}").cast(pa.int64()).fill_null(0).to_numpy() == 1
    horizon = settings.horizon_days * DAY
    complete = date + horizon + settings.grace_days * DAY <= as_of

    gone = ends <= date
    too_new = first > date - settings.minimum_history_days * DAY
    state = np.where(gone, "gone", np.where(too_new, "too_new", "active"))
    judged = (state == "active") & complete
    churned = np.where(judged, ((ends <= date + horizon) & counts).astype(float), np.nan)
    left = churned == 1.0
    followed = np.minimum(ends, min(date + horizon, as_of)) - date
    return pd.DataFrame(
        {
            "state": state,
            "churned": churned,
            "days_to_churn": np.where(left, followed / DAY, np.nan),
            "duration_days": np.where(state == "active", followed / DAY, np.nan),
            "observed": np.where(state == "active", left.astype(float), np.nan),
        }
    )
