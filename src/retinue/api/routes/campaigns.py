"""Campaigns as they are read: lists, what they do for whom, their plan, and a look ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit
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
from retinue.security import Principal
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


@router.get("/{campaign_id}/actions", response_model=ActionPage, responses=NOT_MODIFIED)
def actions(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Read],
    seen: Shown,
    campaign_id: CampaignId,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What the campaign does for each customer above the threshold, in the order of their rank.

    A csm sees own customers.
    """
    mine = customers_seen(who, door, "campaigns.read")
    return tagged(request, actions_of(reads, seen, campaign_id, limit, cursor, mine))


def actions_of(
    reads: Reading,
    seen: Showing,
    campaign_id: str,
    limit: int,
    cursor: str | None,
    mine: Collection[str] | None,
) -> ActionPage:
    """A page of a campaign's actions. mine: for none but these customers; None for no such limit.

    Raises NotFoundError; RequestError: 422 for a wrong cursor.
    """
    asked = {"actions": campaign_id}
    start = read_cursor(reads.key, asked, cursor) or 0
    every: list[dict[str, Any]] = list(reads.facts(campaign_id, "campaign.json")["actions"])
    found = [one for one in every if mine is None or one["customer_id"] in mine]
    end = start + limit
    seen.many("actions", campaign_id, customers=[one["customer_id"] for one in found[start:end]])
    return ActionPage(
        campaign_id=campaign_id,
        actions=[Action(**one) for one in found[start:end]],
        next=made_cursor(reads.key, asked, end) if end < len(found) else None,
    )


@router.get("/{campaign_id}/plan", response_model=Plan, responses=NOT_MODIFIED)
def plan(
    request: Request, door: Service, who: Annotated[Principal, Read], seen: Shown, campaign_id: CampaignId
) -> Response:
    """The plan: who gets what through which channels, and who does not. Its ETag is the plan's hash.

    A csm sees the actions of own customers, and the totals of all.

    Approve what you saw by sending that ETag as `If-Match`. 409: there is no plan.
    """
    found = plan_shown(door, seen, campaign_id, customers_seen(who, door, "campaigns.read"))
    return tagged(request, found, tag=f'"{found.plan_sha256}"')


def plan_shown(door: Door, seen: Showing, campaign_id: str, mine: Collection[str] | None) -> Plan:
    """The plan of a campaign, with the actions for none but these customers; None for all.

    Raises NotFoundError; StateError where there is none yet.
    """
    record = campaign_of(door.store, campaign_id)
    body = plan_of(record)
    shown = [one for one in body["actions"] if mine is None or one["customer_id"] in mine]
    seen.many("plan", campaign_id, count=len(shown))
    return Plan(
        campaign_id=campaign_id,
        plan_sha256=record.plan_sha256 or "",
        mode=body["mode"],
        currency=body["currency"],
        totals=body["totals"],
        actions=[
            PlannedAction(**{**one, "channels": [step["channel"] for step in one["deliveries"]]})
            for one in shown
        ],
    )


@router.get("/{campaign_id}/preview", response_model=Preview)
def preview(door: Service, who: Annotated[Principal, Read], seen: Shown, campaign_id: CampaignId) -> Preview:
    """What starting it now would send, to whom not, and why: the sender's own checks, nothing written.

    409: there is no plan.
    """
    foreseen = campaigns_of(door).preview(campaign_id)
    mine = customers_seen(who, door, "campaigns.read")
    shown = [one for one in foreseen if mine is None or one.customer_id in mine]
    seen.many("preview", campaign_id, count=len(shown))
    return Preview(
        campaign_id=campaign_id,
        plan_sha256=campaign_of(door.store, campaign_id).plan_sha256,
        counts=dict(Counter(one.what for one in foreseen)),
        cents=sum(one.cents for one in foreseen if one.what in ("send", "wait")),
        actions=[Foreseen(**{**one.as_dict(), "channels": list(one.channels)}) for one in shown],
    )
