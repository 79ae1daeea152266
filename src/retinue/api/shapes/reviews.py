"""Cases that wait for a person, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Closed, Moment, Name, Why

__all__ = [
    "Answered",
    "Assignment",
    "Bulk",
    "BulkAnswers",
    "Case",
    "CasePage",
    "CaseState",
    "Change",
    "Rejection",
    "Snooze",
    "WholeCase",
]

CaseState = Literal["waiting", "approved", "rejected", "expired", "withdrawn"]
Code = Literal["not_now", "wrong_offer", "too_dear", "in_talks", "wrong_facts", "no_contact", "other"]
Decision = str


class Case(BaseModel):
    """One case; amounts in cents of the project's currency."""

    decision_id: str
    campaign_id: str
    customer_id: str
    state: CaseState
    urgent: bool
    expected_cents: int
    cents: int
    offer: dict[str, Any]
    assigned_to: str | None
    snoozed_until: datetime | None
    due_at: datetime
    expires_at: datetime
    escalated: bool
    first_by: str | None = Field(description="who approved first, where two must")
    answered_by: str | None
    answered_at: datetime | None
    headline: str
    churn_probability: float | None = Field(description="as it was decided; null where a customer asks")
    clv: float | None = Field(description="what the customer is worth, in the project's currency")
    tier: str | None
    contest: bool = Field(description="a customer asks that a person looks at the decision")


class CasePage(BaseModel):
    """A page of cases: urgent ones first, then those that are expected to earn most."""

    reviews: list[Case]
    next: str | None


class StepDone(BaseModel):
    """One thing somebody did about a case."""

    number: int
    what: str
    who: str
    reason: str
    detail: dict[str, Any]
    at: datetime


class WholeCase(Case):
    """A case with its facts, its words, and all that was done about it."""

    case: dict[str, Any]
    words: list[str]
    code: str
    asked_at: datetime
    steps: list[StepDone]


class Change(Why):
    """Another of the offers that were weighed."""

    offer: Name


class Rejection(Why):
    """Why no offer is made; `other` needs a reason in words."""

    code: Code


class Snooze(Closed):
    """When to look at it again."""

    until: Moment


class Assignment(Closed):
    """Who shall answer."""

    to: Name


class Bulk(Why):
    """One answer for many cases; `code` with a rejection."""

    decisions: list[Name] = Field(min_length=1, max_length=200)
    answer: Literal["approve", "reject"]
    code: Code | None = None


class Answered(BaseModel):
    """Where a case is now."""

    decision_id: str
    state: CaseState
    offer: dict[str, Any]
    cents: int
    assigned_to: str | None
    snoozed_until: datetime | None
    first_by: str | None


class BulkAnswers(BaseModel):
    """Of each case its new `state`, or why it was `refused`."""

    results: dict[str, dict[str, str]]
