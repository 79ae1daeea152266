"""The funnel from all customers to those retained, and the customers behind each of its numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Amount
from retinue.api.shapes.known import Definitions, Period, Share

__all__ = [
    "FunnelStage",
    "PipelineCustomer",
    "PipelineCustomers",
    "PipelineFigures",
    "PipelinePoint",
    "Retention",
    "StageFunnel",
    "StageName",
]

StageName = Literal["total", "at_risk", "intervention", "retained", "left", "not_known_yet"]
"""The stages of the funnel, and what became of the others who got an offer."""


class FunnelStage(BaseModel):
    """Distinct customers of a stage in the period and in the one before; null where no run reaches, or where
    so few are told together with others only."""

    stage: Literal["total", "at_risk", "intervention", "retained"]
    customers: int | None
    previous: int | None


class Retention(BaseModel):
    """What became of the customers of the stage `intervention`: judged are retained and left together."""

    judged: int
    left: int
    not_known_yet: int
    share: Share


class StageFunnel(BaseModel):
    """The funnel of a value tier, or of all (`tier` null). Each stage is part of the one before."""

    tier: str | None
    stages: list[FunnelStage]
    retention: Retention | None
    previous_retention: Retention | None


class PipelinePoint(BaseModel):
    """One run of the period. interventions: offers executed from this run until the next; judged, retained:
    what is known by now of the customers who got them. All are null where so few were active that they are
    told together with others only."""

    run: str
    as_of: datetime
    active: int | None
    at_risk: int | None
    revenue_at_risk: Amount | None
    interventions: int | None
    judged: int | None
    retained: int | None


class PipelineFigures(BaseModel):
    """The at-risk pipeline of a period beside the one before it, of equal length."""

    run: str
    as_of: datetime
    currency: str
    window_days: float | None = Field(description="so long after an offer it is judged")
    period: Period
    previous: Period
    history_from: datetime | None = Field(description="the first run that is known; nothing before it is")
    definitions: Definitions
    all: StageFunnel
    tiers: list[StageFunnel]
    series: list[PipelinePoint] = Field(description="oldest first; the last run of each time")
    previous_series: list[PipelinePoint]


class PipelineCustomer(BaseModel):
    """A customer behind a number of the funnel. Times of the period; null what did not happen in it."""

    customer_id: str
    tier: str
    segment: str | None
    first_at_risk: datetime | None
    intervention_at: datetime | None
    incentive: str | None
    judged_at: datetime | None = Field(description="when it is known what the offer came to")
    retained: bool | None = Field(description="null: not known yet, or no offer")


class PipelineCustomers(BaseModel):
    """A page of the customers of a stage, by id. total: how many in all, of those the asker may see;
    own_only: customers of their own cases alone, so fewer than the number of the funnel."""

    run: str
    period: Period
    stage: StageName
    total: int
    own_only: bool
    customers: list[PipelineCustomer]
    next: str | None
