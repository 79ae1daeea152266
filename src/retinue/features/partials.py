"""From rows to cells: one scan of a table, one partial per customer and elementary interval.

A row is *natural* at the dates when it is seen from the first date at or after its time on and never
corrected up to the last. Rows learned late, or replaced later, are visible at some dates only; they get a
key of their own (cell, first date that sees it, dates at the end that do not), so that the roll-up can pick
them date by date. `key = cell + cells × variant`, natural rows having variant 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.calendar import Calendar
from retinue.features.expressions import Measure
from retinue.features.kinds import KindWords
from retinue.features.rows import NEEDS_ORDER, Plan, RowView

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings

__all__ = [
    "bits_set",
    "cells_of",
    "conditions",
    "microseconds",
    "neighbour",
    "placed_rows",
    "raw_value",
    "value_of",
]


def placed_rows(rows: ir.Table, calendar: Calendar) -> ir.Table:
    """The rows with the key of their cell and variant, their day, and the bit of their day."""
    import pyarrow as pa

    days = ibis.memtable(pa.table(calendar.columns))
    rows = rows.mutate(on_date=rows["at"].date())
    rows = rows.inner_join(days, [rows.on_date == days.cal_date])
    # At or before the cut's time of day: on the day of a cut this is the head, elsewhere both are the body.
    rows = rows.mutate(early=rows["at"] <= rows.cal_limit)
    rows = rows.mutate(
        cell=ibis.ifelse(rows.early, rows.cal_at, rows.cal_after),
        seen=ibis.ifelse(rows.early, rows.cal_seen_at, rows.cal_seen_after),
        age_day=rows.cal_age_day + ibis.ifelse(rows.early, 0, 1),
    )
    total = len(calendar.dates)
    if total == 1:
        return rows.mutate(key=rows.cell.cast("int64"))
    late = ibis.ifelse(rows.known <= rows.seen, 0, _dates_before(rows.known, calendar))
    dropped = ibis.ifelse(rows.superseded_at.isnull(), 0, total - _dates_before(rows.superseded_at, calendar))
    return rows.mutate(
        key=rows.cell.cast("int64") + calendar.cells * (late * (total + 1) + dropped).cast("int64")
    )


def _dates_before(moment: Any, calendar: Calendar) -> Any:
    """How many of the dates lie before a moment."""
    steps = [(ibis.literal(d, "timestamp") < moment).cast("int32") for d in calendar.dates]
    return reduce(lambda left, right: left + right, steps)


def conditions(rows: ir.Table, plan: Plan, settings: FeatureSettings) -> dict[Measure, Any]:
    """Measure → which rows count for it, or None for all."""
    found: dict[Measure, Any] = {}
    for measure in plan.measures:
        clock = measure.clock or plan.happened
        condition = None
        if measure.where is not None:
            condition = measure.where(RowView.at(rows, plan.table, clock), settings)
        if len(plan.clocks) > 1:
            here = rows.clock_no == plan.clocks.index(clock)
            condition = here if condition is None else here & condition
        found[measure] = condition
    return found


def value_of(rows: ir.Table, plan: Plan, measure: Measure, settings: FeatureSettings) -> Any:
    """The number a measure takes from a row, as a float64 that holds an integer when it is summed."""
    if measure.value is None:
        return None
    value = raw_value(rows, plan, measure, settings)
    if measure.aggregate in ("min", "max"):
        return value.cast("float64")
    return (value.cast("float64") * measure.scale).round().cast("float64")


def raw_value(rows: ir.Table, plan: Plan, measure: Measure, settings: FeatureSettings) -> Any:
    """What a measure's declaration takes from a row, as it stands."""
    if measure.value is None:
        raise ValueError(f"a {measure.aggregate} of {plan.table} needs a value")
    return measure.value(RowView.at(rows, plan.table, measure.clock or plan.happened), settings)


def cells_of(
    rows: ir.Table, plan: Plan, settings: FeatureSettings, words: Mapping[Measure, KindWords]
) -> ir.Table:
    """One row per customer and key, a column (or, for kinds, several) per measure; float64 but for bits."""
    rows = _with_neighbours(rows, plan, settings)
    for kind in words.values():
        rows = kind.join(rows, raw_value(rows, plan, kind.measure, settings))
    where = conditions(rows, plan, settings)
    columns: dict[str, Any] = {}
    for measure, name in plan.measures.items():
        condition = where[measure]
        if measure.aggregate == "kinds":
            if measure in words:
                columns |= words[measure].aggregates(rows, name, condition)
        else:
            columns[name] = _aggregate(rows, plan, measure, name, condition, settings)
    cells = rows.group_by("customer_id", "key").aggregate(**columns)
    return _finished(cells, plan)


def _aggregate(
    rows: ir.Table, plan: Plan, measure: Measure, name: str, where: Any, settings: FeatureSettings
) -> Any:
    aggregate = measure.aggregate
    if aggregate == "count":
        return rows.count(where=where).cast("float64")
    if aggregate in ("first", "first_day"):
        return (rows["at"] if aggregate == "first" else rows.cal_day).min(where=where)
    if aggregate in ("last", "last_day"):
        return (rows["at"] if aggregate == "last" else rows.cal_day).max(where=where)
    if aggregate == "days":
        return rows.cal_bit.bit_or(where=where)
    if aggregate in NEEDS_ORDER:
        return rows[f"row_{name}"].sum().cast("float64")
    value = value_of(rows, plan, measure, settings)
    if aggregate == "min":
        return value.min(where=where)
    if aggregate == "max":
        return value.max(where=where)
    if aggregate == "moment":
        value = rows.age_day.cast("float64") if value is None else value * rows.age_day
    return value.sum(where=where)


def _with_neighbours(rows: ir.Table, plan: Plan, settings: FeatureSettings) -> ir.Table:
    """Adds what a row owes to the rows before it: the squared gap in days, its value on the first day."""
    if not plan.ordered:
        return rows
    where = conditions(rows, plan, settings)
    return rows.mutate(
        **{
            f"row_{plan.measures[m]}": neighbour(rows, plan, m, where[m], settings, ["customer_id"])
            for m in plan.ordered
        }
    )


def neighbour(
    rows: ir.Table, plan: Plan, measure: Measure, where: Any, settings: FeatureSettings, group: list[str]
) -> Any:
    """A row's part of `gap_squares` or `first_day_sum`, within groups of rows."""
    inside = ibis.literal(True) if where is None else where.fill_null(False)
    within = ibis.window(group_by=[*(rows[g] for g in group), inside], order_by=rows["at"])
    if measure.aggregate == "gap_squares":
        gap = (rows.cal_day - rows.cal_day.lag().over(within)).cast("float64")
        return ibis.ifelse(inside, (gap * gap).fill_null(0.0), 0.0)
    first = rows.cal_day.first().over(within)
    value = value_of(rows, plan, measure, settings)
    value = ibis.literal(1.0) if value is None else value
    return ibis.ifelse(inside & (rows.cal_day == first), value.fill_null(0.0), 0.0)


def _finished(cells: ir.Table, plan: Plan) -> ir.Table:
    """Moments as microseconds, days counted, sums of nothing as 0."""
    changes: dict[str, Any] = {}
    for measure in plan.measures:
        name = plan.measures[measure]
        if measure.aggregate in ("sum", "moment", *NEEDS_ORDER):
            changes[name] = cells[name].fill_null(0.0)
        elif measure.aggregate in ("first", "last"):
            changes[name] = microseconds(cells[name])
        elif measure.aggregate in ("first_day", "last_day"):
            changes[name] = cells[name].cast("float64")
        elif measure.aggregate == "days":
            changes[f"bits_{name}"] = cells[name].fill_null(0)
    if changes:
        cells = cells.mutate(**changes)
    days = {plan.measures[m]: f"bits_{plan.measures[m]}" for m in plan.of("days")}
    return bits_set(cells, days)


def microseconds(moment: Any) -> Any:
    """A timestamp as a float64 that holds whole microseconds since 1970."""
    # epoch_seconds keeps the fraction on some engines and drops it on others: floor, then add it apart.
    return moment.epoch_seconds().cast("float64").floor().cast("float64") * 1e6 + moment.microsecond()


def bits_set(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """Adds columns that count the bits of others (new name → column of at most 62 bits), as float64.

    One step of the halving sum per `mutate`: nested, the expression would double at each step.
    """
    if not columns:
        return table
    table = table.mutate(**{n: table[b] - ((table[b] >> 1) & 0x5555555555555555) for n, b in columns.items()})
    table = table.mutate(
        **{n: (table[n] & 0x3333333333333333) + ((table[n] >> 2) & 0x3333333333333333) for n in columns}
    )
    table = table.mutate(**{n: (table[n] + (table[n] >> 4)) & 0x0F0F0F0F0F0F0F0F for n in columns})
    for shift in (8, 16, 32):
        table = table.mutate(**{n: table[n] + (table[n] >> shift) for n in columns})
    return table.mutate(**{n: (table[n] & 0x7F).cast("float64") for n in columns})
