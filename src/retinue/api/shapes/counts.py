"""How many there are, without the list."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

__all__ = ["CustomerCount", "QueueCount", "QueueOfCampaign"]


class CustomerCount(BaseModel):
    """How many active customers of a run are behind a filter, `of` so many without one; own_only: of the
    asker's own cases alone, while figures are of all."""

    run: str
    as_of: datetime
    total: int
    of: int
    own_only: bool


class QueueOfCampaign(BaseModel):
    """How many cases of a campaign wait."""

    campaign_id: str
    waiting: int


class QueueCount(BaseModel):
    """What waits for a person, in numbers; amounts in cents of the project's currency."""

    as_of: datetime
    currency: str
    waiting: int = Field(description="and is not snoozed; the other counts are parts of it")
    offers: int = Field(description="the others are customers who ask that a person looks at a decision")
    urgent: int
    overdue: int
    due_today: int = Field(description="due before midnight (UTC), and not overdue")
    escalated: int
    mine: int = Field(description="assigned to whoever asks")
    nobodys: int = Field(description="assigned to nobody")
    second_approval: int = Field(description="approved once, where two people must")
    snoozed: int
    expected_cents: int = Field(description="what all offers are expected to earn after their cost")
    cents: int = Field(description="what all offers would cost")
    campaigns: list[QueueOfCampaign] = Field(description="most cases first")
    people: list[str] = Field(description="who may be given a case")
