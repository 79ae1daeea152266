"""Our side: the core features through `build_snapshots`, all dates in one pass."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from core import CORE
from data import load

from retinue.features import CATALOGUE, build_snapshots
from retinue.settings import FeatureSettings


def run(database: Path, dates: list[datetime], out: Path, *, threads: int, whole: bool = False) -> None:
    """Write the features of all dates to one Parquet file; `whole` builds the whole catalogue."""
    warehouse = load(database.parent, database, threads=threads)
    chosen = [f for f in CATALOGUE if whole or f.name in CORE]
    build_snapshots(warehouse, dates, out, settings=FeatureSettings(), features=chosen)
    warehouse.close()
