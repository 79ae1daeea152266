"""Every table's rows to cells: once for all customers and all dates, whatever the number of chunks after.

What comes out is small and in the order of the customers, so that each chunk of them finds its own at once;
the engine keeps it in temporary tables, on disk where they do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.features import exact, kinds
from retinue.features.calendar import Calendar
from retinue.features.daily import Daily, DailyReading
from retinue.features.direct import add_up, day_words, suits
from retinue.features.expressions import Measure, Over, Standing
from retinue.features.kinds import KindWords
from retinue.features.partials import Reading, RowReading, cells_of, placed_rows, read_rows
from retinue.features.refresh import refresh
from retinue.features.rollup import day_corrections, mapping, roll_up
from retinue.features.rows import Chunk, Plan, moments_of, plan_of
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
    daily: dict[str, Daily] = field(default_factory=dict)


@dataclass(frozen=True)
class Rolled:
    """The windows of one table for one chunk; `extras` replace values that do not add over cells."""

    rows: pa.Table
    extras: list[pa.Table]


@dataclass(frozen=True)
class TableCells:
    """The cells of one table, and which of them each date sees; without `places`, cells rolled up already."""

    plan: Plan
    words: Mapping[Measure, KindWords]
    cells: ir.Table
    places: ir.Table | None = None
    extras: tuple[ir.Table, ...] = ()

    def rolled(self, chunk: Chunk) -> Rolled:
        """One row per customer of the chunk and date that sees any of the customer's rows."""
        rows = chunk.keep(self.cells)
        if self.places is not None:
            rows = roll_up(rows, self.plan, self.words, self.places)
        return Rolled(rows.to_pyarrow(), [chunk.keep(extra).to_pyarrow() for extra in self.extras])


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
    *,
    daily: bool = False,
    build: bool = False,
) -> Start:
    """Plan each table, find its earliest row and number its kinds.

    `daily`: use daily partials, brought up to date; `build`: make them where there are none.
    """
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
            kept = refresh(warehouse, plan, final, settings, rebuild=build) if daily else None
            if kept is not None:
                start.daily[table] = kept
            start.words[table] = dict(kept.words) if kept else _number_kinds(warehouse, plan, settings)
    return start


def _number_kinds(warehouse: Warehouse, plan: Plan, settings: FeatureSettings) -> dict[Measure, KindWords]:
    names = {m: kinds.kind_names(warehouse, plan, m, settings) for m in plan.of("kinds")}
    return {m: KindWords(m, plan.measures[m], n) for m, n in names.items() if not kinds.too_many(n)}


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
        words = start.words[table]
        calendar = Calendar.build(dates, plan.all_windows, start.first_row[table])
        kept = start.daily.get(table)
        directly = suits(plan, words, calendar, partials=kept is not None)
        rows = (
            kept.rows(warehouse, population, dates)
            if kept
            else moments_of(warehouse, plan, population, dates)
        )
        if not directly:
            rows = placed_rows(rows, calendar, scratch)
        reading = DailyReading(rows, kept.columns) if kept else read_rows(rows, plan, settings)
        if directly:
            words = {**words, **day_words(plan, calendar)}
            totals = scratch.keep(add_up(reading, plan, words, calendar, scratch))
            cells[table] = TableCells(plan, words, totals)
        else:
            cells[table] = _cells(reading, plan, calendar, words, scratch)
        done(table)
    return Gathered(dates, population, cells)


def _cells(
    reading: Reading,
    plan: Plan,
    calendar: Calendar,
    words: Mapping[Measure, KindWords],
    scratch: Scratch,
) -> TableCells:
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
        if measure not in words and isinstance(reading, RowReading):
            extras.append(exact.distinct_counts(reading, plan, measure, places))
    kept = tuple(scratch.keep(extra.order_by("customer_id")) for extra in extras)
    return TableCells(plan, words, every, places, kept)
