"""How good the churn model is and was, whether it was right, and how long customers stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from retinue.api.shapes.insights import FeatureShare
from retinue.api.shapes.known import Between, Definitions, Share

__all__ = [
    "AccuracyPoint",
    "Challenger",
    "Champion",
    "Decile",
    "Deciles",
    "DriftFigures",
    "FeatureMoved",
    "ModelFigures",
    "RealisedMonth",
    "SurvivalCurve",
    "SurvivalFigures",
    "SurvivalPoint",
]


class AccuracyPoint(BaseModel):
    """The measures of one run's model, on data it never saw."""

    run: str
    as_of: datetime
    measures: dict[str, Between]


class RealisedMonth(BaseModel):
    """The measures of what a run predicted, now that its time is over; of customers who got no offer."""

    month: str
    run: str
    as_of: datetime
    customers: int
    predicted: float | None
    left: Share
    measures: dict[str, Between]


class CalibrationPoint(BaseModel):
    """Customers of about the same probability: predicted share, and the share that left with its band."""

    customers: int
    predicted: float
    left: float
    low: float
    high: float


class Decile(BaseModel):
    """A tenth of the customers by probability, the riskiest first (1)."""

    decile: int
    customers: int
    predicted: float
    left: Share


class Deciles(BaseModel):
    """Predictions beside outcomes by decile, of the newest run whose time is over.

    alone: customers who got no offer; only of these is the share a test of the model.
    """

    month: str
    run: str
    as_of: datetime
    all: list[Decile]
    alone: list[Decile]


class FeatureMoved(BaseModel):
    """One feature then and now."""

    feature: str
    label: str
    verdict: str
    psi: float | None
    statement: str


class DriftFigures(BaseModel):
    """Drift as the job `drift` found it last; without one `features` is empty and `command` finds it."""

    at: datetime | None
    drifted: bool | None
    statement: str | None
    rows_before: int | None
    rows_now: int | None
    features: list[FeatureMoved]
    command: str = Field(description="finds it now")


class Champion(BaseModel):
    """The models that decide today."""

    kinds: dict[str, Any]
    sha256: dict[str, str]
    statement: str
    measures: dict[str, Between]
    baselines: dict[str, dict[str, Between]]
    policy_sha256: str | None = Field(description="settings of the offers in force")
    policy_state: str | None
    policy_words: list[str]


class Challenger(BaseModel):
    """A model beside the champion, on the same customers."""

    kinds: dict[str, Any]
    sha256: dict[str, str]
    statement: str
    measures: dict[str, Between]


class SurvivalPoint(BaseModel):
    """At so many days: the share still there, its 95 % band, and how many were still followed."""

    days: int
    share: float
    low: float
    high: float
    followed: int


class SurvivalCurve(BaseModel):
    """One cohort. median_days: when half have left; null where the curve does not get there."""

    cohort: str
    customers: int
    left: int
    median_days: int | None
    points: list[SurvivalPoint]


class SurvivalFigures(BaseModel):
    """How long customers stay (Kaplan-Meier), by the quarter they signed up in and by their first plan."""

    words: str
    all: SurvivalCurve | None
    by_quarter: list[SurvivalCurve]
    by_plan: list[SurvivalCurve]
    reason: str | None = Field(description="why there is no curve")


class ModelFigures(BaseModel):
    """Model performance as of the newest run."""

    run: str
    as_of: datetime
    churn_statement: str
    definitions: Definitions
    accuracy: list[AccuracyPoint] = Field(description="oldest first; the last run of each time")
    realised: list[RealisedMonth] = Field(description="oldest first")
    calibration: list[CalibrationPoint]
    importance: list[FeatureShare]
    deciles: Deciles | None
    deciles_reason: str | None
    drift: DriftFigures
    champion: Champion
    challenger: Challenger | None
    survival: SurvivalFigures
