"""One chunk of customers: the windows of each table, put on a grid of leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from retinue.features.base import Feature
from retinue.features.evaluate import Grid, TableValues, evaluate
from retinue.features.expressions import Standing
from retinue.features.gather import Gathered
from retinue.features.rows import Chunk
from retinue.features.standing import standing_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["ChunkGrid", "build_grid"]


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


def build_grid(
    warehouse: Warehouse,
    gathered: Gathered,
    standing: Mapping[str, Mapping[Standing, str]],
    chunk: Chunk,
    settings: FeatureSettings,
) -> ChunkGrid:
    """Everything the formulas need, for one chunk of customers."""
    dates = gathered.dates
    windowed = {t: cells.rolled(chunk) for t, cells in gathered.cells.items()}
    stood = {
        t: standing_rows(warehouse, t, names, chunk.of(gathered.population), dates, settings).to_pyarrow()
        for t, names in standing.items()
    }
    ids = _ids([r.rows for r in windowed.values()] + list(stood.values()))
    size = len(ids)
    known = np.zeros(size * len(dates), dtype=bool)
    values: dict[str, TableValues] = {}
    for table, rolled in windowed.items():
        place = _places(rolled.rows, ids)
        known[place] = True
        overrides = [(extra, _places(extra, ids)) for extra in rolled.extras]
        cells = gathered.cells[table]
        values[table] = TableValues(rolled.rows, place, cells.plan, cells.words, overrides=overrides)
    for table, rows in stood.items():
        place = _places(rows, ids)
        known[place] = True
        if table in values:
            values[table].standing = standing[table]
            values[table].overrides.append((rows, place))
        else:
            values[table] = TableValues(rows, place, standing=standing[table])
    return ChunkGrid(Grid(size, dates, values), ids, known)


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
