"""A figure with how sure it is, or why there is none; and the period that figures are of."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

__all__ = ["Between", "Definitions", "Period", "Share", "Sure"]

Definitions = Annotated[dict[str, str], Field(description="figure to what it is, in words")]


class Period(BaseModel):
    """Days in UTC, both included. runs: how many finished runs are as of a time within."""

    first: date
    last: date
    days: int
    runs: int


class Share(BaseModel):
    """`count` of `of`, with Wilson's 95 % interval. Where it is null, `reason` says why."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None
    reason: str | None


class Between(BaseModel):
    """A figure with its 95 % interval. Where it is null, `reason` says why."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None


class Sure(Between):
    """The same with the interval that holds however often one looks (`always_low` to `always_high`).

    customers: of how many it was taken.
    """

    always_low: float | None
    always_high: float | None
    customers: int
