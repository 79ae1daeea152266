"""The literal paths, for what does not add over cells: rows × dates, for the few rows that need it.

* `neighbours`: measures of consecutive rows, for customers with a late or corrected row. (Which row is the
  neighbour depends on the date, so their partials would too.)
* `distinct_counts`: distinct values of a column with very many kinds.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from retinue.features.calendar import Window
from retinue.features.expressions import Measure
from retinue.features.partials import Reading, RowReading, with_neighbours
from retinue.features.rollup import column_of
from retinue.features.rows import Plan

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["date_table", "distinct_counts", "neighbours"]


def date_table(dates: tuple[datetime, ...]) -> ir.Table:
    """The dates with their numbers, as a small table."""
    import pyarrow as pa

    return ibis.memtable(
        pa.table(
            {
                "date_no": pa.array(range(len(dates)), pa.int32()),
                "as_of": pa.array(list(dates), pa.timestamp("us")),
            }
        )
    )


def neighbours(reading: Reading, plan: Plan, customers: ir.Table, dates: tuple[datetime, ...]) -> ir.Table:
    """The measures that need a row's neighbours, per customer and date, for the customers given.

    Every (customer, date) with a visible row is in the answer.
    """
    rows = reading.rows.semi_join(customers, [reading.rows.customer_id == customers.late_customer])
    rows = rows.cross_join(date_table(dates))
    rows = rows.filter(
        rows["at"] <= rows.as_of,
        rows.known <= rows.as_of,
        rows.superseded_at.isnull() | (rows.superseded_at > rows.as_of),
    )
    seen = with_neighbours(reading.over(rows), plan, ["customer_id", "date_no"])
    columns = {
        column_of(plan.measures[m], Window(None)): seen[f"row_{plan.measures[m]}"].sum().cast("float64")
        for m in plan.ordered
    }
    return seen.group_by("customer_id", "date_no").aggregate(**columns)


def distinct_counts(reading: RowReading, plan: Plan, measure: Measure, places: ir.Table) -> ir.Table:
    """Distinct values of one `kinds` measure in each of its windows, per customer and date."""
    condition, value = reading.where[measure], str(reading.value[measure])
    rows = reading.rows.filter(reading.rows[value].notnull())
    if condition is not None:
        rows = rows.filter(rows[condition])
    rows = rows.select("customer_id", "key", kind=rows[value]).distinct()
    joined = rows.inner_join(places, [rows.key == places.map_key])
    windows = plan.windows[measure]
    each = joined.group_by("customer_id", "date_no", "kind").aggregate(
        **{w.column: joined[w.column].max() for w in windows}
    )
    name = plan.measures[measure]
    return each.group_by("customer_id", "date_no").aggregate(
        **{column_of(name, w): each[w.column].sum() for w in windows}
    )
