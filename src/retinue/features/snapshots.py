"""Snapshots: every feature of every customer at many dates, in one pass over each table.

In: a warehouse and dates (UTC). Out: one Parquet file with `customer_id`, `as_of` and a float64 column per
feature, sorted by (as_of, customer_id). Memory stays flat: the engine adds rows up within its memory limit,
and their sums are taken in chunks of about `ROWS_A_CHUNK` rows of the result.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.errors import DataError, UsageError
from retinue.features.base import Feature
from retinue.features.expressions import Over, Standing, available, leaves
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["ROWS_A_CHUNK", "Snapshots", "build_snapshots", "read_frame", "read_parts"]

ROWS_A_CHUNK = 300_000
"""Rows of the result (customers × dates) that are held in memory at once."""

ROWS_A_PART = 100_000
"""Rows of a file that are read at once where the whole is not needed."""


@dataclass(frozen=True, slots=True)
class Snapshots:
    """What was built: the file, its dates (aware UTC), its rows, which features, and which not and why."""

    path: Path
    dates: tuple[datetime, ...]
    rows: int
    features: tuple[str, ...]
    absent: dict[str, str]


def build_snapshots(
    warehouse: Warehouse,
    dates: Sequence[datetime],
    out: Path,
    *,
    settings: FeatureSettings,
    customers: Sequence[str] | None = None,
    progress: Callable[[float], None] | None = None,
    features: Sequence[Feature] | None = None,
    partials: bool = False,
) -> Snapshots:
    """Build the features of every customer known at each date.

    Parameters
    ----------
    warehouse: where the facts are.
    dates: the moments to look from; a time without a zone is UTC. Order and repeats do not matter.
    out: the Parquet file to write; it appears whole or not at all.
    settings: which event types mean what.
    customers: only these ids; default all.
    progress: called with the share done, from 0 to 1.
    features: default the whole catalogue.
    partials: keep partials per customer and day in the warehouse and read these, so that the next build reads
        only what is new; the values are the same. Used where all dates are midnights (UTC).

    A customer is in the snapshot of a date when a row of theirs in customers, subscriptions, transactions,
    events or tickets is visible at it. A table without a row visible at the last date makes its features
    absent; `Snapshots.absent` names each with the reason.

    Raises UsageError without dates or with two features of one name, DataError when no table holds a row.
    """
    from retinue.features import spool
    from retinue.features.catalogue import CATALOGUE
    from retinue.features.chunks import customer_ids, present_tables, split
    from retinue.features.gather import gather, start_of
    from retinue.features.grid import build_grid
    from retinue.features.progress import Share
    from retinue.features.rows import Chunk
    from retinue.features.scratch import Scratch

    declared = tuple(CATALOGUE if features is None else features)
    moments = _moments(dates)
    _check_names(declared)
    present = present_tables(warehouse, moments[-1])
    if not present:
        raise DataError(
            f"No table holds a row that was known at {moments[-1]:%Y-%m-%d %H:%M} UTC.",
            where="warehouse",
            fix="Load data first (retinue load), or choose a later date.",
        )
    built = [f for f in declared if available(f.value, present)]
    absent = {f.name: _reason(f, present) for f in declared if not available(f.value, present)}
    wanted = [leaf for f in built for leaf in leaves(f.value) if _table(leaf) in present]
    start = start_of(
        warehouse,
        sorted(present),
        wanted,
        moments[-1],
        settings,
        daily=partials and all(m.time() == time.min for m in moments),
        build=features is None,
    )
    population = Chunk(only=None if customers is None else tuple(sorted(set(customers))))
    groups = _by_time_of_day(moments)
    connection = warehouse.engine.connection

    rows = 0
    with tempfile.TemporaryDirectory(prefix=".snapshots-", dir=_folder(out)) as folder:
        parts = spool.Parts(Path(folder))
        share = Share(progress, {t: warehouse.count(t) for t in start.plans}, len(groups))
        for group in groups:
            with Scratch(connection) as scratch:
                gathered = gather(warehouse, start, population, group, settings, scratch, share.gathered)
                standing = [population.keep(connection.table(t)) for t in start.standing]
                ids = customer_ids([c.cells for c in gathered.cells.values()] + standing, scratch)
                customers_here, chunks = split(ids, len(group), ROWS_A_CHUNK)
                share.rolling(customers_here * len(group), len(chunks))
                parts.in_memory = len(chunks) * len(groups) == 1
                for chunk in chunks:
                    grid = build_grid(warehouse, gathered, start.standing, chunk, settings)
                    for moment, part in grid.tables_by_date(built):
                        rows += part.num_rows
                        parts.add(moment, part)
                    share.rolled()
        parts.write(out, moments, spool.schema_of([f.name for f in built]))
    if progress is not None:
        progress(1.0)
    return Snapshots(
        out,
        tuple(m.replace(tzinfo=UTC) for m in moments),
        rows,
        tuple(f.name for f in built),
        absent,
    )


def read_frame(
    path: Path, *, as_of: datetime | None = None, features: Collection[str] | None = None
) -> pd.DataFrame:
    """The snapshots in a file as a frame: `customer_id`, `as_of` (naive UTC), then the features (float64).

    With `as_of`, only that date's rows are read; with `features`, only those of them that the file has.
    """
    import pyarrow.parquet as pq

    filters: Any = None
    if as_of is not None:
        import pyarrow as pa

        filters = [("as_of", "==", pa.scalar(utc_naive(as_of), pa.timestamp("us")))]
    table: pa.Table = pq.read_table(path, filters=filters, columns=_columns(path, features))
    return _as_frame(table)


def read_parts(
    path: Path, customers: Collection[str], *, features: Collection[str] | None = None
) -> Iterator[pd.DataFrame]:
    """As `read_frame`, of some customers, in their order in the file and a bounded number at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = pa.array(list(customers), pa.string())
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS_A_PART, columns=_columns(path, features)):
            kept = pa.Table.from_batches([batch]).filter(pc.is_in(batch["customer_id"], value_set=wanted))
            if kept.num_rows:
                yield _as_frame(kept)


def _columns(path: Path, features: Collection[str] | None) -> list[str] | None:
    """The columns to read of a file; None: all."""
    import pyarrow.parquet as pq

    if features is None:
        return None
    wanted = {"customer_id", "as_of", *features}
    return [name for name in pq.read_schema(path).names if name in wanted]


def _as_frame(table: pa.Table) -> pd.DataFrame:
    # A column is given up as soon as it stands in the frame, so that not all are there twice.
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame.reset_index(drop=True)


def _moments(dates: Sequence[datetime]) -> tuple[datetime, ...]:
    moments = tuple(sorted({utc_naive(d) for d in dates}))
    if not moments:
        raise UsageError("Snapshots need at least one date.", where="dates", fix="Give one, e.g. --as-of.")
    return moments


def _check_names(features: Sequence[Feature]) -> None:
    seen: set[str] = {"customer_id", "as_of"}
    for feature in features:
        if feature.name in seen:
            raise UsageError(
                f"Two columns would be called '{feature.name}'.", where="features", fix="Rename one of them."
            )
        seen.add(feature.name)


def _table(leaf: Over | Standing) -> str:
    return leaf.measure.table if isinstance(leaf, Over) else leaf.table


def _reason(feature: Feature, present: frozenset[str]) -> str:
    missing = [t for t in feature.tables if t not in present]
    return f"no rows in {' or '.join(missing)}"


def _by_time_of_day(moments: tuple[datetime, ...]) -> list[tuple[datetime, ...]]:
    """Dates that share a time of day share their cells."""
    groups: dict[Any, list[datetime]] = {}
    for moment in moments:
        groups.setdefault(moment.time(), []).append(moment)
    return [tuple(group) for group in groups.values()]


def _folder(out: Path) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    return out.parent
