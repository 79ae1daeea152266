"""What the offers brought: saved revenue, the incremental figure against the holdout, cost, budget."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Amount
from retinue.api.shapes.known import Definitions, Period, Sure

__all__ = ["BudgetLeft", "BudgetScope", "Earned", "MonthEarned", "RevenueFigures", "ShadowPrice"]


class Earned(BaseModel):
    """What was earned by a group of customers whose windows ended in the period; `name` null: by all.

    treated, alone: customers judged of each arm. retained: of the treated who got an offer, who stayed.
    saved: CLV of those retained as in the design document, not causal; valued: of how many it is known. cost:
    what the offers of the treated cost; cost_alone: what offers to as many customers left alone cost by
    mistake. net: incremental net revenue of the treated against those left alone; incremental: net + cost −
    cost_alone; roi: net ÷ cost; kept: customers who stayed and would have left. All are null of fewer than
    five customers.
    """

    name: str | None
    treated: int | None
    alone: int | None
    offered: int | None
    retained: int | None
    valued: int | None
    saved: Amount | None
    saved_reason: str | None
    cost: Amount | None
    cost_alone: Amount | None
    incremental: Sure
    net: Sure
    roi: Sure
    kept: Sure


class MonthEarned(BaseModel):
    """The customers whose windows ended in a month of the period, and all of the period until its end."""

    month: str = Field(examples=["2026-02"])
    last: date
    customers: int
    cost: Amount
    saved: Amount | None
    net: Sure
    cumulative_cost: Amount
    cumulative_saved: Amount | None
    cumulative_net: Sure


class BudgetScope(BaseModel):
    """One limit. left is null where there is no limit; spent and reserved are the ledger's."""

    scope: Literal["month", "campaign", "tier"]
    name: str
    limit: Amount | None
    spent: Amount
    reserved: Amount
    left: Amount | None
    words: str


class ShadowPrice(BaseModel):
    """What one more unit of money would have brought in the newest run; null: no limit was binding."""

    value: float | None
    words: str


class BudgetLeft(BaseModel):
    """The money of the calendar month of the newest run, and of that run."""

    month: str
    scopes: list[BudgetScope]
    shadow_price: ShadowPrice


class RevenueFigures(BaseModel):
    """Revenue impact of a period beside the one before it. hidden: the arms are not as drawn, so nothing is
    compared; `hidden_why` says what is wrong."""

    run: str
    as_of: datetime
    currency: str
    window_days: float | None
    period: Period
    previous: Period
    definitions: Definitions
    hidden: bool
    hidden_why: list[str]
    all: Earned | None = Field(description="null: no decision is on record")
    before: Earned | None = Field(description="the same of the previous period")
    overall: Earned | None = Field(description="the same over everything on record")
    tiers: list[Earned]
    segments: list[Earned]
    months: list[MonthEarned]
    budget: BudgetLeft
