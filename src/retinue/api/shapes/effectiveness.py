"""What each incentive did: retention, experiment, responses, cost, trials."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from retinue.api.shapes.common import Amount
from retinue.api.shapes.known import Between, Definitions, Period, Share, Sure

__all__ = [
    "ArmFigures",
    "CampaignFigures",
    "Comparison",
    "DecisionRow",
    "DecisionRows",
    "Experiment",
    "ExploredPoint",
    "IncentiveFigures",
    "OfferFigures",
    "OutcomeName",
    "RatioCheck",
    "ResponseRow",
    "Weighted",
]


OutcomeName = Literal["made", "judged", "retained", "left", "not_known_yet"]


class Weighted(BaseModel):
    """An incentive over everything on record, weighted to all who had a chance of it.

    effect: difference in the share retained to no incentive. extra_cost: spend per customer kept who would
    have left; told only where the effect is surely positive.
    """

    judged: int
    customers: int
    retained: Between
    effect: Sure
    probability_best: float | None
    starving: bool
    extra_cost: Between
    statement: str


class OfferFigures(BaseModel):
    """Offers made in the period, those judged by now, and what they cost.

    cost_per_retained: spend on the judged ÷ retained among them, whether because of it or not; null of fewer
    than five judged.
    """

    made: int
    judged: int
    retained: Share
    spend: Amount
    cost_per_retained: Amount | None


class IncentiveFigures(OfferFigures):
    """The same of one incentive; of `none` decisions to make no offer."""

    incentive: str
    explored: Share
    overall: Weighted | None


class ArmFigures(BaseModel):
    """One arm: who entered, whose window has ended, whose result is known, and what became of these."""

    arm: str
    customers: int
    matured: int
    judged: int
    retained: Share


class RatioCheck(BaseModel):
    """Whether the arms have the numbers they were drawn in: p < 0.001 is broken and hides every comparison,
    p < 0.01 a warning."""

    state: Literal["ok", "warning", "broken", "nobody"]
    p_value: float | None
    e_value: float | None
    found: dict[str, int]
    expected: dict[str, float]
    statement: str


class Comparison(BaseModel):
    """Treatment against another arm. claim: better, worse, none, too_little or hidden."""

    versus: str
    outcome: str
    claim: str
    each: Sure
    statement: str


class Experiment(BaseModel):
    """Treatment against the customers left alone, over everything on record.

    winner: the arm that surely keeps more; null while that is not settled, or while results are hidden.
    """

    hidden: bool
    winner: str | None
    winner_words: str
    arms: list[ArmFigures]
    entered: RatioCheck
    judged: RatioCheck
    comparisons: list[Comparison]


class ResponseRow(BaseModel):
    """Messages of an incentive through a channel that were sent in the period, and what came back of them.

    Each share is of the messages sent; a kind that a channel never tells is null.
    """

    incentive: str
    channel: str
    messages: int
    sent: int
    delivered: Share
    opened: Share
    clicked: Share
    redeemed: Share
    bounced: Share
    complained: Share
    unsubscribed: Share


class ExploredPoint(BaseModel):
    """One run: offers, and how many of its decisions were a trial to learn from."""

    run: str
    as_of: datetime
    offers: int
    explored: int
    share: float | None


class CampaignFigures(BaseModel):
    """Campaign effectiveness of a period beside the one before it."""

    run: str
    as_of: datetime
    currency: str
    window_days: float | None
    period: Period
    previous: Period
    definitions: Definitions
    offers: OfferFigures | None = Field(description="of all incentives; null: no run is as of the period")
    previous_offers: OfferFigures | None
    incentives: list[IncentiveFigures]
    previous_incentives: list[IncentiveFigures]
    experiment: Experiment | None = Field(description="null: no decision is on record")
    redeemed: Share = Field(description="of all messages sent in the period through channels that tell of it")
    responses: list[ResponseRow]
    previous_responses: list[ResponseRow]
    explored: list[ExploredPoint] = Field(description="oldest first")


class DecisionRow(BaseModel):
    """A decision behind a number of campaign effectiveness. Nothing of the customer's profile, so that
    it stands there also of those who objected to having one."""

    decision_id: str
    customer_id: str | None = Field(description="null: the customer was erased")
    decided_at: datetime
    incentive: str = Field(description="`none`: no offer was made")
    cost: Amount
    judged_at: datetime | None
    retained: bool | None = Field(description="null: not known yet")


class DecisionRows(BaseModel):
    """A page of the decisions behind a number, by customer. total: how many in all, of those the asker may
    see; own_only: of their own cases alone, so fewer than the number."""

    run: str
    currency: str
    period: Period
    outcome: OutcomeName
    total: int
    own_only: bool
    decisions: list[DecisionRow]
    next: str | None
