"""The dashboard's figures: at-risk pipeline, revenue impact, model performance, campaign effectiveness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.learned import Dashboard, Funnel, Pipeline, Tier, TrendPoint
from retinue.errors import NotFoundError
from retinue.privacy.cells import with_small_together
from retinue.store.runs import RunRecord, last_of_each_time, list_runs
from retinue.store.stops import stopped

__all__ = ["dashboard_of", "router"]

router = APIRouter(prefix="/api/v1/analytics", tags=["analytics"])


@router.get(
    "/dashboard",
    response_model=Dashboard,
    dependencies=[Depends(permit("analytics.read"))],
    responses=NOT_MODIFIED,
)
def dashboard(
    request: Request,
    door: Service,
    reads: Reads,
    days: Annotated[int, Query(ge=1, le=366, description="runs of the trend, at most so many")] = 30,
) -> Response:
    """The four views as of the newest run. What was earned is measured against customers left alone."""
    return tagged(request, dashboard_of(door, reads, days))


def dashboard_of(door: Door, reads: Reading, days: int) -> Dashboard:
    """The figures, with a trend of at most so many runs. Raises NotFoundError without a finished run."""
    record, facts = reads.newest_run()
    earned: Mapping[str, Any] | None = facts.get("earned")
    runs = last_of_each_time(list_runs(door.store, limit=None))
    return Dashboard(
        run=record.campaign_id,
        as_of=facts["as_of"],
        currency=facts["currency"],
        stopped=stopped(door.store) is not None,
        at_risk_pipeline=Pipeline(
            funnel=_funnel(facts["summary"], earned),
            tiers=[Tier(**tier) for tier in with_small_together(facts["tiers"], "tier")],
            segments=with_small_together(facts["segments"], "segment"),
            trend=[_point(reads, run) for run in runs[:days][::-1]],
        ),
        revenue_impact=None if earned is None else dict(earned),
        model_performance={
            "statement": facts["evaluation"]["statement"],
            "measures": facts["evaluation"]["measures"],
            "baselines": facts["evaluation"]["baselines"],
            "calibration_curve": facts["evaluation"]["calibration_curve"],
        },
        campaign_effectiveness={
            "offers": (facts.get("learned") or {}).get("offers", []),
            "offers_by_incentive": facts["summary"]["offers_by_incentive"],
            "planned_cost": facts["summary"]["planned_cost"],
            "expected_net": facts["summary"]["expected_net"],
            "arms": [] if earned is None else earned.get("arms", []),
            "contrasts": [] if earned is None else earned.get("contrasts", []),
        },
    )


def _funnel(summary: Mapping[str, Any], earned: Mapping[str, Any] | None) -> Funnel:
    arms: Sequence[Mapping[str, Any]] = [] if earned is None else earned.get("arms", [])
    treated = next((arm for arm in arms if arm["arm"] == "treatment"), None)
    return Funnel(
        customers=summary["customers"],
        active=summary["active"],
        at_risk=summary["at_risk"],
        intervention=summary["offers"],
        retained_share=None if treated is None else treated.get("retained"),
    )


def _point(reads: Reading, run: RunRecord) -> TrendPoint:
    summary = run.summary or {}
    return TrendPoint(
        as_of=run.as_of.replace(tzinfo=UTC),
        active=summary["active"],
        at_risk=summary["at_risk"],
        revenue_at_risk=summary["revenue_at_risk"],
        offers=summary["offers"],
        planned_cost=summary["planned_cost"],
        auc=_auc(reads, run),
    )


def _auc(reads: Reading, run: RunRecord) -> float | None:
    """How good the model of a run was, by its summary; of before it stood there by its files, None where they
    are not there any more."""
    measures = ((run.summary or {}).get("measured") or {}).get("measures")
    if measures is None:
        try:
            measures = reads.facts(run.campaign_id)["evaluation"]["measures"]
        except NotFoundError:
            return None
    found = measures.get("auc", {}).get("value")
    return None if found is None else float(found)
