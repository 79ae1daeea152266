"""Flows and their deployments; importing this needs Prefect."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from prefect import serve as serve_deployments
from prefect.deployments.runner import EntrypointType
from prefect.runtime import flow_run
from prefect.schedules import Cron
from prefect.states import Failed

from retinue.app import Retinue
from retinue.runs.schedule import Ran, Runner, Worker, chosen
from retinue.runs.schedule.worker import worker_name
from retinue.store.job_runs import known_since

__all__ = ["do_job", "finished", "serve"]

_EARLY = timedelta(minutes=1)
"""A flow may be begun before its time, where clocks differ; by more than this nobody waits."""


@flow(name="retinue-job", flow_run_name="{job}")  # type: ignore[untyped-decorator, unused-ignore]
def do_job(workspace: str, job: str) -> Any:
    """Do the slot of a job that is due now, with its tries; whatever another scheduler does is left to it."""
    _not_early()
    (wanted,) = chosen([job])
    with Retinue(workspace) as home:
        schedule = home.settings.schedule
        plan = schedule.plan(job)
        runner = Runner(home.store, lambda clock: Retinue(workspace, clock=clock), schedule, worker_name())
        ran = finished(Worker(runner, [wanted], {} if plan is None else {job: plan}))
    if ran is None:
        return {"job": job, "state": "nothing due"}
    if ran.state == "failed":
        return Failed(message=ran.error or "failed")
    return ran.as_dict()


def finished(worker: Worker, wait: Callable[[float], None] = time.sleep) -> Ran | None:
    """Do what is due until it is done or has failed, waiting between tries; None when nothing is due."""
    last = None
    while (ran := worker.step()) is not None:
        last = ran
        if ran.state != "waiting" or ran.not_before is None:
            break
        wait(max(0.0, (ran.not_before - worker.runner.clock()).total_seconds()))
    return last


def serve(workspace: Path, jobs: Iterable[str] | None = None) -> None:
    """Serve a deployment for each job that is switched on."""
    folder = workspace.resolve()
    deployments = []
    with Retinue(folder) as home:
        for job in chosen(jobs):
            plan = home.settings.schedule.plan(job.name)
            if plan is None:
                continue
            cron, timezone = plan
            # From now on its slots count, before Prefect looks for the first time.
            known_since(home.store, job.name, cron, timezone, clock=datetime.now(UTC))
            deployments.append(
                do_job.to_deployment(
                    name=job.name,
                    schedule=Cron(cron, timezone=timezone),
                    parameters={"workspace": str(folder), "job": job.name},
                    description=job.words,
                    entrypoint_type=EntrypointType.MODULE_PATH,
                )
            )
    serve_deployments(*deployments)


def _not_early() -> None:
    planned = flow_run.scheduled_start_time
    if planned is not None:
        early = planned - datetime.now(UTC)
        if timedelta(0) < early <= _EARLY:
            time.sleep(early.total_seconds())
