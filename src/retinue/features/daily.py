"""Partials per customer and day: what the rows of a table add up to, kept in the warehouse between runs.

One row per customer, half of a day (midnight itself, and the rest), the midnight from which its rows were
known and the midnight from which they were not. A snapshot as of any midnight, past or present, can be built
from them, because no such date tells apart the rows of one partial. They stand in for the rows: they are
placed in cells and rolled up in the same way, a count becoming a sum of counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.expressions import Measure
from retinue.features.kinds import KindWords
from retinue.features.partials import Reading, both, read_rows
from retinue.features.rows import Chunk, Plan, RowView
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["KEY", "Daily", "DailyReading", "base_measures", "daily_rows", "known_from", "table_name"]

KEY = ("customer_id", "at", "known", "superseded_at")
"""What a partial is of. `at` is a midnight, or the first microsecond after it for the rest of the day."""

_COUNTED = ("count", "days", "first_day", "last_day", "gap_squares", "first_day_sum", "moment")
_SUMMED = ("sum", "moment", "first_day_sum")


@dataclass(frozen=True)
class Daily:
    """The partials of one table, ready to be read.

    table: where they are. columns: the column of each base measure. words: the numbering of its kinds.
    """

    table: str
    columns: Mapping[Measure, str]
    words: Mapping[Measure, KindWords]

    def rows(self, warehouse: Warehouse, population: Chunk, dates: Sequence[datetime]) -> ir.Table:
        """The partials that any of the dates (midnights, UTC, naive) sees, as rows to be placed in cells."""
        rows = population.keep(warehouse.engine.connection.table(self.table))
        first, final = (ibis.literal(d, "timestamp") for d in (dates[0], dates[-1]))
        return rows.filter(
            rows["at"] <= final,
            rows.known <= final,
            rows.superseded_at.isnull() | (rows.superseded_at > first),
        )


def table_name(table: str) -> str:
    """The table that holds the partials of a table.

    >>> table_name("events")
    'daily_events'
    """
    return f"daily_{table}"


def next_midnight(moment: Any) -> Any:
    """The first midnight at or after a timestamp."""
    day = moment.truncate("D")
    return ibis.ifelse(moment == day, day, day + ibis.interval(days=1))


def known_from(moments: ir.Table) -> Any:
    """The midnight from which a row is known at its clock."""
    return next_midnight(ibis.ifelse(moments.known > moments["at"], moments.known, moments["at"]))


def base_measures(
    warehouse: Warehouse, plan: Plan, settings: FeatureSettings
) -> tuple[dict[Measure, str], dict[Measure, str]]:
    """The partials a plan needs: measure → column for sums, counts and extremes, and the same for kinds.

    A column is named after what it holds (the SQL of condition and value, the clock, the scale), so that
    a declaration or a setting that changes never finds the partials of another.
    """
    wanted = dict.fromkeys(base for measure in plan.measures for base in bases(measure))
    told: dict[Any, str] = {}
    rows = warehouse.engine.connection.table(plan.table)
    names = {m: _name(m, plan, rows, settings, told) for m in wanted}
    kinds = {m: n for m, n in names.items() if m.aggregate == "kinds"}
    return {m: n for m, n in names.items() if m not in kinds}, kinds


def bases(measure: Measure) -> list[Measure]:
    """The base measures from which a measure is taken."""
    found = [counted(measure)] if measure.aggregate in _COUNTED else []
    if measure.aggregate in _SUMMED and measure.value is not None:
        found.append(summed(measure))
    if measure.aggregate in ("min", "max", "first", "last", "kinds"):
        found.append(measure)
    return found


def counted(measure: Measure) -> Measure:
    """How many rows a measure looks at."""
    return Measure(measure.table, "count", None, measure.where, measure.clock)


def summed(measure: Measure) -> Measure:
    """The sum of the value a measure looks at."""
    return replace(measure, aggregate="sum")


def _name(
    measure: Measure, plan: Plan, rows: ir.Table, settings: FeatureSettings, told: dict[Any, str]
) -> str:
    clock = measure.clock or plan.happened
    parts = [measure.aggregate, clock, repr(measure.scale)]
    for expression in (measure.where, measure.value):
        if (expression, clock) not in told:
            view = RowView.at(rows, plan.table, clock)
            found = "" if expression is None else ibis.to_sql(rows.select(told=expression(view, settings)))
            told[expression, clock] = str(found)
        parts.append(told[expression, clock])
    return "p_" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def daily_rows(
    moments: ir.Table,
    plan: Plan,
    sums: Mapping[Measure, str],
    words: Mapping[Measure, KindWords],
    settings: FeatureSettings,
    scratch: Scratch,
) -> ir.Table:
    """The partials of rows placed at their clock (`at`, `known`, `superseded_at`), with the columns `KEY`.

    A kinds measure has one column of bits per word, after its tag.
    """
    day = moments["at"].truncate("D")
    rows = moments.mutate(
        half=ibis.ifelse(moments["at"] == day, day, day + ibis.interval(microseconds=1)),
        known_on=known_from(moments),
        gone_on=next_midnight(moments.superseded_at),
    )
    base = Plan(plan.table, plan.clocks, {**sums, **{m: w.tag for m, w in words.items()}})
    reading = read_rows(rows, base, settings)
    rows = reading.numbered(reading.rows, words, scratch)
    columns: dict[str, Any] = {}
    for measure, name in sums.items():
        columns[name] = reading.partial(rows, measure)
    for measure, kind in words.items():
        columns |= reading.bits(rows, measure, kind.tag, kind)
    keys = {"at": rows.half, "known": rows.known_on, "superseded_at": rows.gone_on}
    found = rows.group_by(rows.customer_id, **{f"key_{k}": v for k, v in keys.items()}).aggregate(**columns)
    return found.rename({k: f"key_{k}" for k in keys})


@dataclass(frozen=True)
class DailyReading(Reading):
    """Partials in the place of rows: `columns` names the partial of each base measure."""

    rows: ir.Table
    columns: Mapping[Measure, str]

    def over(self, rows: ir.Table) -> DailyReading:
        return replace(self, rows=rows)

    def needs(self, measures: Iterable[Measure], words: Mapping[Measure, KindWords]) -> list[str]:
        used = ["customer_id", "at"]
        for base in (base for measure in measures for base in bases(measure)):
            column = self.columns[base]
            used += words[base].columns(column) if base.aggregate == "kinds" else [column]
        return list(dict.fromkeys(used))

    def numbered(self, rows: ir.Table, words: Mapping[Measure, KindWords], scratch: Scratch) -> ir.Table:
        return rows

    def inside(self, rows: ir.Table, measure: Measure) -> Any:
        return rows[self.columns[counted(measure)]] > 0

    def amount(self, rows: ir.Table, measure: Measure) -> Any:
        base = counted(measure) if measure.value is None else summed(measure)
        return rows[self.columns[base]].fill_null(0).cast("float64")

    def bits(
        self, rows: ir.Table, measure: Measure, name: str, words: KindWords, among: Any = None
    ) -> dict[str, Any]:
        stored = words.columns(self.columns[measure])
        return {
            column: rows[kept].bit_or(where=among).fill_null(0)
            for column, kept in zip(words.columns(name), stored, strict=True)
        }

    def partial(self, rows: ir.Table, measure: Measure, among: Any = None) -> Any:
        aggregate = measure.aggregate
        if aggregate == "count":
            return rows[self.columns[counted(measure)]].sum(where=among)
        if aggregate in ("days", "first_day", "last_day"):
            where = both(among, self.inside(rows, measure))
            if aggregate == "days":
                return rows.cal_bit.bit_or(where=where)
            day = rows.cal_day
            return day.min(where=where) if aggregate == "first_day" else day.max(where=where)
        if aggregate == "moment":
            return (self.amount(rows, measure) * rows.age_day).sum(where=among)
        value = rows[self.columns[measure]]
        if aggregate in ("min", "first"):
            return value.min(where=among)
        return value.max(where=among) if aggregate in ("max", "last") else value.sum(where=among)
