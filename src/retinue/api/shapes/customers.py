"""Customers as they are shown: in the shape of the risk, in lists, and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from retinue.api.shapes.common import Amount, Closed, Name
from retinue.runs.customers.risk import risk_in_short, whole

__all__ = [
    "ACTIONS",
    "Batch",
    "BatchAnswer",
    "Customer",
    "CustomerPage",
    "Missing",
    "Offered",
    "Profile",
    "Recommendation",
    "Risk",
    "RiskAssessment",
    "UrgencyName",
    "Value",
    "profile_of",
    "risk_of",
    "risk_told",
]

MOST_PREDICTIONS = 1_000
RiskName = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
ActionName = Literal["auto_execute", "manual_review", "monitor", "no_action"]
UrgencyName = Literal["HIGH", "MEDIUM", "LOW"]
ACTIONS = {
    "immediate_intervention": "an offer is recommended, by itself or through a person",
    "monitor": "watch, no offer",
    "no_action": "nothing is recommended",
}


class RiskAssessment(BaseModel):
    """How likely the customer leaves within the horizon, and when."""

    churn_probability: float = Field(ge=0, le=1)
    risk_level: RiskName
    time_to_churn_days: int | None = Field(description="expected; null where it cannot be told")


class Value(BaseModel):
    """What the customer is worth if they stay; `segment` is the tier of value."""

    clv: Amount | None
    segment: str


class Offered(BaseModel):
    """An offer: a percentage or an amount, by its type."""

    type: str
    value: int | float


class Recommendation(BaseModel):
    """What to do. `expected_roi`: what the offer is expected to earn after its cost."""

    action: Literal["immediate_intervention", "monitor", "no_action"]
    incentive: Offered | None
    expected_roi: Amount


class Risk(BaseModel):
    """One customer's risk, value and recommendation as of the time of the run that assessed them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "C12345",
                    "timestamp": "2026-02-14T10:30:00Z",
                    "risk_assessment": {
                        "churn_probability": 0.78,
                        "risk_level": "HIGH",
                        "time_to_churn_days": 45,
                    },
                    "customer_value": {"clv": 5420.50, "segment": "Premium"},
                    "recommendation": {
                        "action": "immediate_intervention",
                        "incentive": {"type": "percentage_discount", "value": 15},
                        "expected_roi": 1250.00,
                    },
                }
            ]
        }
    )

    customer_id: str
    timestamp: datetime
    risk_assessment: RiskAssessment
    customer_value: Value
    recommendation: Recommendation


class Customer(BaseModel):
    """A customer in a list. Amounts in project currency; without a decision its fields are null."""

    customer_id: str
    churn_probability: float
    risk_level: RiskName
    time_to_churn_days: float | None
    clv: Amount | None
    revenue_at_risk: Amount | None
    value_tier: str
    segment: str | None = Field(description="cluster of behaviour")
    rfm_segment: str | None
    decision_id: str | None
    action_type: ActionName | None
    urgency: UrgencyName | None
    incentive_id: str | None
    expected_roi: Amount | None
    priority_score: float | None


class CustomerPage(BaseModel):
    """A page of customers; `next` is the cursor of the page after, null on the last one."""

    run: str
    as_of: datetime
    customers: list[Customer]
    next: str | None


class Profile(Customer):
    """One customer with all that the run left of them."""

    run: str
    as_of: datetime
    currency: str
    clv_low: Amount | None
    clv_high: Amount | None
    p_alive: float | None
    mrr: Amount | None = Field(description="monthly revenue")
    cost: Amount | None
    held_out: bool | None
    decision: dict[str, Any] | None = Field(
        description="rule, offer, lift, confidence and the causes of the score, in words"
    )


class Batch(Closed):
    """Customers whose predictions are wanted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"customer_ids": ["C12345", "C12346"]}]}
    )

    customer_ids: list[Name] = Field(min_length=1, max_length=MOST_PREDICTIONS)


class Missing(BaseModel):
    """A customer without a prediction, and why: unknown, gone, too_new or objected."""

    customer_id: str
    why: Literal["unknown", "gone", "too_new", "objected"]


class BatchAnswer(BaseModel):
    """Predictions in the order asked for; those that cannot be made."""

    run: str
    as_of: datetime
    predictions: list[Risk]
    missing: list[Missing]


def risk_of(row: Mapping[str, Any], as_of: datetime) -> Risk:
    """The shape of the risk from a row of a run's file."""
    return risk_told(risk_in_short(row), as_of)


def risk_told(told: Mapping[str, Any], as_of: datetime) -> Risk:
    """The same from what is told of it (`risk_in_short`)."""
    kind = told["incentive_type"]
    offered = None if kind is None else Offered(type=kind, value=whole(told["incentive_value"]))
    return Risk(
        customer_id=told["customer_id"],
        timestamp=as_of,
        risk_assessment=RiskAssessment(
            churn_probability=told["churn_probability"],
            risk_level=told["risk_level"],
            time_to_churn_days=told["time_to_churn_days"],
        ),
        customer_value=Value(clv=told["clv"], segment=told["segment"]),
        recommendation=Recommendation(
            action=told["action"], incentive=offered, expected_roi=told["expected_roi"]
        ),
    )


def profile_of(row: dict[str, Any], run: str, as_of: datetime, currency: str) -> Profile:
    """The profile from a row of a run's file."""
    held_out = row["held_out"]
    return Profile(
        **{**row, "held_out": None if held_out is None else bool(held_out)},
        run=run,
        as_of=as_of,
        currency=currency,
    )
