"""Runs, and the models of the newest one: which they are, and how good."""

from __future__ import annotations

from datetime import UTC

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.learned import ModelsOfRun, RunPage, RunRow
from retinue.store.runs import list_runs

__all__ = ["router", "runs_of"]

router = APIRouter(prefix="/api/v1", tags=["models"])


@router.get(
    "/models",
    response_model=ModelsOfRun,
    dependencies=[Depends(permit("models.read"))],
    responses=NOT_MODIFIED,
)
def show(request: Request, door: Service, reads: Reads) -> Response:
    """The models of the newest run by hash, beside the baselines, with the calibration curve."""
    record, facts = reads.newest_run()
    customers = reads.newest.at(door.clock())
    return tagged(
        request,
        ModelsOfRun(
            run=record.campaign_id,
            as_of=facts["as_of"],
            churn_statement=facts["summary"]["churn_statement"],
            kinds=facts["models"],
            sha256={} if customers is None else customers.shared.models,
            evaluation=facts["evaluation"],
        ),
    )


@router.get(
    "/runs",
    response_model=RunPage,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def runs(request: Request, door: Service, reads: Reads, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Finished runs with their counts and sums, newest first."""
    return tagged(request, runs_of(door, reads, limit, cursor))


def runs_of(door: Door, reads: Reading, limit: int, cursor: str | None) -> RunPage:
    """A page of finished runs. Raises RequestError: 422 for another cursor than one of ours."""
    after = read_cursor(reads.key, "runs", cursor)
    found = [run for run in list_runs(door.store, limit=None) if run.finished_at is not None]
    if after is not None:
        found = [run for run in found if [run.as_of.isoformat(), run.campaign_id] < after]
    shown, more = found[:limit], len(found) > limit
    place = [shown[-1].as_of.isoformat(), shown[-1].campaign_id] if more else None
    return RunPage(
        runs=[
            RunRow(
                campaign_id=run.campaign_id,
                run_id=run.run_id,
                as_of=run.as_of.replace(tzinfo=UTC),
                finished_at=None if run.finished_at is None else run.finished_at.replace(tzinfo=UTC),
                summary=run.summary or {},
            )
            for run in shown
        ],
        next=made_cursor(reads.key, "runs", place) if more else None,
    )
