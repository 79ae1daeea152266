"""Model performance: accuracy over time, calibration, deciles, drift, champion, survival of cohorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.insights import FeatureShare
from retinue.api.shapes.known import Between
from retinue.api.shapes.model import (
    AccuracyPoint,
    CalibrationPoint,
    Champion,
    Decile,
    Deciles,
    DriftFigures,
    FeatureMoved,
    ModelFigures,
    RealisedMonth,
    SurvivalFigures,
)
from retinue.api.shares import between, share_of
from retinue.errors import NotFoundError
from retinue.runs.insights import INSIGHTS
from retinue.store.job_runs import results
from retinue.store.policies import list_policies
from retinue.store.runs import RunRecord, last_of_each_time, list_runs

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/model", tags=["analytics"])

_COMMAND = "retinue drift"
_DEFINITIONS = {
    "accuracy": "Of each run's model, on the newest part of the data, which it never saw.",
    "realised": "What the first run of each month said of customers who then got no offer, beside what became"
    " of them when the time was over; of more than 50,000 customers a sample, taken evenly by id.",
    "auc": "The chance that a churner scores higher than a stayer; 0.5 is a coin, 1 is perfect.",
    "brier": "Mean squared difference of probability and outcome; smaller is better.",
    "log_loss": "Mean of −ln of the probability given to what happened; smaller is better.",
    "calibration_error": "Mean gap between predicted and observed over ten equal bins; smaller is better.",
    "lift_at_10": "Churn rate of the riskiest tenth ÷ churn rate of all.",
    "calibration": "Bins of equal count on data the model never saw; band: Wilson's 95 % interval.",
    "importance": "Share of what moves the scores: what the model uses, not what makes customers leave.",
    "deciles": "Customers of one past run in ten equal groups by probability, beside what became of them.",
    "drift": "Population stability index of each feature against the data the model learned from: 0.1 is"
    " moderate, 0.25 major, where it is not chance.",
    "survival": "Kaplan-Meier estimate of the share still there, days since sign-up, with a log-log 95 % band"
    " by Greenwood's variance.",
    "challenger": "A model tried beside the one that decides; null: none is.",
}


@router.get(
    "",
    response_model=ModelFigures,
    dependencies=[Depends(permit("models.read"))],
    responses=NOT_MODIFIED,
)
def model(
    request: Request,
    door: Service,
    reads: Reads,
    runs: Annotated[int, Query(ge=1, le=800, description="runs of the accuracy, at most so many")] = 366,
) -> Response:
    """How good the model is, was, and turned out to be, as of the newest run.

    404: there is no finished run.
    """
    record = reads.last_run()
    shown = reads.shown(record.campaign_id)
    evaluation: Mapping[str, Any] = shown.get("evaluation") or {}
    deciles = shown.get("deciles")
    return tagged(
        request,
        ModelFigures(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            churn_statement=str((record.summary or {}).get("churn_statement", "")),
            definitions=_DEFINITIONS,
            accuracy=_accuracy(list_runs(door.store, limit=None), runs),
            realised=[_realised(row) for row in shown.get("realised") or ()],
            calibration=[
                CalibrationPoint(
                    customers=row["count"],
                    predicted=row["predicted"],
                    left=row["observed"],
                    low=row["low"],
                    high=row["high"],
                )
                for row in evaluation.get("calibration_curve") or ()
            ],
            importance=_importance(reads, record),
            deciles=None if deciles is None else _deciles(deciles),
            deciles_reason=None if deciles is not None else _no_deciles(door),
            drift=_drift(door),
            champion=_champion(door, reads, shown, evaluation),
            challenger=None,
            survival=SurvivalFigures(**shown["survival"]) if shown.get("survival") else NO_SURVIVAL,
        ),
    )


NO_SURVIVAL = SurvivalFigures(
    words="", all=None, by_quarter=[], by_plan=[], reason="The newest run prepared no curves: run again."
)


def _accuracy(found: Sequence[RunRecord], most: int) -> list[AccuracyPoint]:
    """The last run of each time, oldest first, as far as its model was measured."""
    points = []
    for run in last_of_each_time(found):
        measures = ((run.summary or {}).get("measured") or {}).get("measures")
        if not measures:
            continue
        points.append(
            AccuracyPoint(
                run=run.campaign_id,
                as_of=run.as_of.replace(tzinfo=UTC),
                measures={name: between(one) for name, one in measures.items()},
            )
        )
    return points[:most][::-1]


def _realised(row: Mapping[str, Any]) -> RealisedMonth:
    alone = row["alone"]
    return RealisedMonth(
        month=row["month"],
        run=row["run"],
        as_of=row["as_of"],
        customers=alone["customers"],
        predicted=alone["predicted"],
        left=share_of(alone["left"], alone["customers"], "Everybody had an offer."),
        measures={name: between(one) for name, one in row["measures"].items()},
    )


def _deciles(found: Mapping[str, Any]) -> Deciles:
    def told(rows: Sequence[Mapping[str, Any]]) -> list[Decile]:
        return [
            Decile(
                decile=row["decile"],
                customers=row["customers"],
                predicted=row["predicted"],
                left=share_of(row["left"], row["customers"], "Nobody is in it."),
            )
            for row in rows
        ]

    return Deciles(
        month=found["month"],
        run=found["run"],
        as_of=found["as_of"],
        all=told(found["all"]),
        alone=told(found["alone"]),
    )


def _no_deciles(door: Door) -> str:
    churn = door.settings.churn
    return (
        f"Not enough data yet: a prediction can be judged {churn.horizon_days + churn.grace_days} days after"
        " its run."
    )


def _importance(reads: Reading, record: RunRecord) -> list[FeatureShare]:
    try:
        found = reads.facts(record.campaign_id, INSIGHTS)["importance"]["features"]
    except NotFoundError:
        return []
    return [FeatureShare(**one) for one in found]


def _drift(door: Door) -> DriftFigures:
    newest = next(iter(results(door.store, "drift", limit=1)), None)
    found: Mapping[str, Any] = (newest and newest.result) or {}
    return DriftFigures(
        at=newest and newest.slot.replace(tzinfo=UTC),
        drifted=found.get("drifted"),
        statement=found.get("statement"),
        rows_before=found.get("rows_before"),
        rows_now=found.get("rows_now"),
        features=[
            FeatureMoved(**{name: one.get(name) for name in FeatureMoved.model_fields})
            for one in found.get("features") or ()
        ],
        command=_COMMAND,
    )


def _champion(
    door: Door, reads: Reading, shown: Mapping[str, Any], evaluation: Mapping[str, Any]
) -> Champion:
    customers = reads.newest.at(door.clock())
    policy = next((one for one in list_policies(door.store) if one.state in ("champion", "accepted")), None)

    def told(measures: Mapping[str, Any]) -> dict[str, Between]:
        return {name: between(one) for name, one in measures.items()}

    return Champion(
        kinds=shown.get("models") or {},
        sha256={} if customers is None else customers.shared.models,
        statement=evaluation.get("statement", ""),
        measures=told(evaluation.get("measures") or {}),
        baselines={name: told(one) for name, one in (evaluation.get("baselines") or {}).items()},
        policy_sha256=None if policy is None else policy.sha256,
        policy_state=None if policy is None else policy.state,
        policy_words=[] if policy is None else list((policy.verdict or {}).get("words", ())),
    )
