"""The period that figures are asked for: whole days in UTC, both included."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

from retinue.api.shapes.known import Period
from retinue.errors import RequestError
from retinue.runs.figures import Journey, Window

__all__ = ["Asked", "period_of"]

USUAL = 365
MOST = 3_660
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")


def _written(given: Any) -> Any:
    """Not a number: it would be seconds or days since 1970, whichever fits."""
    if isinstance(given, str) and not _WRITTEN.fullmatch(given):
        raise ValueError("must be a date, such as 2026-02-14")
    return given


Day = Annotated[date, BeforeValidator(_written)]


class Asked:
    """`from` and `to` of a query."""

    def __init__(
        self,
        first: Annotated[
            Day | None, Query(alias="from", description="first day, UTC; default: 365 days in all")
        ] = None,
        last: Annotated[
            Day | None,
            Query(alias="to", description="last day, UTC, included; default: that of the newest run"),
        ] = None,
    ) -> None:
        self.first, self.last = first, last

    def window(self, as_of: datetime) -> Window:
        """The period, by default the year until the run. Raises RequestError: 422 where it is none."""
        last = self.last or max(as_of.date(), self.first or date.min)
        first = self.first or last - timedelta(days=min(USUAL - 1, (last - date.min).days))
        if not 1970 <= first.year <= last.year <= 2999 or first > last or (last - first).days >= MOST:
            raise RequestError(
                f"A period is from a day to the same or a later one, of at most {MOST:,} days since 1970.",
                status=422,
                where="from",
                fix="Send from=2026-01-01&to=2026-03-31, say.",
            )
        return Window(first, last)


def period_of(journey: Journey, window: Window) -> Period:
    """The period as it is answered."""
    return Period(first=window.first, last=window.last, days=window.days, runs=len(journey.runs(window)))
