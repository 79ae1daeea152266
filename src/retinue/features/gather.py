"""Every table's rows to cells: once for all customers and all dates, whatever the number of chunks after.

What comes out is small and in the order of the customers, so that each chunk of them finds its own at once;
the engine keeps it in temporary tables, on disk where they do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features import exact, kinds
from retinue.features.calendar import Calendar
from retinue.features.expressions import Measure, Over, Standing
from retinue.features.kinds import KindWords
from retinue.features.partials import cells_of, placed_rows, read_rows
from retinue.features.rollup import day_corrections, mapping, roll_up
from retinue.features.rows import Chunk, Plan, RowView, moments_of, plan_of
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["Gathered", "Rolled", "Start", "TableCells", "gather", "start_of"]

STANDING_TABLES = frozenset({"customers", "subscriptions"})
"""Tables whose rows are looked at as they stand; the others are measured over windows."""


@dataclass
class Start:
    """What is the same for all dates: plans, the earliest row of each table, the numbering of kinds."""

    plans: dict[str, Plan] = field(default_factory=dict)
    first_row: dict[str, datetime] = field(default_factory=dict)
    words: dict[str, dict[Measure, KindWords]] = field(default_factory=dict)
    standing: dict[str, dict[Standing, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rolled:
    """The windows of one table for one chunk; `extras` replace values that do not add over cells."""

    rows: pa.Table
    extras: list[pa.Table]


@dataclass(frozen=True)
class TableCells:
    """The cells of one table, and which of them each date sees."""

    plan: Plan
    words: Mapping[Measure, KindWords]
    cells: ir.Table
    places: ir.Table
    extras: tuple[ir.Table, ...]

    def rolled(self, chunk: Chunk) -> Rolled:
        """One row per customer of the chunk and date that sees any of the customer's rows."""
        rows = roll_up(chunk.keep(self.cells), self.plan, self.words, self.places).to_pyarrow()
        return Rolled(rows, [chunk.keep(extra).to_pyarrow() for extra in self.extras])


@dataclass(frozen=True)
class Gathered:
    """The cells of every table at dates that share a time of day."""

    dates: tuple[datetime, ...]
    population: Chunk
    cells: Mapping[str, TableCells]


def start_of(
    warehouse: Warehouse,
    tables: Sequence[str],
    leaves: Sequence[Over | Standing],
    final: datetime,
    settings: FeatureSettings,
) -> Start:
    """Plan each table, find its earliest row and number its kinds."""
    start = Start()
    for table in tables:
        standing = [x for x in leaves if isinstance(x, Standing) and x.table == table]
        windowed = [x for x in leaves if isinstance(x, Over) and x.measure.table == table]
        if standing or table in STANDING_TABLES:
            start.standing[table] = {x: f"s{i}" for i, x in enumerate(dict.fromkeys(standing))}
        if windowed or table not in STANDING_TABLES:
            plan = plan_of(table, windowed)
            rows = warehouse.engine.connection.table(table)
            earliest = [rows[clock].min().execute() for clock in plan.clocks]
            start.plans[table] = plan
            start.first_row[table] = min(
                (e.to_pydatetime() for e in earliest if e is not None and e == e), default=final
            )
            start.words[table] = _number_kinds(warehouse, plan, final, settings)
    return start


def _number_kinds(
    warehouse: Warehouse, plan: Plan, final: datetime, settings: FeatureSettings
) -> dict[Measure, KindWords]:
    found: dict[Measure, KindWords] = {}
    names_of: dict[Any, tuple[str, ...]] = {}
    limit = kinds.MAXIMUM_WORDS * kinds.BITS
    for measure in plan.of("kinds"):
        if measure.value is None:
            raise ValueError(f"the kinds of {plan.table} need a value")
        if measure.value not in names_of:
            rows = warehouse.engine.connection.table(plan.table)
            rows = rows.filter(rows[plan.happened] <= ibis.literal(final, "timestamp"))
            view = RowView.at(rows, plan.table, measure.clock or plan.happened)
            values = rows.select(kind=measure.value(view, settings).cast("string")).distinct()
            values = values.filter(values.kind.notnull()).limit(limit + 1)
            names_of[measure.value] = tuple(sorted(values.kind.to_pyarrow().to_pylist()))
        if len(names_of[measure.value]) <= limit:
            found[measure] = KindWords(measure, plan.measures[measure], names_of[measure.value])
    return found


def gather(
    warehouse: Warehouse,
    start: Start,
    population: Chunk,
    dates: tuple[datetime, ...],
    settings: FeatureSettings,
    scratch: Scratch,
    done: Callable[[str], None],
) -> Gathered:
    """The cells of all tables for the customers of `population`; `done` is told each table that is."""
    cells = {}
    for table, plan in start.plans.items():
        calendar = Calendar.build(dates, plan.all_windows, start.first_row[table])
        rows = moments_of(warehouse, plan, population, dates)
        cells[table] = _cells(rows, plan, calendar, start.words[table], settings, scratch)
        done(table)
    return Gathered(dates, population, cells)


def _cells(
    rows: ir.Table,
    plan: Plan,
    calendar: Calendar,
    words: Mapping[Measure, KindWords],
    settings: FeatureSettings,
    scratch: Scratch,
) -> TableCells:
    reading = read_rows(placed_rows(rows, calendar, scratch), plan, settings)
    # In the order of the customers, a chunk is a range, and the roll-up finds the cells of each together.
    cells = scratch.keep(cells_of(reading, plan, words, scratch).order_by("customer_id"))
    keys = [int(k) for k in cells.select("key").distinct().key.to_pyarrow().to_pylist()]
    late = any(k >= calendar.cells for k in keys)
    shared = late or not set(calendar.heads()).isdisjoint(keys)
    correct = bool(plan.of("days")) and shared
    places = scratch.keep(mapping(calendar, plan.all_windows, keys, corrections=correct))
    every = cells
    if correct:
        every = cells.union(scratch.keep(day_corrections(cells, plan, calendar, places, scratch)))
    extras = []
    if late and plan.ordered:
        customers = cells.filter(cells.key >= calendar.cells)
        customers = customers.select(late_customer=customers.customer_id).distinct()
        extras.append(exact.neighbours(reading, plan, customers, calendar.dates))
    for measure in plan.of("kinds"):
        if measure not in words:
            extras.append(exact.distinct_counts(reading, plan, measure, places))
    kept = tuple(scratch.keep(extra.order_by("customer_id")) for extra in extras)
    return TableCells(plan, words, every, places, kept)
