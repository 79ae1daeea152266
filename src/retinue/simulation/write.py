"""The tables as files of a business, and the truth as files that no business has."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from retinue.errors import UsageError
from retinue.simulation import truth
from retinue.simulation.dirt import soil
from retinue.simulation.parameters import ARMS, Parameters
from retinue.simulation.rows import TABLES, batches

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.simulation.world import World

__all__ = ["FILES", "write_tables", "write_truth", "write_world"]

FILES = {
    "customers": "customers.csv",
    "subscriptions": "subscriptions.csv",
    "transactions": "transactions.parquet",
    "events": "events.parquet",
    "tickets": "tickets.csv.gz",
    "consents": "consents.csv",
    "interventions": "interventions.csv",
    "outcomes": "outcomes.csv",
}
"""The file of each table: three formats, as exports come."""


def write_world(
    folder: Path,
    *,
    customers: int = 2_000,
    years: float = 2.0,
    seed: int = 7,
    end: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    dirt: float = 0.002,
    laws: Parameters | None = None,
    truth_folder: Path | None = None,
    truth_paths: int = 32,
) -> dict[str, object]:
    """Simulate a business and write its tables into `folder`; the truth goes beside it.

    Parameters
    ----------
    folder: where the tables go; made if need be, files of these names are replaced.
    truth_folder: where the truth goes, `<folder>_truth` by default; never inside `folder`.
    truth_paths: imagined futures behind the probabilities of the truth; 0 writes none of it.

    Returns
    -------
    A summary: rows per table (all rows of the file), `dirt` (per table and kind), `churn` (share of the
    customers active at the beginning of each quarter who left in it), `active`, `end`, `folder`, `truth`.
    The same arguments give the same bytes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     summary = write_world(Path(place) / "data", customers=100, years=1, seed=1, truth_paths=0)
    >>> sorted(summary["rows"])[:3]
    ['consents', 'customers', 'events']
    """
    from retinue.simulation.world import World

    folder = Path(folder)
    beside = Path(truth_folder) if truth_folder is not None else folder.with_name(folder.name + "_truth")
    if beside.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            "The truth must not lie among the data.",
            where=str(beside),
            fix="Give a folder outside the data folder.",
        )
    world = World(customers, years, seed, end, dirt=dirt, laws=laws)
    summary = world.write(folder)
    summary["churn"] = churn_by_quarter(world)
    summary["active"] = len(world.active())
    summary["end"] = world.now.isoformat()
    if truth_paths:
        world.write_truth(beside, paths=truth_paths)
        (beside / "dirt.json").write_text(json.dumps(summary["dirt"], indent=1) + "\n", encoding="utf-8")
        summary["truth"] = str(beside)
    return summary


def write_tables(world: World, folder: Path, *, since: datetime | None, until: datetime) -> dict[str, object]:
    """Write what was learned after `since` (everything without it) and at or before `until`.

    Returns `folder`, `rows` per table and `dirt` per table and kind, counted as they were written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    dirt: dict[str, dict[str, int]] = {}
    for name in TABLES:
        counts: Counter[str] = Counter()

        def soiled(name: str = name, counts: Counter[str] = counts) -> Iterator[pa.Table]:
            for batch in batches(world, name, since=since, until=until):
                table, found = soil(name, batch, world.dirt)
                counts.update(found)
                yield table

        rows[name] = _write(folder / FILES[name], soiled())
        dirt[name] = dict(sorted(counts.items()))
    return {"folder": str(folder), "rows": rows, "dirt": dirt}


def write_truth(world: World, folder: Path, *, paths: int) -> None:
    """Write `customers.parquet` and `outcomes.parquet`, the truth as of now, and `about.json`.

    customers: `World.true_customers`, and for the active ones `World.true_churn_probability` over 90 days.
    outcomes: `World.potential_outcomes` over 90 days.
    """
    import pyarrow as pa

    folder.mkdir(parents=True, exist_ok=True)
    who = truth.customers(world)
    risk = truth.churn_probability(world, world.now, 90, paths=paths).drop(columns=["as_of"])
    who = who.merge(risk, on="customer_id", how="left")
    _write(folder / "customers.parquet", iter([pa.Table.from_pandas(who, preserve_index=False)]))
    outcomes = truth.potential_outcomes(world, world.now, 90, paths=paths)
    _write(folder / "outcomes.parquet", iter([pa.Table.from_pandas(outcomes, preserve_index=False)]))
    about = {"as_of": world.now.isoformat(), "horizon_days": 90, "arms": list(ARMS), "seed": world.seed}
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def churn_by_quarter(world: World) -> dict[str, float]:
    """Share of the customers active at the beginning of each 90 days back from now who left in them."""
    import numpy as np

    from retinue.simulation.calendar import moment, seconds

    quarter = 90 * 86_400
    shares = {}
    start = seconds(world.now) - quarter
    while start >= world.calendar.start:
        active = (world.people.signup <= start) & (world.state.ended_at > start)
        left = active & (world.state.ended_at <= start + quarter)
        if active.any():
            shares[moment(start).date().isoformat()] = round(float(np.sum(left) / np.sum(active)), 4)
        start -= quarter
    return dict(sorted(shares.items()))


def _write(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write tables one after another, through a temporary file: a half-written one is never seen."""
    partial = path.with_name(path.name + ".partial")
    if path.suffix == ".parquet":
        count = _write_parquet(partial, tables)
    elif path.suffix == ".gz":
        plain = path.with_name(path.name + ".plain")
        with plain.open("wb") as stream:
            count = _write_csv(stream, tables)
        # no file name and no time of packing in the header, or the bytes would change from run to run
        with (
            plain.open("rb") as source,
            partial.open("wb") as target,
            gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0, compresslevel=5) as packed,
        ):
            shutil.copyfileobj(source, packed, 1 << 20)
        plain.unlink()
    else:
        with partial.open("wb") as stream:
            count = _write_csv(stream, tables)
    partial.replace(path)
    return count


def _write_parquet(path: Path, tables: Iterator[pa.Table]) -> int:
    import pyarrow.parquet as pq

    count = 0
    writer = None
    try:
        for table in tables:
            if writer is None:
                writer = pq.ParquetWriter(
                    path, table.schema, compression="zstd", coerce_timestamps="us", store_schema=False
                )
            writer.write_table(table, row_group_size=250_000)
            count += len(table)
    finally:
        if writer is not None:
            writer.close()
    return count


def _write_csv(stream: IO[bytes], tables: Iterator[pa.Table]) -> int:
    from pyarrow import csv

    count = 0
    writer = None
    for table in tables:
        if writer is None:
            writer = csv.CSVWriter(stream, table.schema)
        writer.write_table(table)
        count += len(table)
    if writer is not None:
        writer.close()
    return count
