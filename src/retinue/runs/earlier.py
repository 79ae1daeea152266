"""The runs that came before: their receipts say what was decided for whom."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from retinue.pipeline.stages import RECEIPTS
from retinue.store import Store
from retinue.store.runs import list_runs
from retinue.warehouse import utc_naive

__all__ = ["finished_before"]


def finished_before(store: Store, state: Path, as_of: datetime) -> dict[str, Path]:
    """Run id to receipts file of the finished runs before a time, oldest first; of one time the last run.

    Runs whose folder was removed are left out.
    """
    found: dict[datetime, tuple[str, Path]] = {}
    for record in reversed(list_runs(store, limit=10_000)):
        path = state / "runs" / record.campaign_id / RECEIPTS
        if record.finished_at is not None and record.as_of < utc_naive(as_of) and path.exists():
            found[record.as_of] = (record.run_id, path)
    return dict(found.values())
