"""Predictions of many customers as jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from retinue.api.shapes.common import Closed, Name
from retinue.api.shapes.customers import ActionName, RiskName, UrgencyName
from retinue.store.prediction_jobs import PredictionJob

__all__ = ["JobIn", "JobPage", "JobShown", "Question", "shown"]

MOST_INLINE = 50_000
Some = list[Name]


class Question(Closed):
    """Which customers, as in their list; several values of one filter are alternatives."""

    risk_level: list[RiskName] = Field([], max_length=10)
    value_tier: Some = Field([], max_length=50)
    segment: Some = Field([], max_length=50)
    rfm_segment: Some = Field([], max_length=50)
    action_type: list[ActionName] = Field([], max_length=10)
    incentive_id: Some = Field([], max_length=50)
    churn_probability_min: float | None = Field(None, ge=0, le=1)
    churn_probability_max: float | None = Field(None, ge=0, le=1)
    clv_min: float | None = Field(None, ge=-1e15, le=1e15)
    clv_max: float | None = Field(None, ge=-1e15, le=1e15)
    starts: str = Field("", max_length=200, description="first characters of the id")
    urgency: list[UrgencyName] = Field([], max_length=10)
    at_risk: bool | None = Field(None, description="whether the risk lies above the threshold of action")
    held_out: bool | None = Field(None, description="whether they were left alone by lot")


class JobIn(Closed):
    """Whose predictions are wanted: a list of ids, those of a filter, or all active customers."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {"filter": {"risk_level": ["HIGH", "CRITICAL"]}},
                {"customer_ids": ["C12345", "C12346"]},
                {"everybody": True},
            ]
        },
    )

    customer_ids: list[Name] | None = Field(None, min_length=1, max_length=MOST_INLINE)
    filter: Question | None = None
    everybody: Literal[True] | None = None

    @model_validator(mode="after")
    def _one(self) -> JobIn:
        if sum(given is not None for given in (self.customer_ids, self.filter, self.everybody)) != 1:
            raise ValueError("give one of customer_ids, filter, everybody")
        return self


class JobShown(BaseModel):
    """A job. `expected_at`: when it is expected to be done, at the speed so far; null where nobody knows.

    `expires_at`: when its result is deleted.
    """

    job_id: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "expired"]
    run: str
    total: int
    done: int
    missing: int = Field(description="of those done, the ones without a prediction")
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expected_at: datetime | None
    expires_at: datetime | None
    owner: str


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobShown]
    next: str | None


def shown(job: PredictionJob, now: datetime) -> JobShown:
    """A job as it is shown at a time (aware UTC)."""
    found = {name: getattr(job, name) for name in JobShown.model_fields if name != "expected_at"}
    times = {name: value.replace(tzinfo=UTC) for name, value in found.items() if isinstance(value, datetime)}
    return JobShown(**{**found, **times, "expected_at": _expected(job, now)})


def _expected(job: PredictionJob, now: datetime) -> datetime | None:
    if job.state != "running" or not job.done or job.started_at is None:
        return None
    taken = (now - job.started_at.replace(tzinfo=UTC)).total_seconds()
    rest = max(0, job.total - job.done)
    return now + timedelta(seconds=max(0.0, taken) * rest / job.done)
