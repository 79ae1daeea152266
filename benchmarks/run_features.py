"""The feature build: Retinue, hand-written DuckDB SQL and pandas on the same simulated business."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.business import Business
from benchmarks.harness import Contender, Unequal, compare, row_of
from benchmarks.machine import facts

__all__ = ["measure_features"]

PEERS = Path(__file__).with_name("features")
NAMES = {
    "ours": "Retinue",
    "ours_whole": "Retinue, whole catalogue",
    "duckdb_sql": "DuckDB SQL by hand",
    "pandas_peer": "pandas",
}
REFERENCE = "duckdb_sql"
EQUAL = ("ours", "duckdb_sql", "pandas_peer")


def measure_features(
    business: Business, *, dates: tuple[int, ...], repeats: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """One comparison per number of dates. Raises Unequal when any value differs."""
    peers = _peers()
    threads = int(facts()["cores"])
    folder = _for_peers(business)
    database = peers.prepare(folder, threads)
    sizes = []
    for count in dates:
        compared = 0

        def check(count: int = count) -> None:
            nonlocal compared
            try:
                compared = peers.check(database, list(EQUAL), count)
            except AssertionError as error:
                raise Unequal(str(error)) from error

        say(f"Features at {count} date(s):")
        contenders = [Contender(name, _command(side, folder, count, threads)) for side, name in NAMES.items()]
        results = compare(contenders, repeats=repeats, check=check, say=say)
        reference = results[list(NAMES).index(REFERENCE)]
        sizes.append(
            {
                "dates": count,
                "features": len(peers.CORE),
                "values": compared,
                "rows": [row_of(result, reference) for result in results],
            }
        )
    return {"sizes": sizes}


def _peers() -> ModuleType:
    # They are scripts that stand in one folder and import one another by name.
    if str(PEERS) not in sys.path:
        sys.path.insert(0, str(PEERS))
    return importlib.import_module("compare")


def _command(side: str, folder: Path, dates: int, threads: int) -> list[str]:
    script = [sys.executable, str(PEERS / "compare.py"), str(folder), "--side", side]
    return [*script, "--dates", str(dates), "--threads", str(threads)]


def _for_peers(business: Business) -> Path:
    """A folder as the peers' scripts expect it: the warehouse under their name; they export it themselves."""
    folder = business.loaded / "peers"
    folder.mkdir(exist_ok=True)
    link = folder / "w.duckdb"
    link.unlink(missing_ok=True)
    link.symlink_to(business.loaded / ".retinue" / "warehouse.duckdb")
    return folder
