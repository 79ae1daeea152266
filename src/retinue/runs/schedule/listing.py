"""The jobs as a person wants to see them: when next, when last, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from retinue.runs.schedule.base import Job
from retinue.runs.schedule.due import next_slot
from retinue.settings import ScheduleSettings
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.job_runs import JobRun, job_runs

__all__ = ["job_rows"]


def job_rows(
    store: Store, jobs: Sequence[Job], settings: ScheduleSettings, now: datetime
) -> list[dict[str, Any]]:
    """One row per job, JSON-ready.

    `state` is that of the newest slot that was not skipped: done, failed, running, waiting (to be tried
    again), abandoned (its worker is silent), or none before the first. `next` is None for a job switched off.
    """
    rows = []
    for job in jobs:
        plan = settings.plan(job.name)
        last = next((run for run in job_runs(store, job.name) if run.state != "skipped"), None)
        coming = None if plan is None else next_slot(plan, now)
        rows.append(
            {
                "job": job.name,
                "does": job.words,
                "cron": None if plan is None else plan[0],
                "timezone": None if plan is None else plan[1],
                "next": None if coming is None else _iso(coming),
                "last": None if last is None else _iso(last.slot.replace(tzinfo=UTC)),
                "state": None if last is None else _state(last, naive(now)),
                "tries": None if last is None else last.tries,
                "alert": None if last is None else last.alert,
                "error": None if last is None else last.error,
            }
        )
    return rows


def _state(run: JobRun, now: datetime) -> str:
    return "abandoned" if run.state == "running" and run.free(now) else run.state


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
