"""What limits the offers beside the number that pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from retinue.settings.base import Section

__all__ = ["BudgetSettings"]


class BudgetSettings(Section):
    """What limits the offers of a run and of a month; without any of it only `--budget` does."""

    per_campaign: Decimal | None = Field(
        None, ge=0, description="most that the offers of a campaign may cost; `--budget` can only lower it"
    )
    per_tier: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(
        default_factory=dict, description="the same for the customers of a value tier: name → amount"
    )
    per_month: Decimal | None = Field(
        None,
        ge=0,
        description="most that the offers of all campaigns of a calendar month (their as-of, UTC) may cost",
    )
    reviews_per_day: int | None = Field(
        None, ge=0, description="most offers that a person is asked to approve on a day"
    )
    treated_share: float | None = Field(
        None, ge=0, le=1, description="largest share of the active customers who get an offer in a run"
    )
    hold_days: float = Field(
        30.0,
        gt=0,
        description="money reserved for an offer that nobody approved is freed after this time",
    )
