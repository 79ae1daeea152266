"""From rows to cells: one scan of a table, one partial per customer and elementary interval.

A row is *natural* at the dates when it is seen from the first date at or after its time on and never
corrected up to the last. Rows learned late, or replaced later, are visible at some dates only; they get a
key of their own (cell, first date that sees it, dates at the end that do not), so that the roll-up can pick
them date by date. `key = cell + cells × variant`, natural rows having variant 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.calendar import Calendar
from retinue.features.expressions import Aggregate, Measure
from retinue.features.kinds import KindWords
from retinue.features.rows import NEEDS_ORDER, Plan, RowView
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings

__all__ = [
    "Reading",
    "RowReading",
    "bits_set",
    "both",
    "cells_of",
    "finished",
    "microseconds",
    "placed_rows",
    "read_rows",
    "with_neighbours",
]


def placed_rows(rows: ir.Table, calendar: Calendar, scratch: Scratch) -> ir.Table:
    """The rows with the key of their cell and variant, their day, and the bit of their day."""
    days = scratch.keep(calendar.columns)
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


class Reading(ABC):
    """Placed rows, and what each measure takes from them."""

    rows: ir.Table

    @abstractmethod
    def over(self, rows: ir.Table) -> Reading:
        """The same reading of other rows that have its columns."""

    @abstractmethod
    def needs(self, measures: Iterable[Measure], words: Mapping[Measure, KindWords]) -> list[str]:
        """The columns of a row that some measures look at, the customer and the time."""

    @abstractmethod
    def numbered(self, rows: ir.Table, words: Mapping[Measure, KindWords], scratch: Scratch) -> ir.Table:
        """The rows with the bits of their kinds."""

    @abstractmethod
    def inside(self, rows: ir.Table, measure: Measure) -> Any:
        """Whether a row counts for a measure; never null."""

    @abstractmethod
    def amount(self, rows: ir.Table, measure: Measure) -> Any:
        """What a row adds to a sum, where it counts."""

    @abstractmethod
    def partial(self, rows: ir.Table, measure: Measure, among: Any = None) -> Any:
        """The aggregate of the rows (in `among`); not for kinds and what needs a row's neighbours."""

    @abstractmethod
    def bits(
        self, rows: ir.Table, measure: Measure, name: str, words: KindWords, among: Any = None
    ) -> dict[str, Any]:
        """The OR of the kinds' words over the rows (in `among`), by column."""


@dataclass(frozen=True)
class RowReading(Reading):
    """Rows as they were loaded, with conditions and values in columns: `where` and `value` name them."""

    rows: ir.Table
    where: Mapping[Measure, str | None]
    value: Mapping[Measure, str | None]

    def over(self, rows: ir.Table) -> RowReading:
        return replace(self, rows=rows)

    def needs(self, measures: Iterable[Measure], words: Mapping[Measure, KindWords]) -> list[str]:
        used = [column for m in measures for column in (self.where[m], self.value[m]) if column is not None]
        return list(dict.fromkeys(["customer_id", "at", *used]))

    def numbered(self, rows: ir.Table, words: Mapping[Measure, KindWords], scratch: Scratch) -> ir.Table:
        for measure, kind in words.items():
            rows = kind.join(rows, str(self.value[measure]), scratch)
        return rows

    def inside(self, rows: ir.Table, measure: Measure) -> Any:
        condition = self.where[measure]
        return ibis.literal(True) if condition is None else rows[condition].fill_null(False)

    def amount(self, rows: ir.Table, measure: Measure) -> Any:
        value = self.value[measure]
        return ibis.literal(1.0) if value is None else rows[value].fill_null(0.0)

    def bits(
        self, rows: ir.Table, measure: Measure, name: str, words: KindWords, among: Any = None
    ) -> dict[str, Any]:
        condition = self.where[measure]
        return words.aggregates(rows, name, both(among, None if condition is None else rows[condition]))

    def partial(self, rows: ir.Table, measure: Measure, among: Any = None) -> Any:
        condition, column = self.where[measure], self.value[measure]
        where = both(among, None if condition is None else rows[condition])
        value = None if column is None else rows[column]
        aggregate = measure.aggregate
        if aggregate == "count":
            return rows.count(where=where)
        if aggregate in ("first", "first_day"):
            return (rows["at"] if aggregate == "first" else rows.cal_day).min(where=where)
        if aggregate in ("last", "last_day"):
            return (rows["at"] if aggregate == "last" else rows.cal_day).max(where=where)
        if aggregate == "days":
            return rows.cal_bit.bit_or(where=where)
        if aggregate == "moment":
            value = rows.age_day.cast("float64") if value is None else value * rows.age_day
        if value is None:
            raise ValueError(f"a {aggregate} of {measure.table} needs a value")
        if aggregate == "min":
            return value.min(where=where)
        return value.max(where=where) if aggregate == "max" else value.sum(where=where)


def both(left: Any, right: Any) -> Any:
    """Two conditions as one; None is none."""
    if left is None or right is None:
        return right if left is None else left
    return left & right


def read_rows(rows: ir.Table, plan: Plan, settings: FeatureSettings) -> RowReading:
    """Read the declarations off the rows: one column per condition and one per value that differ.

    A summed value is a float64 that holds an integer; a value whose kinds are counted stays as it is.
    """
    columns: dict[str, Any] = {}
    known: dict[Any, str] = {}
    where: dict[Measure, str | None] = {}
    value: dict[Measure, str | None] = {}
    for measure in plan.measures:
        clock = measure.clock or plan.happened
        view = RowView.at(rows, plan.table, clock)
        where[measure] = value[measure] = None
        if measure.where is not None or len(plan.clocks) > 1:
            name = known.setdefault((measure.where, clock), f"w{len(known)}")
            if name not in columns:
                columns[name] = _condition(rows, plan, measure, view, settings)
            where[measure] = name
        if measure.value is not None:
            exact = measure.aggregate not in ("min", "max", "kinds")
            kind = (measure.value, clock, measure.scale if exact else measure.aggregate)
            name = known.setdefault(kind, f"v{len(known)}")
            if name not in columns:
                taken = measure.value(view, settings)
                if measure.aggregate == "kinds":
                    taken = taken.cast("string")
                else:
                    taken = taken.cast("float64")
                columns[name] = (taken * measure.scale).round().cast("float64") if exact else taken
            value[measure] = name
    return RowReading(rows.mutate(**columns) if columns else rows, where, value)


def _condition(rows: ir.Table, plan: Plan, measure: Measure, view: RowView, settings: FeatureSettings) -> Any:
    declared = None if measure.where is None else measure.where(view, settings)
    if len(plan.clocks) == 1:
        return declared
    here = rows.clock_no == plan.clocks.index(measure.clock or plan.happened)
    return here if declared is None else here & declared


def cells_of(reading: Reading, plan: Plan, words: Mapping[Measure, KindWords], scratch: Scratch) -> ir.Table:
    """One row per customer and key, a column (or, for kinds, several) per measure; float64 but for bits."""
    rows = with_neighbours(reading, plan, ["customer_id"]) if plan.ordered else reading.rows
    rows = reading.numbered(rows, words, scratch)
    columns: dict[str, Any] = {}
    for measure, name in plan.measures.items():
        if measure.aggregate in NEEDS_ORDER:
            columns[name] = rows[f"row_{name}"].sum().cast("float64")
        elif measure.aggregate != "kinds":
            columns[name] = reading.partial(rows, measure)
        elif measure in words:
            columns |= reading.bits(rows, measure, name, words[measure])
    cells = rows.group_by("customer_id", "key").aggregate(**columns)
    cells = finished(cells, {name: measure.aggregate for measure, name in plan.measures.items()})
    names = [plan.measures[m] for m in plan.of("days")]
    if names:
        cells = cells.mutate(**{f"bits_{n}": cells[n].fill_null(0) for n in names})
    return bits_set(cells, {n: f"bits_{n}" for n in names})


def with_neighbours(reading: Reading, plan: Plan, group: list[str]) -> ir.Table:
    """Adds a row's part of `gap_squares` and `first_day_sum`, owed to the rows before it in its group."""
    rows = reading.rows
    columns: dict[str, Any] = {}
    for measure in plan.ordered:
        inside = reading.inside(rows, measure)
        within = ibis.window(group_by=[*(rows[g] for g in group), inside], order_by=rows["at"])
        if measure.aggregate == "gap_squares":
            gap = (rows.cal_day - rows.cal_day.lag().over(within)).cast("float64")
            part = (gap * gap).fill_null(0.0)
        else:
            first = rows.cal_day == rows.cal_day.first().over(within)
            part = ibis.ifelse(first, reading.amount(rows, measure), 0.0)
        columns[f"row_{plan.measures[measure]}"] = ibis.ifelse(inside, part, 0.0)
    return rows.mutate(**columns)


def finished(table: ir.Table, columns: Mapping[str, Aggregate]) -> ir.Table:
    """Aggregates as float64: moments as microseconds, sums of nothing as 0; days and kinds stay bits."""
    changes: dict[str, Any] = {}
    for name, aggregate in columns.items():
        if aggregate in ("count", "sum", "moment", *NEEDS_ORDER):
            changes[name] = table[name].cast("float64").fill_null(0.0)
        elif aggregate in ("first", "last"):
            changes[name] = microseconds(table[name])
        elif aggregate in ("first_day", "last_day"):
            changes[name] = table[name].cast("float64")
    return table.mutate(**changes) if changes else table


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
