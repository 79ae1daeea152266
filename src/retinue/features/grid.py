"""One chunk of customers: each table's rows to cells, cells to windows, windows to a grid of leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import numpy.typing as npt

from retinue.features import exact, kinds
from retinue.features.base import Feature
from retinue.features.calendar import Calendar
from retinue.features.evaluate import Grid, TableValues, evaluate
from retinue.features.expressions import Measure, Over, Standing
from retinue.features.kinds import KindWords
from retinue.features.partials import cells_of, placed_rows, read_rows
from retinue.features.rollup import day_corrections, mapping, roll_up
from retinue.features.rows import Chunk, Plan, RowView, moments_of, plan_of
from retinue.features.scratch import Scratch
from retinue.features.standing import standing_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["ChunkGrid", "Start", "build_grid", "start_of"]

STANDING_TABLES = frozenset({"customers", "subscriptions"})
"""Tables whose rows are looked at as they stand; the others are measured over windows."""


@dataclass
class Start:
    """What is the same for every chunk: plans, the earliest row of each table, the numbering of kinds."""

    plans: dict[str, Plan] = field(default_factory=dict)
    first_row: dict[str, datetime] = field(default_factory=dict)
    words: dict[str, dict[Measure, KindWords]] = field(default_factory=dict)
    standing: dict[str, dict[Standing, str]] = field(default_factory=dict)


@dataclass
class ChunkGrid:
    """The leaves of one chunk, and who is in it."""

    grid: Grid
    ids: pa.Array
    known: npt.NDArray[np.bool_]

    def tables_by_date(self, features: Sequence[Feature]) -> Iterator[tuple[datetime, pa.Table]]:
        """The features of the customers known at each date, in order of date and id."""
        import pyarrow as pa

        from retinue.features.spool import schema_of

        known = self.known.reshape(len(self.grid.dates), -1)
        columns: list[list[pa.Array]] = [[] for _ in self.grid.dates]
        for feature in features:
            values = evaluate(feature.value, self.grid)
            values = np.broadcast_to(values, self.grid.size).reshape(known.shape)
            for number, row in enumerate(known):
                # NaN and null are one to the reader; null takes no room in the file.
                columns[number].append(pa.array(values[number][row], from_pandas=True))
        schema = schema_of([f.name for f in features])
        for number, moment in enumerate(self.grid.dates):
            ids = self.ids.filter(pa.array(known[number]))
            stamps = pa.repeat(pa.scalar(moment, pa.timestamp("us")), len(ids))
            yield moment, pa.Table.from_arrays([ids, stamps, *columns[number]], schema=schema)
            columns[number] = []


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


def build_grid(
    warehouse: Warehouse,
    tables: Sequence[str],
    leaves: Sequence[Over | Standing],
    chunk: Chunk,
    dates: tuple[datetime, ...],
    start: Start,
    settings: FeatureSettings,
) -> ChunkGrid:
    """Everything the formulas need, for one chunk of customers at dates that share a time of day."""
    windowed = {t: _windowed(warehouse, start.plans[t], chunk, dates, start, settings) for t in start.plans}
    standing = {
        t: standing_rows(warehouse, t, names, chunk, dates, settings).to_pyarrow()
        for t, names in start.standing.items()
    }
    ids = _ids([r.rows for r in windowed.values()] + list(standing.values()))
    size = len(ids)
    known = np.zeros(size * len(dates), dtype=bool)
    values: dict[str, TableValues] = {}
    for table, rolled in windowed.items():
        place = _places(rolled.rows, ids)
        known[place] = True
        overrides = [(extra, _places(extra, ids)) for extra in rolled.extras]
        values[table] = TableValues(
            rolled.rows, place, start.plans[table], start.words[table], overrides=overrides
        )
    for table, rows in standing.items():
        place = _places(rows, ids)
        known[place] = True
        if table in values:
            values[table].standing = start.standing[table]
            values[table].overrides.append((rows, place))
        else:
            values[table] = TableValues(rows, place, standing=start.standing[table])
    return ChunkGrid(Grid(size, dates, values), ids, known)


@dataclass
class _Rolled:
    rows: pa.Table
    extras: list[pa.Table]


def _windowed(
    warehouse: Warehouse,
    plan: Plan,
    chunk: Chunk,
    dates: tuple[datetime, ...],
    start: Start,
    settings: FeatureSettings,
) -> _Rolled:
    words: Mapping[Measure, KindWords] = start.words[plan.table]
    windows = plan.all_windows
    calendar = Calendar.build(dates, windows, start.first_row[plan.table])
    with Scratch(warehouse.engine.connection) as scratch:
        rows = placed_rows(moments_of(warehouse, plan, chunk, dates), calendar, scratch)
        reading = read_rows(rows, plan, settings)
        # In the order of the customers, the roll-up finds the cells of each together.
        cells = scratch.keep(cells_of(reading, plan, words, scratch).order_by("customer_id"))
        keys = [int(k) for k in cells.select("key").distinct().key.to_pyarrow().to_pylist()]
        late = any(k >= calendar.cells for k in keys)
        shared = late or not set(calendar.heads()).isdisjoint(keys)
        correct = bool(plan.of("days")) and shared
        places = scratch.keep(mapping(calendar, windows, keys, corrections=correct))
        every = cells
        if correct:
            every = cells.union(scratch.keep(day_corrections(cells, plan, calendar, places, scratch)))
        rolled = roll_up(every, plan, words, places).to_pyarrow()
        extras: list[pa.Table] = []
        if late and plan.ordered:
            customers = cells.filter(cells.key >= calendar.cells)
            customers = customers.select(late_customer=customers.customer_id).distinct()
            extras.append(exact.neighbours(reading, plan, customers, dates).to_pyarrow())
        for measure in plan.of("kinds"):
            if measure not in words:
                extras.append(exact.distinct_counts(reading, plan, measure, places).to_pyarrow())
    return _Rolled(rolled, extras)


def _ids(tables: Sequence[pa.Table]) -> pa.Array:
    """Every customer id, sorted by code point."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [pc.unique(t["customer_id"]) for t in tables]
    every = pc.unique(pa.concat_arrays([p.cast(pa.string()) for p in parts]))
    return every.take(pc.sort_indices(every))


def _places(rows: pa.Table, ids: pa.Array) -> npt.NDArray[np.int64]:
    """Where each row stands in the grid."""
    import pyarrow.compute as pc

    code = pc.index_in(rows["customer_id"].cast("string"), value_set=ids).to_numpy().astype(np.int64)
    number = rows["date_no"].to_numpy().astype(np.int64)
    place: npt.NDArray[np.int64] = number * len(ids) + code
    return place
