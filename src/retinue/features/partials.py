"""From rows to cells: one scan of a table, one partial per customer and elementary interval.

A row is *natural* at the dates when it is seen from the first date at or after its time on and never
corrected up to the last. Rows learned late, or replaced later, are visible at some dates only; they get a
key of their own (cell, first date that sees it, dates at the end that do not), so that the roll-up can pick
them date by date. `key = cell + cells × variant`, natural rows having variant 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.calendar import Calendar, Window
from retinue.features.expressions import Measure, Over
from retinue.features.kinds import KindWords
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = [
    "Chunk",
    "Plan",
    "RowView",
    "bits_set",
    "cells_of",
    "microseconds",
    "moments_of",
    "placed_rows",
    "plan_of",
]

_NEEDS_ORDER = ("gap_squares", "first_day_sum")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which customers: ids at or above `lower` and below `upper` (None: no bound), or only those listed."""

    lower: str | None = None
    upper: str | None = None
    only: tuple[str, ...] | None = None

    def keep(self, rows: ir.Table) -> ir.Table:
        """The rows of these customers."""
        if self.lower is not None:
            rows = rows.filter(rows.customer_id >= self.lower)
        if self.upper is not None:
            rows = rows.filter(rows.customer_id < self.upper)
        if self.only is not None:
            wanted = ibis.memtable({"wanted_id": list(self.only)}, schema={"wanted_id": "string"})
            rows = rows.semi_join(wanted, [rows.customer_id == wanted.wanted_id])
        return rows


class RowView:
    """A row as a declaration may see it: columns that become known at a later clock are not there.

    Reading one raises AttributeError, so a declaration cannot look ahead by accident.
    """

    def __init__(self, rows: ir.Table, hidden: frozenset[str]) -> None:
        self._rows = rows
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(f"column '{name}' is not known yet at the time that places the row")
        return self._rows[name]

    @classmethod
    def at(cls, rows: ir.Table, table: str, clock: str) -> RowView:
        """What is known of a row of `table` at the moment in column `clock`."""
        later = {c.name for c in declared_table(table).columns if c.known_from not in (None, clock)}
        return cls(rows, frozenset(later | {"superseded_at"}))


@dataclass
class Plan:
    """The measures of one table, each with the columns that hold its partial."""

    table: str
    clocks: tuple[str, ...]
    measures: dict[Measure, str] = field(default_factory=dict)
    windows: dict[Measure, list[Window]] = field(default_factory=dict)

    @property
    def happened(self) -> str:
        """The column that says when a row happened."""
        column = declared_table(self.table).happened
        assert column is not None
        return column

    def of(self, *aggregates: str) -> list[Measure]:
        """The measures of some aggregates, in order."""
        return [m for m in self.measures if m.aggregate in aggregates]

    @property
    def ordered(self) -> list[Measure]:
        """The measures that need a row's neighbours."""
        return self.of(*_NEEDS_ORDER)

    @property
    def all_windows(self) -> list[Window]:
        """Every window in use, sorted."""
        used = {w for windows in self.windows.values() for w in windows}
        return sorted(used, key=lambda w: (w.days is None, w.days or 0, w.shift))


def plan_of(table: str, leaves: Sequence[Over]) -> Plan:
    """Group the leaves of one table into measures and their windows, in order of declaration."""
    happened = declared_table(table).happened
    assert happened is not None
    clocks = [happened, *dict.fromkeys(leaf.measure.clock for leaf in leaves if leaf.measure.clock)]
    plan = Plan(table, tuple(dict.fromkeys(clocks)))
    for leaf in leaves:
        measure = leaf.measure
        plan.measures.setdefault(measure, f"m{len(plan.measures)}")
        windows = plan.windows.setdefault(measure, [])
        window = Window(leaf.window, leaf.shift)
        if window not in windows:
            windows.append(window)
    return plan


def moments_of(warehouse: Warehouse, plan: Plan, chunk: Chunk, dates: Sequence[datetime]) -> ir.Table:
    """The rows seen by any of the dates, placed at their clock: adds `clock_no`, `at` and `known`."""
    rows = chunk.keep(warehouse.facts(plan.table))
    first, final = (ibis.literal(d, "timestamp") for d in (dates[0], dates[-1]))
    rows = rows.filter(
        rows.customer_id.notnull(),
        rows[plan.happened] <= final,
        rows.recorded_at <= final,
        rows.superseded_at.isnull() | (rows.superseded_at > first),
    )
    if len(plan.clocks) == 1:
        return rows.mutate(clock_no=ibis.literal(0), at=rows[plan.happened], known=rows.recorded_at)
    numbers = ibis.memtable({"clock_no": list(range(len(plan.clocks)))}, schema={"clock_no": "int32"})
    rows = rows.cross_join(numbers)
    at = ibis.cases(*((rows.clock_no == i, rows[clock]) for i, clock in enumerate(plan.clocks)))
    # What belongs to a later clock cannot be seen before the row itself happened.
    known = ibis.ifelse(
        rows.clock_no == 0, rows.recorded_at, ibis.greatest(rows.recorded_at, rows[plan.happened])
    )
    rows = rows.mutate(at=at, known=known)
    return rows.filter(rows["at"] <= final)


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
    value = measure.value(RowView.at(rows, plan.table, measure.clock or plan.happened), settings)
    if measure.aggregate in ("min", "max"):
        return value.cast("float64")
    return (value.cast("float64") * measure.scale).round().cast("float64")


def cells_of(
    rows: ir.Table, plan: Plan, settings: FeatureSettings, words: Mapping[Measure, KindWords]
) -> ir.Table:
    """One row per customer and key, a column (or, for kinds, several) per measure; float64 but for bits."""
    rows = _with_neighbours(rows, plan, settings)
    for kind in words.values():
        rows = kind.join(rows, plan.table, settings)
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
    if aggregate in _NEEDS_ORDER:
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
        if measure.aggregate in ("sum", "moment", *_NEEDS_ORDER):
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
