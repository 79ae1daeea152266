"""The world's weeks, counted back from the end of the history, which so is a boundary of weeks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from retinue.errors import UsageError
from retinue.simulation.parameters import WEEK, Parameters

__all__ = ["Calendar", "moment", "seconds"]


def seconds(when: datetime) -> int:
    """Whole seconds since 1970 (UTC; a naive time is taken as UTC).

    >>> seconds(datetime(2026, 1, 1))
    1767225600
    """
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return math.floor(aware.timestamp())


def moment(second: int) -> datetime:
    """The aware UTC time of a second."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(second))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Week 0 begins at `start` (seconds since 1970); the history has `weeks` weeks.

    >>> calendar = Calendar.of(datetime(2026, 1, 1, tzinfo=UTC), years=2.0)
    >>> calendar.weeks, moment(calendar.start).date().isoformat()
    (104, '2024-01-04')
    >>> calendar.week_of(calendar.begin(104))
    104
    """

    start: int
    weeks: int

    @classmethod
    def of(cls, end: datetime, years: float) -> Calendar:
        weeks = round(years * 365.25 / 7)
        if not 8 <= weeks <= 5_000:
            raise UsageError(
                f"A world of {years} years cannot be simulated.",
                where="years",
                fix="Give between 0.2 and 90 years.",
            )
        return cls(seconds(end) - weeks * WEEK, weeks)

    def begin(self, week: int) -> int:
        """The second at which a week begins."""
        return self.start + week * WEEK

    def week_of(self, second: int) -> int:
        """The week a second lies in (negative before the history)."""
        return (second - self.start) // WEEK

    def year_phase(self, week: int) -> float:
        """Position in the year, 0 to 1, of the middle of a week."""
        middle = moment(self.begin(week) + WEEK // 2)
        return (middle.timetuple().tm_yday - 1) / 365.25

    def drift_week(self, laws: Parameters) -> int:
        return round(self.weeks * laws.drift_at)

    def price_week(self, laws: Parameters) -> int:
        return round(self.weeks * laws.price_rise_at)
