"""The bodies of requests and answers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from retinue.api.shapes.common import Moment

__all__ = [
    "Accepted",
    "AcceptedOutcome",
    "CancelAnswer",
    "CancelChoice",
    "CancelChosen",
    "CancelOffer",
    "CancelRequest",
    "Health",
    "OutcomeIn",
    "Ready",
    "Received",
]


def _clean(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("must have no spaces around it and no control characters")
    return text


Id = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_clean)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class OutcomeIn(_Closed):
    """What became of one customer."""

    customer_id: Id
    retained: StrictBool = Field(description="whether the customer is still there")
    observed_at: Moment = Field(description="when that was seen; UTC without a zone")
    outcome_id: Id | None = Field(None, description="your name for it; another content of it is a correction")
    decision_id: Id | None = None
    revenue: Decimal | None = Field(
        None,
        max_digits=18,
        decimal_places=4,
        description="since the decision, in the project's currency",
    )

    def body(self) -> dict[str, Any]:
        """The row as the inbox keeps it."""
        return {
            "customer_id": self.customer_id,
            "retained": self.retained,
            "observed_at": self.observed_at.isoformat(),
            "outcome_id": self.outcome_id,
            "decision_id": self.decision_id,
            "revenue": None if self.revenue is None else str(self.revenue),
        }

    def late(self, now: datetime) -> bool:
        """Whether it speaks of the future."""
        return datetime.fromisoformat(self.body()["observed_at"]) > now


class AcceptedOutcome(BaseModel):
    """One outcome that is on record; `unchanged`: its newest report says the same."""

    outcome_id: str
    status: Literal["accepted", "unchanged"]


class Accepted(BaseModel):
    """Outcomes that are on record and will be loaded by the next `retinue outcomes collect`."""

    accepted: int
    unchanged: int
    outcomes: list[AcceptedOutcome]


class Received(BaseModel):
    """News of a channel that is on record; `known`: it was there already."""

    received: int
    known: int


class CancelRequest(_Closed):
    """A customer at the cancel button, as their backend vouches for them."""

    token: str = Field(max_length=1_000)
    reason: str | None = Field(None, max_length=40, description="one of cancel.reasons")


class CancelChoice(CancelRequest):
    """What the customer chose."""

    choice: Literal["accepted", "declined", "cancelled", "closed"]


class CancelOffer(BaseModel):
    """What is offered. `text` says it in English."""

    incentive: str
    type: str
    value: float
    duration_months: int | None
    text: str


class CancelAnswer(BaseModel):
    """An offer, a promise that somebody will call, or nothing."""

    occasion: str
    answer: Literal["offer", "call", "none"]
    offer: CancelOffer | None


class CancelChosen(BaseModel):
    """The choice as it is on record."""

    occasion: str
    choice: Literal["accepted", "declined", "cancelled", "closed"]


class Ready(BaseModel):
    """That the service can do its work."""

    status: Literal["ready"]


class Health(BaseModel):
    """Whether the service answers, and whether Retinue was stopped; null while the store does not say."""

    status: Literal["ok"]
    stopped: bool | None
