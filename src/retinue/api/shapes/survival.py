"""How likely one customer is still there, day by day."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

__all__ = ["StillThere", "StillThereAt"]


class StillThereAt(BaseModel):
    """So many days after the run."""

    days: int
    probability: float = Field(ge=0, le=1)
    beyond: bool = Field(description="behind the horizon: carried on by the curve, not predicted")


class StillThere(BaseModel):
    """One customer's curve as of a run. It passes through the predicted risk at the horizon.

    median_days: when half of such customers have left; null where that is more than ten years away.
    """

    customer_id: str
    run: str
    as_of: datetime
    churn_probability: float
    horizon_days: float
    shape: float
    median_days: int | None
    points: list[StillThereAt]
    definition: str
    fitted: str = Field(description="from what the shape of the curve was learned")
