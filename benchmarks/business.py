"""The simulated business that the benchmarks run on: its raw files, and a workspace that loaded them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["END", "Business", "prepare"]

END = datetime(2026, 1, 1, tzinfo=UTC)
"""The present of the business; its history is the two years before."""

TABLES = ("customers", "subscriptions", "transactions", "events", "tickets")


@dataclass(frozen=True, slots=True)
class Business:
    """Where the business lies and how large it is.

    raw: the files as the business exports them, dirt included; a `--data` folder.
    loaded: a workspace whose warehouse holds them.
    rows: rows of each table in that warehouse, every version counted.
    horizon_days: churn horizon of the workspace.
    """

    raw: Path
    loaded: Path
    rows: dict[str, int]
    horizon_days: int

    @property
    def past(self) -> datetime:
        """A day whose outcomes are known at `END`: the day of the whole run."""
        return END - timedelta(days=self.horizon_days)


def prepare(folder: Path, *, customers: int, events_per_customer_year: float, seed: int) -> Business:
    """Simulate and load, unless the folder holds the same business already."""
    from retinue import Retinue
    from retinue.simulation import Parameters, write_world

    wanted = {"customers": customers, "events_per_customer_year": events_per_customer_year, "seed": seed}
    raw, loaded, mark = (folder / name for name in ("raw", "loaded", "made.json"))
    if not mark.exists() or json.loads(mark.read_text(encoding="utf-8")) != wanted:
        mark.unlink(missing_ok=True)
        laws = Parameters(events_per_customer_year=events_per_customer_year)
        write_world(raw, customers=customers, seed=seed, end=END, laws=laws, truth_paths=0)
        if loaded.exists():
            shutil.rmtree(loaded)
        loaded.mkdir()
        with Retinue(loaded, clock=END) as retinue:
            retinue.load(raw)
        mark.write_text(json.dumps(wanted), encoding="utf-8")
    with Retinue(loaded, clock=END) as retinue:
        rows = {name: retinue.warehouse.count(name) for name in TABLES}
        return Business(raw, loaded, rows, retinue.settings.churn.horizon_days)
