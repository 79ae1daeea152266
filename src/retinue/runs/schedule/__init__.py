"""What is done by itself, and when: jobs, their slots, and the worker that does them.

A job is due at **slots**, moments that follow from its cron expression and time zone. Which slot is whose
stands in the store (`retinue.store.jobs`), so any number of workers, crontabs and flow servers may look for
work at once: each slot is done at most once. The worker holds no state of its own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retinue.runs.schedule.base import Done, Job, Loop
    from retinue.runs.schedule.jobs import JOBS, chosen
    from retinue.runs.schedule.running import Ran, Runner
    from retinue.runs.schedule.worker import Worker

_HOME = {
    "JOBS": "jobs",
    "Done": "base",
    "Job": "base",
    "Loop": "base",
    "Ran": "running",
    "Runner": "running",
    "Worker": "worker",
    "chosen": "jobs",
}

__all__ = ["JOBS", "Done", "Job", "Loop", "Ran", "Runner", "Worker", "chosen"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
