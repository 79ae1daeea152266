"""What runs leave of the data, of the model, and of what is being tested."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "DriftFound",
    "DriftShown",
    "Experiments",
    "Figures",
    "Importance",
    "Predicted",
    "PredictedMonth",
    "Quality",
    "QuarantinePage",
    "Sources",
]


class FeatureShare(BaseModel):
    """A feature and its share of what moves the scores."""

    feature: str
    label: str
    share: float


class ImportancePoint(BaseModel):
    """One run: feature to its share."""

    run: str
    as_of: datetime
    shares: dict[str, float]


class Importance(BaseModel):
    """What the churn model looks at, now and over the runs; not what makes customers leave."""

    run: str
    as_of: datetime
    customers: int = Field(description="of how many it was taken")
    features: list[FeatureShare]
    trend: list[ImportancePoint] = Field(description="the same features over the runs, oldest first")


class Figures(BaseModel):
    """Customers, the share of them predicted to leave, and the share that left."""

    customers: int
    predicted: float | None
    left: float | None


class PredictedMonth(BaseModel):
    """One run of a month whose time is over. `alone`: who got no offer."""

    month: str
    run: str
    as_of: datetime
    all: Figures
    alone: Figures


class Predicted(BaseModel):
    """Predictions beside what became of the customers, month by month."""

    run: str
    as_of: datetime
    churn_statement: str
    months: list[PredictedMonth]


class Counts(BaseModel):
    """Rows by what became of them; those read are the sum of the others.

    left_out: exact copies within a file, and rows that the mapping leaves out.
    """

    read: int
    loaded: int
    unchanged: int
    corrected: int
    quarantined: int
    left_out: int


class SourceTable(BaseModel):
    """One source's rows of one table: over all loads, and of the last one."""

    source: str
    table: str
    loads: int
    files: int
    loaded_at: datetime
    rows: Counts
    last: Counts


class Sources(BaseModel):
    """What was loaded from where, as of the newest run; and what the service was told and has not loaded."""

    run: str
    as_of: datetime
    sources: list[SourceTable]
    waiting: dict[str, int] = Field(description="reports that wait for the next collection, by kind")


class TableState(BaseModel):
    """One table: its rows, when the newest of them happened, when it was learned, and its age in hours."""

    table: str
    rows: int
    newest: datetime | None
    learned: datetime | None
    age_hours: float | None = Field(description="at the time of the run")
    judged: Literal["new", "ageing", "old"] | None = Field(
        description="the age by the limits of the alert `data_age`; null where it is not judged by them"
    )


class SetAsideCount(BaseModel):
    """Rows set aside of one table for one reason."""

    table: str
    reason: str
    rows: int


class QualityCheck(BaseModel):
    """One check; `passed` is null where it cannot be told."""

    check: str
    passed: bool | None
    words: str


class Quality(BaseModel):
    """How good the data were at the newest run."""

    run: str
    as_of: datetime
    checks: list[QualityCheck]
    tables: list[TableState]
    set_aside: list[SetAsideCount]


class SetAsideRow(BaseModel):
    """One row that was set aside; its values stay in the warehouse (`retinue quarantine show`)."""

    quarantine_id: str
    source: str
    table: str
    file: str
    row: int = Field(description="in the file, the first row of data being 1")
    column: str | None
    reason: str
    detail: str
    quarantined_at: datetime


class QuarantinePage(BaseModel):
    """A page of rows set aside, in the order of table, file and row."""

    run: str
    total: int = Field(description="rows set aside in all, by the filters")
    rows: list[SetAsideRow]
    next: str | None


class DriftFound(BaseModel):
    """One comparison of customers with those the model learned from."""

    model_config = ConfigDict(extra="allow")

    drifted: bool
    statement: str


class DriftPoint(BaseModel):
    """One comparison of the past."""

    at: datetime
    drifted: bool | None
    score_psi: float | None
    statement: str


class DriftShown(BaseModel):
    """The newest comparison, and those before it, newest first; null where the job has not run yet."""

    newest: DriftFound | None
    at: datetime | None
    history: list[DriftPoint]


class Verdict(BaseModel):
    """How a policy fared at the gate."""

    sha256: str
    as_of: datetime
    state: str
    changed: list[str]
    words: list[str]
    reason: str | None
    experiment: dict[str, Any] | None = Field(description="the experiment that would settle it")


class _Measured(BaseModel):
    """What the measurement says; it may say more than is named here."""

    model_config = ConfigDict(extra="allow")


class Estimate(_Measured):
    """A difference with its 95 % interval for one look, and the one that holds however often one looks."""

    value: float | None
    units: int = Field(description="customers it was taken of")
    low: float | None
    high: float | None
    always_low: float | None
    always_high: float | None


class Look(Estimate):
    """The effect on retention as it was known at a time."""

    at: datetime


class Arm(_Measured):
    """One arm: who entered, whose window has ended, whose result is known, and what became of these."""

    arm: str
    customers: int
    matured: int
    judged: int
    retained: float | None
    net_revenue: float | None = Field(description="per customer")
    spend: float | None


class Contrast(_Measured):
    """Treatment against another arm: per customer (`estimate`) and for all treated (`total`)."""

    versus: str
    outcome: str
    claim: str
    statement: str
    estimate: Estimate | None
    total: Estimate | None


class Settled(_Measured):
    """When the question will be settled by one way of going on; null: not within what can be foreseen."""

    window_days: float
    holdout: float
    margin_a_year: float | None
    date: datetime | None
    earliest: datetime | None
    latest: datetime | None


class Forecast(_Measured):
    """When an open question will be settled as things are (`now`), and by other ways of going on."""

    now: Settled | None
    alternatives: list[Settled]
    statement: str
    proposal: str | None
    known: bool = Field(description="whether it is settled already")


class Experiments(BaseModel):
    """What is tested: arms against the customers left alone, when that is known, gates, the roll-out."""

    run: str
    as_of: datetime
    holdout_share: float
    explored: int = Field(description="decisions of the run that try something for learning")
    held_out: int
    arms: list[Arm]
    contrasts: list[Contrast]
    looks: list[Look] = Field(description="the effect on retention over time")
    forecast: Forecast | None = Field(description="when the open question will be settled")
    gates: list[Verdict] = Field(description="policies that went through the gate, newest first")
    rollout: dict[str, Any] | None = Field(description="as the job last found it")
