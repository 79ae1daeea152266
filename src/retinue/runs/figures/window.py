"""The period that figures are of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retinue.runs.figures.file import day_of

__all__ = ["NOBODY", "Window"]

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days in UTC, both included.

    >>> Window(date(2026, 2, 1), date(2026, 2, 28)).before
    Window(first=datetime.date(2026, 1, 4), last=datetime.date(2026, 1, 31))
    """

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Window:
        """The days before it, as many."""
        return Window(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def start(self) -> int:
        """Its first second since 1970."""
        return day_of(self.first) * _DAY

    @property
    def stop(self) -> int:
        """The second after its last."""
        return day_of(self.last) * _DAY + _DAY

    @property
    def seconds(self) -> dict[str, int]:
        """`start` and `stop`, as a query takes them."""
        return {"start": self.start, "stop": self.stop}

    @property
    def day_numbers(self) -> dict[str, int]:
        """`first` and `last` in days since 1970, as a query takes them."""
        return {"first": day_of(self.first), "last": day_of(self.last)}


NOBODY = Window(date(1970, 1, 1), date(1969, 12, 31))
"""A period in which nobody was active."""
