"""What the model looks at, whether it was right, and whether customers still look as they did then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.reading import Reads
from retinue.api.shapes.insights import (
    DriftFound,
    DriftPoint,
    DriftShown,
    Figures,
    Importance,
    ImportancePoint,
    Predicted,
    PredictedMonth,
)
from retinue.errors import NotFoundError
from retinue.runs.figures import FIGURES
from retinue.runs.insights import INSIGHTS
from retinue.store.job_runs import JobRun, results
from retinue.store.runs import list_runs

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])

Runs = Annotated[int, Query(ge=1, le=366, description="runs of the trend, at most so many")]


@router.get(
    "/importance",
    response_model=Importance,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def importance(request: Request, door: Service, reads: Reads, runs: Runs = 30) -> Response:
    """Each feature's share of what moves the scores, as of the newest run and over the runs before.

    404: no run left it yet.
    """
    record, _ = reads.newest_run()
    found = reads.facts(record.campaign_id, INSIGHTS)["importance"]
    names = [one["feature"] for one in found["features"]]
    trend: list[ImportancePoint] = []
    for run in list_runs(door.store, limit=None):
        if run.finished_at is None or len(trend) == runs:
            continue
        try:
            then = reads.facts(run.campaign_id, INSIGHTS)["importance"]["features"]
        except NotFoundError:  # of before runs left it
            continue
        shares = {one["feature"]: one["share"] for one in then if one["feature"] in names}
        trend.append(ImportancePoint(run=run.campaign_id, as_of=run.as_of.replace(tzinfo=UTC), shares=shares))
    return tagged(
        request,
        Importance(
            run=record.campaign_id, as_of=record.as_of.replace(tzinfo=UTC), **found, trend=trend[::-1]
        ),
    )


@router.get(
    "/predictions",
    response_model=Predicted,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def predictions(request: Request, reads: Reads) -> Response:
    """What was predicted beside what became of the customers: the first run of each month whose time is over.

    Of more than 50,000 customers a sample, taken evenly by id. 404: no run left it yet.
    """
    record = reads.last_run()
    return tagged(
        request,
        Predicted(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            churn_statement=str((record.summary or {}).get("churn_statement", "")),
            months=[_month(row) for row in reads.facts(record.campaign_id, FIGURES)["realised"]],
        ),
    )


def _month(row: Mapping[str, Any]) -> PredictedMonth:
    def told(found: Mapping[str, Any]) -> Figures:
        many = found["customers"]
        return Figures(
            customers=many, predicted=found["predicted"], left=found["left"] / many if many else None
        )

    return PredictedMonth(
        month=row["month"], run=row["run"], as_of=row["as_of"], all=told(row["all"]), alone=told(row["alone"])
    )


@router.get(
    "/drift",
    response_model=DriftShown,
    dependencies=[Depends(permit("models.read"))],
    responses=NOT_MODIFIED,
)
def drift(request: Request, door: Service, limit: Annotated[int, Query(ge=1, le=200)] = 30) -> Response:
    """Whether customers still look like those the model learned from, as the job `drift` found it."""
    done = results(door.store, "drift", limit=limit)
    newest = done[0] if done else None
    return tagged(
        request,
        DriftShown(
            newest=None if newest is None else DriftFound(**(newest.result or {})),
            at=None if newest is None else newest.slot.replace(tzinfo=UTC),
            history=[_point(one) for one in done],
        ),
    )


def _point(one: JobRun) -> DriftPoint:
    found: dict[str, Any] = one.result or {}
    return DriftPoint(
        at=one.slot.replace(tzinfo=UTC),
        drifted=found.get("drifted"),
        score_psi=(found.get("score") or {}).get("psi"),
        statement=found.get("statement", ""),
    )
