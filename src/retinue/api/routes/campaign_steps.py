"""What may be done with campaigns; who asks is on record with each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, Response

from retinue.api.access import permit
from retinue.api.deps import Service
from retinue.api.once import Acting
from retinue.api.reading import Reads, campaigns_of
from retinue.api.shapes.campaigns import Approval, Moved, PlanRequest
from retinue.api.shapes.common import CampaignId, Why
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.campaigns import CampaignRecord, campaign_of

__all__ = ["moved", "router"]

router = APIRouter(prefix="/api/v1/campaigns", tags=["campaigns"])

Planner = Annotated[Principal, Depends(permit("campaigns.plan"))]
Approver = Annotated[Principal, Depends(permit("campaigns.approve"))]
Runner = Annotated[Principal, Depends(permit("campaigns.run"))]
Reason = Annotated[Why, Body()]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=200, description="ETag of the plan that was seen")
]


@router.post("", status_code=201, response_model=Moved)
def create(door: Service, reads: Reads, given: PlanRequest, once: Acting, who: Planner) -> Response:
    """Plan the campaign of a finished run: who gets what through which channel, and who does not.

    Nothing is sent: look at it (`…/plan`, `…/preview`), approve it by its hash, start it. Planned again from
    the same facts it is the same plan. 404: there is no such run. 409: it runs already.
    """
    name = given.campaign_id or reads.newest_run()[0].campaign_id

    def work() -> Moved:
        return moved(campaigns_of(door).plan(name, who=who.subject))

    return once(who, work, status=201, location=f"/api/v1/campaigns/{name}")


@router.post("/{campaign_id}/approve", response_model=Moved)
def approve(
    door: Service,
    campaign_id: CampaignId,
    given: Annotated[Approval, Body()],
    once: Acting,
    who: Approver,
    if_match: IfMatch = None,
) -> Response:
    """Approve one plan, named by its hash in the body or as `If-Match`; another plan needs another approval.

    409: the plan is another one by now, or the campaign is in another state. 412: `If-Match` names another
    plan. 422: no hash was sent.
    """
    sha = given.plan_sha256 or (if_match or "").strip().removeprefix("W/").strip('"')
    if len(sha) < 8:
        raise RequestError(
            "Say which plan you approve.",
            status=422,
            where="plan_sha256",
            fix="Send plan_sha256, or the ETag of GET …/plan as If-Match.",
        )
    if if_match is not None:
        _same(campaign_of(door.store, campaign_id), if_match)

    def work() -> Moved:
        return moved(campaigns_of(door).approve(campaign_id, sha, who=who.subject, reason=given.reason))

    return once(who, work)


@router.post("/{campaign_id}/start", response_model=Moved)
def start(door: Service, campaign_id: CampaignId, once: Acting, who: Runner) -> Response:
    """Put the approved plan into the outbox and the review queue; a worker sends it."""
    return once(who, lambda: moved(campaigns_of(door).start(campaign_id, who=who.subject)))


@router.post("/{campaign_id}/pause", response_model=Moved)
def pause(door: Service, campaign_id: CampaignId, given: Reason, once: Acting, who: Runner) -> Response:
    """Begin no further delivery until it is resumed."""
    return once(who, _step(campaigns_of(door).pause, campaign_id, who, given))


@router.post("/{campaign_id}/resume", response_model=Moved)
def resume(door: Service, campaign_id: CampaignId, given: Reason, once: Acting, who: Runner) -> Response:
    """Go on with a paused campaign."""
    return once(who, _step(campaigns_of(door).resume, campaign_id, who, given))


@router.post("/{campaign_id}/stop", response_model=Moved)
def stop(door: Service, campaign_id: CampaignId, given: Reason, once: Acting, who: Runner) -> Response:
    """End it for good: what has not begun is cancelled and its money freed."""
    return once(who, _step(campaigns_of(door).stop, campaign_id, who, given))


def _step(
    do: Callable[..., CampaignRecord], campaign_id: str, who: Principal, given: Why
) -> Callable[[], Moved]:
    return lambda: moved(do(campaign_id, who=who.subject, reason=given.reason))


def _same(record: CampaignRecord, given: str) -> None:
    tags = [part.strip().removeprefix("W/").strip('"') for part in given.split(",")]
    if "*" not in tags and record.plan_sha256 not in tags:
        raise RequestError(
            "The plan is another one than If-Match names.",
            status=412,
            where="If-Match",
            fix="Look at the plan again, then approve what you saw.",
        )


def moved(record: CampaignRecord) -> Moved:
    """Where a campaign is now, as it is shown."""
    return Moved(
        campaign_id=record.campaign_id,
        state=record.state,
        plan_sha256=record.plan_sha256,
        approved_by=record.approved_by,
    )
