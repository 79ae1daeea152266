"""Usage events as they are reported."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from retinue.api.shapes.common import Closed, Moment, Name
from retinue.ingest.rules import FUTURE_TOLERANCE

__all__ = ["EventIn", "EventsTaken"]

LONGEST_METADATA = 32 * 1024
"""Bytes of an event's metadata as JSON."""


class EventIn(Closed):
    """One thing a customer did."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={
            "examples": [
                {
                    "event_id": "e-1",
                    "customer_id": "C12345",
                    "event_type": "login",
                    "timestamp": "2026-02-14T08:00:00Z",
                    "metadata": {"device": "phone"},
                }
            ]
        },
    )

    customer_id: Name
    event_type: Name = Field(description="what was done, such as login")
    timestamp: Moment = Field(description="when; UTC without a zone")
    event_id: Name | None = Field(None, description="your name for it; without one its content is its name")
    metadata: dict[str, Any] | None = Field(None, description="more of it, up to 32 kB as JSON")

    @field_validator("metadata")
    @classmethod
    def _short(cls, given: dict[str, Any] | None) -> dict[str, Any] | None:
        try:
            text = "" if given is None else json.dumps(given, allow_nan=False)
        except (ValueError, RecursionError):
            raise ValueError("has a number that is none, or is too deep") from None
        if len(text) > LONGEST_METADATA:
            raise ValueError(f"is longer than {LONGEST_METADATA:,} bytes")
        return given

    def body(self) -> dict[str, Any]:
        """The row as the inbox keeps it."""
        return {
            "event_id": self.event_id,
            "customer_id": self.customer_id,
            "event_type": self.event_type,
            "timestamp": self.timestamp.isoformat(),
            "metadata": None if self.metadata is None else json.dumps(self.metadata, sort_keys=True),
        }

    def ahead(self, now: datetime) -> bool:
        """Whether it lies more than a day in the future."""
        return datetime.fromisoformat(self.body()["timestamp"]) > now + FUTURE_TOLERANCE


class EventTaken(BaseModel):
    """What became of one event, in the order sent; `reason` where it was rejected."""

    event_id: str | None
    status: Literal["accepted", "rejected"]
    reason: str | None = None


class EventsTaken(BaseModel):
    """Accepted events are on record and will be loaded by the next run, or `retinue outcomes collect`."""

    accepted: int
    rejected: int
    events: list[EventTaken]
