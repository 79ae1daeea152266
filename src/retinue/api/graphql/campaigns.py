"""Campaigns, what they do for whom, and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from retinue.api.access import customers_seen
from retinue.api.campaign_rows import campaign_shown
from retinue.api.cursors import Cursor, Limit
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import Field, answers
from retinue.api.routes import campaigns as routes
from retinue.api.routes import deliveries as sent
from retinue.api.shapes.campaigns import ActionPage, Campaign, CampaignPage, CampaignRow, CampaignState, Plan
from retinue.api.shapes.common import PLAIN, CampaignId
from retinue.api.shapes.operations import DeliveryPage, DeliveryState

__all__ = ["LINKS", "QUERIES"]

Named = Annotated[str | None, Query(max_length=200, pattern=PLAIN)]


@answers("campaigns.read")
def campaigns(
    asking: Asking,
    state: list[CampaignState] = [],  # noqa: B006 - read only
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CampaignPage:
    """Campaigns, newest first; `listed` ones were made by a run and planned by nobody."""
    return routes.listed(asking.door, asking.reads, state, limit, cursor)


@answers("campaigns.read")
def campaign(asking: Asking, campaign_id: CampaignId) -> Campaign:
    """A campaign: how many it is for, what it is expected to earn, its plan's totals, and its history."""
    return campaign_shown(asking.door, asking.reads, campaign_id)


@answers("campaigns.read")
def deliveries(
    asking: Asking,
    state: list[DeliveryState] = [],  # noqa: B006 - read only
    campaign_id: Named = None,
    customer_id: Named = None,
    decision_id: Named = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DeliveryPage:
    """Deliveries in the order they are due, with their state and the reason for it."""
    return sent.listed(
        asking.door,
        asking.reads,
        _own(asking),
        states=state,
        campaign_id=campaign_id,
        customer_id=customer_id,
        decision_id=decision_id,
        limit=limit,
        cursor=cursor,
    )


@answers("campaigns.read", weight=20)
def plan(asking: Asking, source: CampaignRow) -> Plan:
    """The plan: who gets what through which channels, and who does not. Approve it by its hash."""
    return routes.plan_shown(asking.door, asking.seen, source.campaign_id, _own(asking))


@answers("campaigns.read", weight=20)
def actions(asking: Asking, source: CampaignRow, limit: Limit = 50, cursor: Cursor = None) -> ActionPage:
    """What the campaign does for each customer above the threshold, in the order of their rank."""
    return routes.actions_of(asking.reads, asking.seen, source.campaign_id, limit, cursor, _own(asking))


def _own(asking: Asking) -> frozenset[str] | None:
    """The customers that a csm sees; None for all."""
    return customers_seen(asking.who, asking.door, "campaigns.read")


QUERIES = (campaigns, campaign, deliveries)
LINKS: Mapping[type[BaseModel], tuple[Field, ...]] = {Campaign: (plan, actions)}
