"""The nouns of Retinue on one page. Standard library only.

Times are timezone-aware UTC at this level; amounts are `Money` (exact decimals with a currency).
Inside the stages the same facts travel as columns; these classes are what a person or an API sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

__all__ = [
    "ActionType",
    "Assessment",
    "Campaign",
    "Customer",
    "Decision",
    "Delivery",
    "Event",
    "Incentive",
    "Money",
    "Outcome",
    "Profile",
    "Reason",
    "Receipt",
    "RiskLevel",
    "Urgency",
    "ValueTier",
]


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An exact amount in one currency (ISO 4217).

    >>> Money.of("10.005", "EUR") + Money.of(1, "EUR")
    Money(amount=Decimal('11.00'), currency='EUR')
    """

    amount: Decimal
    currency: str = "EUR"

    @classmethod
    def of(cls, amount: Decimal | int | float | str, currency: str = "EUR") -> Money:
        """Round half-even to cents. A float is read through its shortest decimal form."""
        return cls(Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_EVEN), currency)

    def _check(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.amount - other.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"


class RiskLevel(StrEnum):
    """Churn probability in words: LOW ≤ 40 % < MEDIUM ≤ 60 % < HIGH ≤ 80 % < CRITICAL (configurable)."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class ActionType(StrEnum):
    """The route a decision takes. `NO_ACTION`: no offer pays, or the customer is held out."""

    AUTO_EXECUTE = "auto_execute"
    MANUAL_REVIEW = "manual_review"
    MONITOR = "monitor"
    NO_ACTION = "no_action"


class Urgency(StrEnum):
    """How soon a person should look. HIGH is the design's urgent flag; it never skips the review."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


ValueTier = str
"""A tier's configured name, such as ``Premium``."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the customer is, as known at `recorded_at`."""

    customer_id: str
    account_id: str | None = None
    country: str | None = None
    account_created_date: datetime | None = None
    current_tier: str | None = None
    acquisition_channel: str | None = None
    demographic_data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """Something a customer did in the product, at `timestamp` (UTC)."""

    event_id: str
    customer_id: str
    event_type: str
    timestamp: datetime
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer's features as of a time; a missing value is `None`."""

    customer_id: str
    as_of: datetime
    features: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause of a churn score, in words, with its signed share of the score.

    `contribution` is in log-odds: the base value and all contributions sum to the model's raw score.
    """

    feature: str
    value: float | None
    contribution: float
    text: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a customer is worth, how likely they leave within the horizon, when, and why."""

    customer_id: str
    as_of: datetime
    churn_probability: float
    risk_level: RiskLevel
    time_to_churn_days: float | None
    clv: Money
    clv_low: Money
    clv_high: Money
    value_tier: ValueTier
    segment: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Incentive:
    """One offer of the catalogue; `value` is a percentage or an amount, by `type`."""

    id: str
    type: str
    value: float
    duration_months: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """All that is needed to recompute one decision bit for bit (see `retinue.decisions.receipt`)."""

    receipt_id: str
    decision_id: str
    as_of: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do for one customer, by which rule, with which probability of each action."""

    decision_id: str
    customer_id: str
    action_type: ActionType
    urgency: Urgency
    priority_score: float
    incentive: Incentive | None
    expected_roi: float
    cost: float
    retention_lift: float
    confidence: float
    held_out: bool
    rule: str
    propensities: Mapping[str, float]
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """The day's list of actions."""

    campaign_id: str
    as_of: datetime
    target_customers: int
    total_expected_roi: float
    actions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One action handed to one channel."""

    delivery_id: str
    decision_id: str
    channel: str
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the customer after a decision."""

    outcome_id: str
    decision_id: str
    customer_id: str
    retained: bool
    revenue: Money
    observed_at: datetime
