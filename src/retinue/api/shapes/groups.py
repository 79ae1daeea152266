"""Groups of customers: clusters of behaviour, RFM segments, value tiers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Amount
from retinue.api.shapes.known import Definitions

__all__ = ["Group", "GroupPoint", "SegmentFigures", "TraitOfGroup"]


class TraitOfGroup(BaseModel):
    """A feature in which a cluster differs: its mean beside that of all.

    apart: how many standard deviations the cluster's centre lies from that of all, as the model scales it.
    """

    feature: str
    label: str
    mean: float | None
    mean_of_all: float | None
    apart: float
    words: str


class Group(BaseModel):
    """A group of active customers at the newest run. value: sum of CLV; churn: mean probability."""

    name: str
    customers: int
    at_risk: int
    revenue_at_risk: Amount
    value: Amount
    churn: float | None
    traits: list[TraitOfGroup] = Field(description="the most different first; of clusters only")


class GroupPoint(BaseModel):
    """One run: group to its customers."""

    run: str
    as_of: datetime
    customers: dict[str, int]


class SegmentFigures(BaseModel):
    """Each way of grouping, and its counts over the runs, oldest first.

    A group of fewer than five customers is told together with others.
    """

    run: str
    as_of: datetime
    currency: str
    statement: str
    definitions: Definitions
    clusters: list[Group]
    rfm: list[Group]
    tiers: list[Group]
    cluster_trend: list[GroupPoint]
    rfm_trend: list[GroupPoint]
    tier_trend: list[GroupPoint]
