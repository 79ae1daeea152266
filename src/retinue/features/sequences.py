"""Weekly sequences: what each customer did in each of the weeks before a date, for sequence models.

The same cells as the snapshots, cut at every week of every date; one scan per table, all dates at once.

The file is long and sparse: one row per (as_of, customer_id, week) in which anything happened, sorted so.
Week 0 holds the rows with age in [0, 7) days, week 1 those in [7, 14), and so on. The columns of
`CHANNELS` are float64: counts, and the amount in the project currency. `read_sequences` makes the dense
array (customers, weeks, channels) of chosen customers, the oldest week first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, UsageError
from retinue.features.expressions import Measure, Over
from retinue.features.scratch import Scratch
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

    from retinue.features.calendar import Calendar
    from retinue.features.rows import Chunk
    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["CHANNELS", "build_sequences", "read_sequences"]

CHANNELS = ("events", "logins", "transactions", "amount", "failed_payments", "tickets")
"""The columns of a sequence, in the order of the last axis of `read_sequences`."""

ROWS_A_CHUNK = 100_000
"""Customers × dates worked on at once; each can have a row for every week."""


def _channels() -> dict[str, Measure]:
    from retinue.features.catalogue import measures as m

    return dict(
        zip(CHANNELS, (m.EVENTS, m.LOGINS, m.PURCHASES, m.REVENUE, m.FAILED_PAYMENTS, m.TICKETS), strict=True)
    )


def build_sequences(
    warehouse: Warehouse,
    dates: Sequence[datetime],
    out: Path,
    *,
    weeks: int = 52,
    settings: FeatureSettings,
    customers: Sequence[str] | None = None,
) -> Path:
    """Write the weekly sequences of every customer at every date.

    Parameters
    ----------
    warehouse, dates, settings, customers: as for `build_snapshots`.
    out: the Parquet file; it appears whole or not at all.
    weeks: how many weeks back.

    Channels of an empty table are 0. Raises UsageError without dates or weeks, DataError when transactions,
    events and tickets are all empty.
    """
    from retinue.features import spool
    from retinue.features.chunks import customer_ids, present_tables, split
    from retinue.features.rows import Chunk

    moments = tuple(sorted({utc_naive(d) for d in dates}))
    if not moments or weeks < 1:
        raise UsageError("Sequences need a date and at least one week.", where="dates", fix="Give both.")
    tables = sorted(present_tables(warehouse, moments[-1]) & {"transactions", "events", "tickets"})
    if not tables:
        raise DataError(
            "There are no transactions, events or tickets to make sequences of.",
            where="warehouse",
            fix="Load data first, or choose a later date.",
        )
    population = Chunk(only=None if customers is None else tuple(sorted(set(customers))))
    groups: dict[Any, list[datetime]] = {}
    for moment in moments:
        groups.setdefault(moment.time(), []).append(moment)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sequences-", dir=out.parent) as folder:
        parts = spool.Parts(Path(folder))
        for group in groups.values():
            with Scratch(warehouse.engine.connection) as scratch:
                seen = tuple(group)
                cells = [_cells(warehouse, t, population, seen, weeks, settings, scratch) for t in tables]
                ids = customer_ids([c.cells for c in cells], scratch)
                _, chunks = split(ids, len(group), ROWS_A_CHUNK)
                parts.in_memory = len(chunks) * len(groups) == 1
                for chunk in chunks:
                    rows = _weeks_of(cells, chunk, len(group))
                    for number, moment in enumerate(group):
                        parts.add(moment, _of_date(rows, number, moment))
        parts.write(out, moments, _schema())
    return out


def read_sequences(
    path: Path, *, as_of: datetime, customers: Sequence[str], weeks: int = 52
) -> npt.NDArray[np.float32]:
    """The dense array (customers, weeks, channels) at one date, the oldest week first.

    Rows are in the order of `customers`. One without a row is all zeros: nothing happened in those weeks.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = pa.scalar(utc_naive(as_of), pa.timestamp("us"))
    rows: pd.DataFrame = pq.read_table(
        path, filters=[("as_of", "==", wanted), ("week", "<", weeks)]
    ).to_pandas()
    place = pd.Index(list(customers)).get_indexer(pd.Index(rows["customer_id"]))
    rows, place = rows[place >= 0], place[place >= 0]
    dense = np.zeros((len(customers), weeks, len(CHANNELS)), dtype=np.float32)
    dense[place, weeks - 1 - rows["week"].to_numpy()] = rows[list(CHANNELS)].to_numpy(dtype=np.float32)
    return dense


def _schema() -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("customer_id", pa.string(), nullable=False),
            pa.field("as_of", pa.timestamp("us"), nullable=False),
            pa.field("week", pa.int16(), nullable=False),
            *(pa.field(name, pa.float64(), nullable=False) for name in CHANNELS),
        ]
    )


def _of_date(rows: pa.Table, number: int, moment: datetime) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    part = rows.filter(pc.equal(rows["date_no"], number))
    stamps = pa.repeat(pa.scalar(moment, pa.timestamp("us")), len(part))
    columns = [part["customer_id"], stamps, part["week"], *(part[c] for c in CHANNELS)]
    return pa.table(columns, names=_schema().names).cast(_schema())


@dataclass(frozen=True)
class _Cells:
    """The cells of one table, and which of them lie in which week of which date."""

    cells: ir.Table
    places: ir.Table
    columns: Mapping[str, tuple[str, float]]
    """Channel → the column of its partial, and its scale."""


def _weeks_of(tables: Sequence[_Cells], chunk: Chunk, total: int) -> pa.Table:
    """One row per customer, date and week, sorted by customer and week."""
    parts = [_rolled(table, chunk, total) for table in tables]
    union: ir.Table = reduce(lambda left, right: left.union(right), parts)
    found = union.group_by("customer_id", "date_no", "week").aggregate(
        **{c: union[c].sum() for c in CHANNELS}
    )
    return found.to_pyarrow().sort_by([("customer_id", "ascending"), ("week", "ascending")])


def _cells(
    warehouse: Warehouse,
    table: str,
    population: Chunk,
    dates: tuple[datetime, ...],
    weeks: int,
    settings: FeatureSettings,
    scratch: Scratch,
) -> _Cells:
    import ibis

    from retinue.features.calendar import Calendar, Window
    from retinue.features.partials import cells_of, placed_rows, read_rows
    from retinue.features.rows import moments_of, plan_of

    channels = {name: m for name, m in _channels().items() if m.table == table}
    plan = plan_of(table, [Over(measure, 7) for measure in channels.values()])
    start = dates[0] - timedelta(days=7 * weeks)
    calendar = Calendar.build(dates, [Window(7, 7 * week) for week in range(weeks)], start)
    rows = moments_of(warehouse, plan, population, dates)
    rows = rows.filter(rows["at"] > ibis.literal(start, "timestamp"))
    cells = cells_of(read_rows(placed_rows(rows, calendar, scratch), plan, settings), plan, {}, scratch)
    cells = cells.mutate(cell=cells.key % calendar.cells, variant=cells.key // calendar.cells)
    return _Cells(
        scratch.keep(cells.order_by("customer_id")),
        scratch.keep(_weeks(calendar, weeks)),
        {name: (plan.measures[m], m.scale) for name, m in channels.items()},
    )


def _rolled(table: _Cells, chunk: Chunk, total: int) -> ir.Table:
    import ibis

    cells, places = chunk.keep(table.cells), table.places
    joined = cells.inner_join(places, [cells.cell == places.map_cell])
    # A late or corrected row is seen from its first date on and up to its last.
    joined = joined.filter(
        joined.date_no >= joined.variant // (total + 1),
        joined.date_no < total - joined.variant % (total + 1),
    )
    found = joined.group_by("customer_id", "date_no", "week").aggregate(
        **{name: joined[column].sum() / scale for name, (column, scale) in table.columns.items()}
    )
    return found.select(
        "customer_id",
        "date_no",
        "week",
        **{c: found[c] if c in table.columns else ibis.literal(0.0).name(c) for c in CHANNELS},
    )


def _weeks(calendar: Calendar, weeks: int) -> dict[str, Any]:
    """Which cell lies in which week of which date."""
    import numpy as np

    from retinue.features.calendar import Window

    cell, date_no, number = [], [], []
    for index in range(len(calendar.dates)):
        for week in range(weeks):
            inside = np.flatnonzero(calendar.weight(index, Window(7, 7 * week)))
            cell.append(inside)
            date_no.append(np.full(len(inside), index))
            number.append(np.full(len(inside), week))
    return {
        "map_cell": np.concatenate(cell).astype(np.int64),
        "date_no": np.concatenate(date_no).astype(np.int64),
        "week": np.concatenate(number).astype(np.int16),
    }
