"""What is tested against the customers left alone, and when it will be known."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.reading import Reads
from retinue.api.shapes.insights import Experiments, Verdict
from retinue.store.job_runs import newest_result
from retinue.store.policies import PolicyRecord, list_policies

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["experiments"])


@router.get(
    "/experiments",
    response_model=Experiments,
    dependencies=[Depends(permit("experiments.read"))],
    responses=NOT_MODIFIED,
)
def show(request: Request, door: Service, reads: Reads) -> Response:
    """What each arm brought against the customers left alone as of the newest run, when an open question will
    be settled, how policies fared at the gate, and where the roll-out stands.

    Arms and contrasts are empty while no decision is on record.
    """
    record, facts = reads.newest_run()
    earned: dict[str, Any] = facts.get("earned") or {}
    summary = facts["summary"]
    return tagged(
        request,
        Experiments(
            run=record.campaign_id,
            as_of=record.as_of.replace(tzinfo=UTC),
            holdout_share=door.settings.holdout.share,
            explored=summary.get("explored") or 0,
            held_out=summary.get("held_out") or 0,
            arms=earned.get("arms", []),
            contrasts=earned.get("contrasts", []),
            looks=earned.get("looks", []),
            forecast=earned.get("forecast"),
            gates=[_verdict(one) for one in list_policies(door.store)],
            rollout=newest_result(door.store, "rollout"),
        ),
    )


def _verdict(one: PolicyRecord) -> Verdict:
    found = one.verdict or {}
    return Verdict(
        sha256=one.sha256,
        as_of=one.as_of.replace(tzinfo=UTC),
        state=one.state,
        changed=[str(change) for change in found.get("changed", ())],
        words=list(found.get("words", ())),
        reason=one.reason,
        experiment=found.get("experiment"),
    )
