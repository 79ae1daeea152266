"""Features: ours, hand-written DuckDB SQL and pandas on the same warehouse, equal first, then timed.

    python benchmarks/features/compare.py FOLDER [--dates 1 12] [--repeat 3] [--threads 2] [--json FILE]

FOLDER holds our tables as Parquet files (from `data.py`), or a warehouse that was already filled as
`w.duckdb`. Parquet files are loaded once into a DuckDB file there. Each side then runs in a process of its
own, one after another in turn, and writes its result to Parquet; outputs must agree (counts exactly, the rest
to 1e-9) before any time is shown. CPU seconds are those of the process, imports included.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from core import CORE
from data import load, month_ends

SIDES = ("ours", "duckdb_sql", "pandas_peer")


def prepare(folder: Path, threads: int) -> Path:
    """The warehouse file, and the tables as the pandas side reads them."""
    database = folder / "w.duckdb"
    warehouse = load(folder, database, threads=threads)
    export = folder / "export"
    if not export.exists():
        export.mkdir()
        for name in ("customers", "subscriptions", "transactions", "events", "tickets"):
            warehouse.engine.to_parquet(warehouse.facts(name), export / f"{name}.parquet")
    warehouse.close()
    return database


def measure(side: str, database: Path, dates: int, threads: int) -> dict[str, float]:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, str(database.parent), "--side", side]
    command += ["--dates", str(dates), "--threads", str(threads)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ.copy())
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def result_of(database: Path, side: str, dates: int) -> Path:
    """Where a side writes."""
    return database.parent / f"result-{side}-{dates}{'.parquet' if side.startswith('ours') else ''}"


def run_side(database: Path, side: str, dates: int, threads: int) -> None:
    """The body of a measured process."""
    started = time.perf_counter()
    module = importlib.import_module(side.removesuffix("_whole"))
    extra: dict[str, Any] = {"whole": True} if side.endswith("_whole") else {}
    module.run(database, month_ends(dates), result_of(database, side, dates), threads=threads, **extra)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "cpu": used.ru_utime + used.ru_stime,
                "wall": time.perf_counter() - started,
                "peak_mb": used.ru_maxrss / 1024,
            }
        )
    )


def check(database: Path, sides: list[str], dates: int) -> int:
    """Compare the outputs; the number of values compared."""
    frames = {}
    for side in sides:
        frame = pq.read_table(result_of(database, side, dates)).to_pandas()
        frames[side] = frame.sort_values(["as_of", "customer_id"]).reset_index(drop=True)
    ours = frames[sides[0]]
    for side in sides[1:]:
        theirs = frames[side]
        assert list(ours["customer_id"]) == list(theirs["customer_id"]), f"{side}: other customers"
        for name in CORE:
            a, b = ours[name].to_numpy(float), theirs[name].to_numpy(float)
            exact = "_count_" in name or name.startswith(("active_", "event_kinds", "open_"))
            close = np.isclose(a, b, rtol=0 if exact else 1e-9, atol=0 if exact else 1e-9, equal_nan=True)
            assert close.all(), (side, name, int((~close).sum()), a[~close][:3], b[~close][:3])
    return len(ours) * len(CORE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dates", type=int, nargs="+", default=[1, 12])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--side")
    chosen = parser.parse_args()
    if chosen.side:
        run_side(chosen.folder / "w.duckdb", chosen.side, chosen.dates[0], chosen.threads)
        return
    database = prepare(chosen.folder, chosen.threads)
    rows: list[dict[str, Any]] = []
    sides = [s for s in SIDES if s not in chosen.without]
    for dates in chosen.dates:
        runs: dict[str, list[dict[str, float]]] = {side: [] for side in (*sides, "ours_whole")}
        for _ in range(chosen.repeat):
            for side in runs:
                runs[side].append(measure(side, database, dates, chosen.threads))
        compared = check(database, sides, dates)
        print(f"{dates} date(s): {compared:,} values equal on {len(sides)} sides; {len(CORE)} features")
        for side, found in runs.items():
            row = {"dates": dates, "side": side}
            for key in ("cpu", "wall", "peak_mb"):
                values = [f[key] for f in found]
                row[key] = round(statistics.median(values), 2)
                row[f"{key}_spread"] = round(max(values) - min(values), 2)
            rows.append(row)
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
