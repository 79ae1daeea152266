"""Campaigns as they are read: lists, what they do for whom, their plan, and a look ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.campaign_rows import campaign_shown, known_campaigns, rows_of
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.reading import Reading, Reads, campaigns_of
from retinue.api.shapes.campaigns import (
    Action,
    ActionPage,
    Campaign,
    CampaignPage,
    CampaignState,
    Foreseen,
    Plan,
    PlannedAction,
    Preview,
)
from retinue.api.shapes.common import CampaignId
from retinue.api.showing import Showing, Shown
from retinue.campaigns.planning import plan_of
from retinue.store.campaigns import campaign_of

__all__ = ["actions_of", "listed", "plan_shown", "router"]

router = APIRouter(prefix="/api/v1/campaigns", tags=["campaigns"])

Read = Depends(permit("campaigns.read"))


@router.get("", response_model=CampaignPage, dependencies=[Read], responses=NOT_MODIFIED)
def list_(
    request: Request,
    door: Service,
    reads: Reads,
    state: Annotated[list[CampaignState], Query()] = [],  # noqa: B006 - read only
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Campaigns, newest first; `listed` ones were made by a run and planned by nobody."""
    return tagged(request, listed(door, reads, state, limit, cursor))


def listed(door: Door, reads: Reading, state: Sequence[str], limit: int, cursor: str | None) -> CampaignPage:
    """A page of campaigns. Raises RequestError: 422 for another cursor than one of ours."""
    asked = {"campaigns": sorted(state)}
    after = read_cursor(reads.key, asked, cursor)
    found = known_campaigns(door.store)
    if state:
        found = [one for one in found if ("listed" if one[2] is None else one[2].state) in state]
    if after is not None:
        found = [one for one in found if [one[1].isoformat(), one[0]] < after]
    shown = found[:limit]
    more = len(found) > limit
    place = [shown[-1][1].isoformat(), shown[-1][0]] if more else None
    return CampaignPage(
        campaigns=rows_of(door.store, shown),
        next=made_cursor(reads.key, asked, place) if more else None,
    )


@router.get("/{campaign_id}", response_model=Campaign, dependencies=[Read], responses=NOT_MODIFIED)
def show(request: Request, door: Service, reads: Reads, campaign_id: CampaignId) -> Response:
    """A campaign: how many it is for, what it is expected to earn, its plan's totals, and its history."""
    return tagged(request, campaign_shown(door, reads, campaign_id))


@router.get("/{campaign_id}/actions", response_model=ActionPage, dependencies=[Read], responses=NOT_MODIFIED)
def actions(
    request: Request,
    reads: Reads,
    seen: Shown,
    campaign_id: CampaignId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What the campaign does for each customer above the threshold, in the order of their rank."""
    return tagged(request, actions_of(reads, seen, campaign_id, limit, cursor))


def actions_of(reads: Reading, seen: Showing, campaign_id: str, limit: int, cursor: str | None) -> ActionPage:
    """A page of a campaign's actions. Raises NotFoundError; RequestError: 422 for a wrong cursor."""
    asked = {"actions": campaign_id}
    start = read_cursor(reads.key, asked, cursor) or 0
    found: list[dict[str, Any]] = list(reads.facts(campaign_id, "campaign.json")["actions"])
    end = start + limit
    seen.many("actions", campaign_id, customers=[one["customer_id"] for one in found[start:end]])
    return ActionPage(
        campaign_id=campaign_id,
        actions=[Action(**one) for one in found[start:end]],
        next=made_cursor(reads.key, asked, end) if end < len(found) else None,
    )


@router.get("/{campaign_id}/plan", response_model=Plan, dependencies=[Read], responses=NOT_MODIFIED)
def plan(request: Request, door: Service, seen: Shown, campaign_id: CampaignId) -> Response:
    """The plan: who gets what through which channels, and who does not. Its ETag is the plan's hash.

    Approve what you saw by sending that ETag as `If-Match`. 409: there is no plan.
    """
    found = plan_shown(door, seen, campaign_id)
    return tagged(request, found, tag=f'"{found.plan_sha256}"')


def plan_shown(door: Door, seen: Showing, campaign_id: str) -> Plan:
    """The plan of a campaign. Raises NotFoundError; StateError where there is none yet."""
    record = campaign_of(door.store, campaign_id)
    body = plan_of(record)
    seen.many("plan", campaign_id, count=len(body["actions"]))
    return Plan(
        campaign_id=campaign_id,
        plan_sha256=record.plan_sha256 or "",
        mode=body["mode"],
        currency=body["currency"],
        totals=body["totals"],
        actions=[
            PlannedAction(**{**one, "channels": [step["channel"] for step in one["deliveries"]]})
            for one in body["actions"]
        ],
    )


@router.get("/{campaign_id}/preview", response_model=Preview, dependencies=[Read])
def preview(door: Service, seen: Shown, campaign_id: CampaignId) -> Preview:
    """What starting it now would send, to whom not, and why: the sender's own checks, nothing written.

    409: there is no plan.
    """
    foreseen = campaigns_of(door).preview(campaign_id)
    seen.many("preview", campaign_id, count=len(foreseen))
    return Preview(
        campaign_id=campaign_id,
        plan_sha256=campaign_of(door.store, campaign_id).plan_sha256,
        counts=dict(Counter(one.what for one in foreseen)),
        cents=sum(one.cents for one in foreseen if one.what in ("send", "wait")),
        actions=[Foreseen(**{**one.as_dict(), "channels": list(one.channels)}) for one in foreseen],
    )
