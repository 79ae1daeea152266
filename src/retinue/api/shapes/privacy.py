"""Requests of customers about their data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Closed, Moment, Name, Why
from retinue.store.privacy_requests import RequestKind, RequestState

__all__ = ["Asked", "PrivacyRequest", "PrivacyRequests", "Refusal"]


class Asked(Why):
    """What a customer asks for. `reason`: what they say."""

    kind: RequestKind
    customer_id: Name
    decision_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="of an explanation or review: which decision"
    )
    received_at: Moment | None = Field(None, description="when it was received; default now")


class Refusal(Closed):
    """Why a request is not answered, as the customer was told."""

    reason: str = Field(min_length=1, max_length=2_000)


class PrivacyRequest(BaseModel):
    """One request. Once a customer is erased, `customer_id` is their token on the erasure list."""

    request_id: str
    kind: RequestKind
    customer_id: str
    subject: str | None = Field(description="the decision it is about")
    state: RequestState
    received_at: datetime
    due_at: datetime = Field(description="one month after it was received")
    near_due: bool
    received_by: str
    handled_by: str | None
    closed_at: datetime | None
    result_sha256: str | None
    detail: dict[str, Any]


class PrivacyRequests(BaseModel):
    """Requests, those that are due first."""

    requests: list[PrivacyRequest]
