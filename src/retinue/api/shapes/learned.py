"""Rules, offers, models and the figures of the dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Amount

__all__ = [
    "Dashboard",
    "IncentivePage",
    "ModelsOfRun",
    "Offer",
    "RunPage",
]


class Offer(BaseModel):
    """An offer of the catalogue, and what is believed of it: which share of leavers it keeps."""

    id: str
    type: str
    value: float
    duration_months: int | None
    believed_before: float | None
    kept: float | None = Field(description="share of would-be leavers whom it keeps")
    low: float | None
    high: float | None
    tried: int | None = Field(description="how often it was made, as far as outcomes are known")
    offers_of_run: int = Field(description="how often the newest run proposes it")


class IncentivePage(BaseModel):
    """The catalogue with beliefs as of the newest run; without one they are null."""

    run: str | None
    as_of: datetime | None
    currency: str
    incentives: list[Offer]


class ModelsOfRun(BaseModel):
    """The models of a run, by the hash of their bytes, and how good they are on data they never saw."""

    run: str
    as_of: datetime
    churn_statement: str
    kinds: dict[str, Any] = Field(description="which kind of model each is, in words")
    sha256: dict[str, str]
    evaluation: dict[str, Any]


class RunRow(BaseModel):
    """A finished run."""

    campaign_id: str
    run_id: str
    as_of: datetime
    finished_at: datetime | None
    summary: dict[str, Any]


class RunPage(BaseModel):
    """A page of runs, newest first."""

    runs: list[RunRow]
    next: str | None


class Funnel(BaseModel):
    """How many customers there are, are at risk, and got an offer; of the treated, who stayed."""

    customers: int
    active: int
    at_risk: int
    intervention: int
    retained_share: float | None = Field(description="of those treated whose time is over; null: none yet")


class Tier(BaseModel):
    """A value tier of the newest run."""

    tier: str
    customers: int
    at_risk: int
    revenue_at_risk: Amount
    value: Amount


class TrendPoint(BaseModel):
    """One run in the trend."""

    as_of: datetime
    active: int
    at_risk: int
    revenue_at_risk: Amount
    offers: int
    planned_cost: Amount
    auc: float | None


class Pipeline(BaseModel):
    """Who is at risk, by tier, and how that moves."""

    funnel: Funnel
    tiers: list[Tier]
    segments: list[dict[str, Any]]
    trend: list[TrendPoint]


class Dashboard(BaseModel):
    """The four views of the dashboard, from what the newest runs wrote.

    Revenue and effectiveness are measured against the customers who were left alone; where too little is
    known yet they say so in words, and numbers are null.
    """

    run: str
    as_of: datetime
    currency: str
    stopped: bool
    at_risk_pipeline: Pipeline
    revenue_impact: dict[str, Any] | None
    model_performance: dict[str, Any]
    campaign_effectiveness: dict[str, Any]


Format = Literal["csv", "json"]
