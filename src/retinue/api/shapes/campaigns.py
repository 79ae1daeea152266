"""Campaigns, their plans, and what is asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from retinue.api.shapes.common import Amount, Closed, Why

__all__ = [
    "Action",
    "ActionPage",
    "Approval",
    "Campaign",
    "CampaignPage",
    "CampaignRow",
    "CampaignState",
    "Foreseen",
    "Moved",
    "Plan",
    "PlanRequest",
    "PlannedAction",
    "Preview",
    "Why",
]

CampaignState = Literal["listed", "draft", "planned", "approved", "running", "paused", "finished", "stopped"]
"""`listed`: a run made it and nobody planned it; the rest as the campaigns' life has them."""


class CampaignRow(BaseModel):
    """A campaign in a list."""

    campaign_id: str
    state: CampaignState
    as_of: datetime
    plan_sha256: str | None
    approved_by: str | None
    deliveries: dict[str, int]
    customers: int | None = Field(description="above the threshold; null where no run made it")
    offers: int | None
    expected_net: Amount | None
    planned_cost: Amount | None


class CampaignPage(BaseModel):
    """A page of campaigns, newest first."""

    campaigns: list[CampaignRow]
    next: str | None


class MoveMade(BaseModel):
    """One change of a campaign's state."""

    state: str
    before: str
    plan_sha256: str | None
    who: str
    reason: str
    at: datetime


class Campaign(CampaignRow):
    """A campaign with what it is expected to earn, the totals of its plan, and its history."""

    run_id: str
    currency: str | None
    target_customers: int | None
    total_expected_roi: Amount | None
    delivery: Literal["off", "test", "live"] = Field(description="what `[delivery] mode` says now")
    actions: dict[str, int] = Field(description="customers by what the run decided for them")
    offers_by_incentive: dict[str, int]
    held_out: int | None = Field(description="left alone at random, above the threshold")
    budget: dict[str, Any] | None = Field(description="the limit and what of it the run planned")
    totals: dict[str, Any] | None
    moves: list[MoveMade]


class Action(BaseModel):
    """What a campaign does for one customer."""

    customer_id: str
    priority_score: float
    action_type: Literal["auto_execute", "manual_review", "monitor", "no_action"]
    recommended_incentive: dict[str, Any] | None
    urgency: Literal["HIGH", "MEDIUM", "LOW"]
    rank: int
    decision_id: str
    rule: str
    rule_words: str | None = None
    expected_roi: Amount
    cost: Amount
    held_out: bool


class ActionPage(BaseModel):
    """A page of actions in the order of their rank."""

    campaign_id: str
    actions: list[Action]
    next: str | None


class PlannedAction(BaseModel):
    """Who would get what through which channels; `excluded`: why nothing."""

    decision_id: str
    customer_id: str
    route: str
    incentive: dict[str, Any]
    cents: int
    expected_cents: int
    channels: list[str]
    excluded: str | None


class Plan(BaseModel):
    """A plan. Its hash is the ETag of this answer, and what an approval names."""

    campaign_id: str
    plan_sha256: str
    mode: str
    currency: str
    totals: dict[str, Any]
    actions: list[PlannedAction]


class Foreseen(BaseModel):
    """What would become of one planned action if the campaign was started now."""

    decision_id: str
    customer_id: str
    incentive_id: str
    cents: int
    channels: list[str]
    what: Literal["send", "wait", "review", "not"]
    why: str


class Preview(BaseModel):
    """A campaign as it would go out now; nothing was written and nobody called."""

    campaign_id: str
    plan_sha256: str | None
    counts: dict[str, int]
    cents: int = Field(description="cost of what would go out")
    actions: list[Foreseen]


class PlanRequest(Closed):
    """Which finished run's campaign is to be planned; without a name that of the newest run."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"campaign_id": "CAMP_2026_02_14_001"}, {}]}
    )

    campaign_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{1,64}$")


class Approval(Why):
    """The approval of one plan, by its hash here or in `If-Match`."""

    plan_sha256: str | None = Field(None, pattern=r"^[0-9a-f]{8,64}$", description="at least eight digits")


class Moved(BaseModel):
    """Where a campaign is now."""

    campaign_id: str
    state: CampaignState
    plan_sha256: str | None
    approved_by: str | None
