"""How a finished run leaves its insights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.pipeline.plain import plain
from retinue.runs.insights.importance import importance
from retinue.runs.insights.loads import loads, set_aside, tables
from retinue.runs.insights.set_aside import QUARANTINE, write_set_aside
from retinue.runs.result import write_file

if TYPE_CHECKING:
    from retinue.pipeline.stages import Stages
    from retinue.runs.base import Opened

__all__ = ["INSIGHTS", "leave_insights"]

INSIGHTS = "insights.json"


def leave_insights(retinue: Opened, stages: Stages, folder: Path) -> None:
    """Write the insights of a run beside its receipts; the rows set aside of older runs are removed."""
    moment = stages.as_of
    found = {
        "sources": loads(stages.warehouse, retinue.clock),
        "tables": tables(stages.warehouse, moment),
        "set_aside": set_aside(stages.warehouse),
        "importance": importance(stages),
    }
    write_set_aside(stages.warehouse, folder / QUARANTINE)
    write_file(folder / INSIGHTS, json.dumps(plain(found), indent=1, sort_keys=True).encode())
    for older in sorted(folder.parent.glob(f"*/{QUARANTINE}"))[:-2]:
        older.unlink()  # the two newest stay: a service reads the last one until this run is finished
