"""Our side: features through `build_snapshots`, all dates in one pass."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from benchmarks.features.core import CORE

__all__ = ["run"]


def run(
    folder: Path,
    dates: list[datetime],
    out: Path,
    *,
    threads: int,
    memory: str | None = None,
    whole: bool = False,
) -> None:
    """Write the features of all dates to one Parquet file in `out`; `whole` builds the whole catalogue."""
    from retinue.features import CATALOGUE, build_snapshots
    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse
    from retinue.warehouse.engines.duckdb import DuckDBEngine

    warehouse = Warehouse(DuckDBEngine(folder / "w.duckdb", threads=threads, memory_limit=memory))
    chosen = [f for f in CATALOGUE if whole or f.name in CORE]
    build_snapshots(warehouse, dates, out / "all.parquet", settings=FeatureSettings(), features=chosen)
    warehouse.close()
