"""Tables to measure on: random, or a folder of Parquet files named like our tables.

    python benchmarks/features/data.py FOLDER --customers 20000 [--events 200] [--seed 1]

writes customers, subscriptions, transactions, events and tickets over two years up to 2026-01-01: per
customer about `--events` events, a tenth of that in transactions and a fiftieth in tickets.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

END = np.datetime64("2026-01-01", "us")
TWO_YEARS = 730 * 86_400_000_000
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


def _ids(prefix: str, numbers: Any) -> pa.Array:
    padded = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), padded, "")


def _money(cents: Any) -> pa.Array:
    # The buffer of a decimal128 is the unscaled integer, 16 bytes little-endian; four places from cents.
    unscaled = np.zeros((len(cents), 2), dtype=np.int64)
    unscaled[:, 0] = cents * 100
    return pa.Array.from_buffers(pa.decimal128(18, 4), len(cents), [None, pa.py_buffer(unscaled)])


def write(folder: Path, customers: int, events: int, seed: int) -> None:
    """Write the five tables as Parquet, rows in order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    joined = END - draw.integers(0, TWO_YEARS, customers).astype("timedelta64[us]")
    who_rate = draw.gamma(1.5, 1 / 1.5, customers)

    def rows(mean: float) -> tuple[Any, Any]:
        number = draw.poisson(mean * who_rate)
        who = np.repeat(np.arange(customers), number)
        at = END - draw.integers(0, TWO_YEARS, len(who)).astype("timedelta64[us]")
        order = np.argsort(at, kind="stable")
        return who[order], at[order]

    def save(name: str, at: Any, columns: dict[str, Any]) -> None:
        table = pa.table({**columns, "source": pa.array(["bench"] * len(at)), "recorded_at": pa.array(at)})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")

    numbers = np.arange(customers)
    save("customers", joined, {"customer_id": _ids("C", numbers), "account_created_date": pa.array(joined)})
    save(
        "subscriptions",
        joined,
        {
            "subscription_id": _ids("S", numbers),
            "customer_id": _ids("C", numbers),
            "plan": pa.array(["standard"] * customers),
            "mrr": _money(draw.integers(1000, 30_000, customers)),
            "started_at": pa.array(joined),
            "current_period_end": pa.array(joined + np.timedelta64(730 * 86_400_000_000, "us")),
        },
    )
    who, at = rows(events)
    save(
        "events",
        at,
        {
            "event_id": _ids("E", np.arange(len(at))),
            "customer_id": _ids("C", who),
            "event_type": pa.array(KINDS[draw.choice(len(KINDS), len(at), p=SHARES)]),
            "timestamp": pa.array(at),
        },
    )
    who, at = rows(events / 10)
    cents = draw.lognormal(8, 1, len(at)).astype(np.int64) + 1
    save(
        "transactions",
        at,
        {
            "transaction_id": _ids("T", np.arange(len(at))),
            "customer_id": _ids("C", who),
            "amount": _money(cents),
            "date": pa.array(at),
            "status": pa.array(
                np.array(["succeeded", "failed", "refunded"])[draw.choice(3, len(at), p=[0.93, 0.05, 0.02])]
            ),
        },
    )
    who, at = rows(events / 50)
    hours = np.round(draw.exponential(20, len(at)), 2)
    save(
        "tickets",
        at,
        {
            "ticket_id": _ids("K", np.arange(len(at))),
            "customer_id": _ids("C", who),
            "opened_at": pa.array(at),
            "resolved_at": pa.array(at + (hours * 3.6e9).astype("timedelta64[us]")),
            "resolution_time": pa.array(hours),
            "sentiment_score": pa.array(np.round(draw.uniform(-1, 1, len(at)), 3)),
        },
    )


def load(folder: Path, database: Path | None, *, threads: int) -> Any:
    """A warehouse with the tables of a folder, appended as they are (a missing recorded_at is the time)."""
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine
    from retinue.warehouse.tables import table

    warehouse = Warehouse(DuckDBEngine(database, threads=threads))
    for name in ("customers", "subscriptions", "transactions", "events", "tickets"):
        path = folder / f"{name}.parquet"
        if not path.exists() or warehouse.count(name):
            continue
        declared = table(name)
        file = pq.ParquetFile(path)
        for batch in file.iter_batches(500_000):
            rows = pa.Table.from_batches([batch])
            rows = rows.select(
                [c for c in rows.column_names if c in (*declared.column_names, "source", "recorded_at")]
            )
            if "recorded_at" not in rows.column_names:
                rows = rows.append_column("recorded_at", rows[declared.happened])
            if "source" not in rows.column_names:
                rows = rows.append_column("source", pa.array(["bench"] * len(rows)))
            warehouse.engine.append(name, rows)
    return warehouse


def month_ends(count: int, last: datetime = datetime(2026, 1, 1)) -> list[datetime]:
    """The first of `count` months up to `last`."""
    found = []
    year, month = last.year, last.month
    for _ in range(count):
        found.append(datetime(year, month, 1))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return sorted(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    write(chosen.folder, chosen.customers, chosen.events, chosen.seed)
