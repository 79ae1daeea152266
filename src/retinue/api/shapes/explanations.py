"""Why a score is what it is, and what would change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

__all__ = ["Cause", "ChangedFeature", "Counterfactual", "Explanation"]


class Cause(BaseModel):
    """One cause, in log-odds: all of them together are the model's raw score."""

    feature: str
    value: float | None
    contribution: float
    text: str


class Explanation(BaseModel):
    """The causes of a score, the decision, what was weighed for it, and the whole story in words."""

    customer_id: str
    run: str
    as_of: datetime
    churn_probability: float
    causes: list[Cause]
    decision_id: str | None
    rule: str | None
    rule_words: str | None
    candidates: list[dict[str, Any]] = Field(
        description="every offer with what removed it, and `why` in words"
    )
    story: str | None


class ChangedFeature(BaseModel):
    """One feature made typical; the churn probability with it alone, and with all those before it."""

    feature: str
    label: str
    value: str
    typical: str
    alone: float
    together: float


class Counterfactual(BaseModel):
    """What the model would say if what raises the risk was typical. It is no forecast of an effect."""

    customer_id: str
    run: str
    as_of: datetime
    churn_probability: float
    act_above: float
    changes: list[ChangedFeature]
    enough: int | None = Field(
        description="how many of the changes together bring the risk to act_above; null: they do not"
    )
