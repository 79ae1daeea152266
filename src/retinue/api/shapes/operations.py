"""The stop, deliveries, and alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Why

__all__ = [
    "Alert",
    "Alerts",
    "CurrentRun",
    "Delivery",
    "DeliveryPage",
    "DeliveryState",
    "Running",
    "SampleRemoved",
    "Settlement",
    "Stops",
    "Switch",
    "WholeDelivery",
]

DeliveryState = Literal["queued", "sending", "sent", "unknown", "failed", "withheld", "cancelled", "expired"]


class Alert(BaseModel):
    """One alert that fires. severity: `page` for what cannot wait."""

    alert: str
    words: str
    do: str = Field(description="what to do about it: a command or a sentence")
    severity: Literal["page", "ticket"]
    value: float | None
    since: datetime


class Alerts(BaseModel):
    """Alerts that fire, the longest first."""

    alerts: list[Alert]


class Switch(BaseModel):
    """One stop or resumption."""

    number: int
    action: Literal["stop", "resume"]
    at: datetime
    who: str
    reason: str


class Stops(BaseModel):
    """Whether Retinue is stopped, and every stop and resumption, newest first."""

    stopped: bool
    switches: list[Switch]


class Delivery(BaseModel):
    """One action handed to one channel; amounts in cents of the project's currency."""

    delivery_id: str
    decision_id: str
    campaign_id: str
    customer_id: str
    channel: str
    kind: str
    state: DeliveryState
    reason: str
    planned_cents: int
    cost_cents: int | None
    due_at: datetime
    expires_at: datetime
    tries: int
    reference: str | None
    changed_at: datetime


class DeliveryPage(BaseModel):
    """A page of deliveries in the order they are due."""

    deliveries: list[Delivery]
    next: str | None


class WholeDelivery(Delivery):
    """A delivery with every change of its state."""

    steps: list[dict[str, Any]]


class Settlement(Why):
    """What a person found at the other end."""

    state: Literal["sent", "failed"] = Field(description="what became of it")


class SampleRemoved(BaseModel):
    """The sample data go: the next answer is that of an empty workspace."""

    removed: bool


class Running(BaseModel):
    """A run that is under way."""

    as_of: datetime
    started_at: datetime
    stage: str | None = Field(description="what it is at; null before the first stage")
    share: float | None = Field(ge=0, le=1, description="how far that is; null where it does not tell")
    stages_done: list[str]
    heartbeat: datetime = Field(description="when it was last heard of")


class CurrentRun(BaseModel):
    """The run that is under way; null where there is none."""

    running: Running | None
