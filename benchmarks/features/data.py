"""Tables to measure on, written in slices of time so that their size is bound by the disk, not by memory.

    python -m benchmarks.features.data FOLDER --customers 20000 [--events 100] [--seed 1]

writes customers, subscriptions, events, transactions and tickets over two years up to 2026-01-01 as Parquet
files named like our tables, rows in order of time. A fifth as many transactions as events, and a fiftieth as
many tickets.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.features.core import TABLES

__all__ = ["load", "uneven", "write"]

END = np.datetime64("2026-01-01", "us")
SPAN = 730 * 86_400_000_000
ROWS_A_SLICE = 1_000_000
KINDS = np.array(
    [
        "login",
        "report_viewed",
        "export",
        "api_call",
        "invite",
        "search",
        "cancel_request",
        "downgrade_request",
    ]
)
SHARES = [0.3, 0.2, 0.1, 0.25, 0.04, 0.1, 0.005, 0.005]
STATES = np.array(["succeeded", "failed", "refunded"])

Columns = dict[str, Any]


def uneven(customers: int, mean: float, seed: int) -> Any:
    """Events per customer as a business has them: many customers do little, a few do much."""
    draw = np.random.default_rng(seed)
    return draw.poisson(mean * draw.gamma(1.5, 1 / 1.5, customers))


def write(folder: Path, events: Any, *, seed: int, only: Collection[str] = TABLES) -> dict[str, int]:
    """Write the tables named in `only`, unless the folder holds the same already.

    events: how many events each customer has (one whole number for each). Returns rows by table.
    """
    mark = folder / "made.json"
    wanted = {"customers": len(events), "events": int(events.sum()), "seed": seed, "only": sorted(only)}
    if mark.exists():
        made = json.loads(mark.read_text(encoding="utf-8"))
        if made["wanted"] == wanted:
            return dict(made["rows"])
    if folder.exists():
        shutil.rmtree(folder)  # and with it the warehouse and the results made of other rows
    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    rows = {}
    for name in TABLES:
        if name in only:
            with Writer(folder / f"{name}.parquet") as file:
                _WRITERS[name](file, events, draw)
            rows[name] = file.rows
    mark.write_text(json.dumps({"wanted": wanted, "rows": rows}), encoding="utf-8")
    return rows


class Writer:
    """A Parquet file that grows by one slice after another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.file: pq.ParquetWriter | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.file is not None:
            self.file.close()

    def add(self, at: Any, columns: Columns) -> None:
        table = pa.table({**columns, "source": pa.array(["bench"] * len(at)), "recorded_at": pa.array(at)})
        if self.file is None:
            self.file = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self.file.write_table(table)
        self.rows += len(at)


def _slices(counts: Any, draw: np.random.Generator) -> Iterator[tuple[Any, Any, int]]:
    """Who and when, slice after slice in order of time, and the number of the first row of each."""
    left = np.asarray(counts, dtype=np.int64).copy()
    parts = max(1, -(-int(left.sum()) // ROWS_A_SLICE))
    length = SPAN // parts
    first = 0
    for part in range(parts):
        # What a customer has left is spread evenly over the slices left.
        here = draw.binomial(left, 1 / (parts - part))
        left -= here
        who = np.repeat(np.arange(len(left)), here)
        ago = SPAN - part * length - draw.integers(0, length, len(who))
        order = np.argsort(-ago, kind="stable")
        yield who[order], END - ago[order].astype("timedelta64[us]"), first
        first += len(who)


def _customers(file: Writer, events: Any, draw: np.random.Generator) -> None:
    numbers = np.arange(len(events))
    joined = END - np.random.default_rng(5).integers(0, SPAN, len(events)).astype("timedelta64[us]")
    file.add(joined, {"customer_id": _ids("C", numbers), "account_created_date": pa.array(joined)})


def _subscriptions(file: Writer, events: Any, draw: np.random.Generator) -> None:
    numbers = np.arange(len(events))
    started = END - np.random.default_rng(5).integers(0, SPAN, len(events)).astype("timedelta64[us]")
    columns = {
        "subscription_id": _ids("S", numbers),
        "customer_id": _ids("C", numbers),
        "plan": pa.array(["standard"] * len(numbers)),
        "mrr": _money(draw.integers(1000, 30_000, len(numbers))),
        "started_at": pa.array(started),
        "current_period_end": pa.array(started + np.timedelta64(SPAN, "us")),
    }
    file.add(started, columns)


def _events(file: Writer, events: Any, draw: np.random.Generator) -> None:
    for who, at, first in _slices(events, draw):
        columns = {
            "event_id": _ids("E", np.arange(first, first + len(at))),
            "customer_id": _ids("C", who),
            "event_type": pa.array(KINDS[draw.choice(len(KINDS), len(at), p=SHARES)]),
            "timestamp": pa.array(at),
        }
        file.add(at, columns)


def _transactions(file: Writer, events: Any, draw: np.random.Generator) -> None:
    for who, at, first in _slices(draw.poisson(events / 5), draw):
        columns = {
            "transaction_id": _ids("T", np.arange(first, first + len(at))),
            "customer_id": _ids("C", who),
            "amount": _money(draw.lognormal(8, 1, len(at)).astype(np.int64) + 1),
            "date": pa.array(at),
            "status": pa.array(STATES[draw.choice(len(STATES), len(at), p=[0.93, 0.05, 0.02])]),
        }
        file.add(at, columns)


def _tickets(file: Writer, events: Any, draw: np.random.Generator) -> None:
    for who, at, first in _slices(draw.poisson(events / 50), draw):
        hours = np.round(draw.exponential(20, len(at)), 2)
        columns = {
            "ticket_id": _ids("K", np.arange(first, first + len(at))),
            "customer_id": _ids("C", who),
            "opened_at": pa.array(at),
            "resolved_at": pa.array(at + (hours * 3.6e9).astype("timedelta64[us]")),
            "resolution_time": pa.array(hours),
            "sentiment_score": pa.array(np.round(draw.uniform(-1, 1, len(at)), 3)),
        }
        file.add(at, columns)


_WRITERS: dict[str, Callable[[Writer, Any, np.random.Generator], None]] = {
    "customers": _customers,
    "subscriptions": _subscriptions,
    "events": _events,
    "transactions": _transactions,
    "tickets": _tickets,
}


def _ids(prefix: str, numbers: Any) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, "")


def _money(cents: Any) -> pa.Array:
    # The buffer of a decimal128 is the unscaled integer, 16 bytes little-endian; four places from cents.
    unscaled = np.zeros((len(cents), 2), dtype=np.int64)
    unscaled[:, 0] = cents * 100
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(cents), [None, pa.py_buffer(unscaled)])


def load(folder: Path, database: Path) -> None:
    """Fill a new warehouse file with the tables of a folder, as they are, unless it is there."""
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    if database.exists():
        return
    unfinished = database.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    warehouse = Warehouse(DuckDBEngine(unfinished))
    for name in TABLES:
        if (folder / f"{name}.parquet").exists():
            warehouse.engine.append_parquet(name, folder / f"{name}.parquet")
    warehouse.close()
    unfinished.rename(database)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=float, default=100, help="of each customer, on average")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print(write(chosen.folder, uneven(chosen.customers, chosen.events, chosen.seed), seed=chosen.seed))


if __name__ == "__main__":
    main()
