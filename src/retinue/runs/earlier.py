"""The runs that came before: their receipts say what was decided for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from retinue.pipeline.stages import RECEIPTS, Stages
from retinue.report.incentives import IncentivesReport
from retinue.runs.seen import earned, learned
from retinue.store import Store
from retinue.store.runs import list_runs
from retinue.warehouse import utc_naive

__all__ = ["believed", "finished_before", "finished_between", "newest_budget"]


def finished_before(
    store: Store, state: Path, as_of: datetime, *, since: datetime | None = None
) -> dict[str, Path]:
    """Run id to receipts file of the finished runs before a time, oldest first; of one time the last run,
    unless that one was stopped and another was not.

    since: none earlier than this.

    Runs whose folder was removed are left out.
    """
    found: dict[datetime, tuple[str, Path]] = {}
    for record in reversed(list_runs(store, limit=10_000)):
        path = state / "runs" / record.campaign_id / RECEIPTS
        begins = since is None or record.as_of >= utc_naive(since)
        ends = record.as_of < utc_naive(as_of)
        if record.as_of in found and (record.summary or {}).get("stopped"):
            continue
        if record.finished_at is not None and begins and ends and path.exists():
            found[record.as_of] = (record.run_id, path)
    return dict(found.values())


def finished_between(
    store: Store, state: Path, start: datetime | None, end: datetime | None, name: str | None = None
) -> dict[str, Path]:
    """Campaign id to receipts file of the finished runs of a period (both ends included), oldest first.

    Of one time the last run counts, unless that one was stopped and another was not. name: only the run of
    that campaign or run id.
    """
    first = None if start is None else utc_naive(start)
    last = None if end is None else utc_naive(end)
    found: dict[datetime, tuple[str, Path]] = {}
    for record in reversed(list_runs(store, limit=10_000)):
        path = state / "runs" / record.campaign_id / RECEIPTS
        wanted = name in (None, record.campaign_id, record.run_id)
        within = (first is None or record.as_of >= first) and (last is None or record.as_of <= last)
        if record.as_of in found and (record.summary or {}).get("stopped"):
            continue
        if record.finished_at is not None and wanted and within and path.exists():
            found[record.as_of] = (record.campaign_id, path)
    return dict(found.values())


def newest_budget(store: Store) -> Decimal | None:
    """The budget of the newest finished run; None where it had none, or there is no run.

    What was left of a month is no budget of a run: the next one is given what is left then.
    """
    for record in list_runs(store):
        if record.summary is not None:
            limit = (record.summary["budget"] or {}).get("limit")
            month = record.summary.get("month")
            if limit is None or (month is not None and month["left_before"] == limit):
                return None
            return Decimal(str(limit))
    return None


def believed(stages: Stages, runs: Sequence[dict[str, Any]]) -> IncentivesReport:
    """What the stages have learned about offers and what these earned, with the newest finished run by then.

    runs: as `daily.run_rows` gives them, newest first.
    """
    moment = f"{utc_naive(stages.as_of).isoformat()}Z"
    done = next((run for run in runs if run["summary"] and run["as_of"] <= moment), None)
    return IncentivesReport(
        project=stages.settings.project.name,
        currency=stages.settings.project.currency,
        as_of=f"{stages.as_of:%Y-%m-%d}",
        learned=learned(stages),
        earned=earned(stages),
        campaign=done["campaign_id"] if done else None,
        run=done["summary"] if done else None,
    )
