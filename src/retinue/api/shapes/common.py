"""Names, problems and what every act may carry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
)

__all__ = [
    "PLAIN",
    "Amount",
    "CampaignId",
    "Closed",
    "CustomerId",
    "DecisionId",
    "JobId",
    "Moment",
    "Name",
    "Problem",
    "Why",
]


PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""Text that a name is looked for by: a database may refuse to even look for some characters."""


def _printable(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("must have no spaces around it and no control characters")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]


def _utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar") from None


def _written(given: Any) -> Any:
    """Not a number: it would be seconds or milliseconds since 1970, whichever fits."""
    if isinstance(given, int | float) or (isinstance(given, str) and not _DATE.match(given)):
        raise ValueError("must be a date and time, such as 2026-02-14T09:00:00Z")
    return given


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Moment = Annotated[AwareDatetime | NaiveDatetime, BeforeValidator(_written), AfterValidator(_utc)]
"""A time in UTC; without a zone it is taken as UTC."""

CustomerId = Annotated[
    str, Path(min_length=1, max_length=200, examples=["C12345"]), AfterValidator(_printable)
]
CampaignId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["CAMP_2026_02_14_001"])]
DecisionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["dec_0123456789abcdef01234567"])]
JobId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,40}$", examples=["prj_0123456789abcdef0123456789abcdef"])
]
Amount = Annotated[float, Field(description="in the project's currency")]


class Closed(BaseModel):
    """A body that has nothing but what is named here."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Why(Closed):
    """Why something is done, for whoever asks later."""

    reason: str = Field("", max_length=2_000)


class Problem(BaseModel):
    """An error (RFC 9457). `code` is explained in the reference of errors."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    where: str | None = None
    fix: str | None = None
    errors: list[dict[str, Any]] | None = None
