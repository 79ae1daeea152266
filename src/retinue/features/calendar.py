"""Elementary intervals: time cut once, so that every window of every date is a run of whole cells.

All dates here share one time of day. Time is cut at every date and at both ends of every window. A cut on
day D leaves a short *head* cell, the part of day D up to and including the cut, and opens a *body*: the rest
of day D and the following days up to the day before the next cut. Long bodies are cut again every 62 days,
so that the days of a body fit the bits of one 64-bit integer.

Cells are numbered in order of time; a window ``(as_of − w, as_of]`` is every cell after the head of its
lower cut up to and including the head of its upper one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Calendar", "Window", "epoch_microseconds"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the warehouse's times are UTC without a zone
_BITS = 62
"""Days in one body: 62 of the 64 bits, so that no sum of shifted bits overflows a signed integer."""


class Window(NamedTuple):
    """`days` long (None: all history), ending `shift` days before the date."""

    days: int | None
    shift: int = 0

    @property
    def column(self) -> str:
        """Name of its weight in the mapping."""
        return f"in_{'ever' if self.days is None else self.days}_{self.shift}"


def epoch_microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of a time without a zone, taken as UTC.

    >>> epoch_microseconds(datetime(1970, 1, 2))
    86400000000
    """
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _day_number(moment: datetime) -> int:
    return epoch_microseconds(moment) // 86_400_000_000


@dataclass(frozen=True)
class Calendar:
    """The cells between the first row and the last date, and which of them each window holds."""

    dates: tuple[datetime, ...]
    first_day: int
    cells: int
    head_of: dict[int, int]
    """Day of a cut → its head cell."""
    block: npt.NDArray[np.int32]
    """Cell → the cell of the head that opened it (itself for a head, −1 where no cut opened it)."""
    columns: dict[str, Any]
    """Day by day: what a row of that day needs to find its cell."""

    @classmethod
    def build(cls, dates: Sequence[datetime], windows: Iterable[Window], first_row: datetime) -> Calendar:
        """Cut time for ascending `dates` that share a time of day; `first_row` is the earliest row's time."""
        last_day = _day_number(dates[-1])
        numbers = [_day_number(d) for d in dates]
        offset = dates[0] - datetime.combine(dates[0].date(), datetime.min.time())
        first_day = min(_day_number(first_row), numbers[0])
        cuts = set(numbers)
        for window in windows:
            for number in numbers:
                cuts.add(number - window.shift)
                if window.days is not None:
                    cuts.add(number - window.shift - window.days)

        size = last_day - first_day + 1
        at_or_before = np.empty(size, dtype=np.int32)
        after = np.empty(size, dtype=np.int32)
        bit = np.empty(size, dtype=np.int64)
        block = [-1]
        head_of: dict[int, int] = {}
        body, body_start = 0, first_day
        for day in range(first_day, last_day + 1):
            at = day - first_day
            if day in cuts:
                head = len(block)
                block += [head, head]
                head_of[day] = head
                body, body_start = head + 1, day
                at_or_before[at] = head
            else:
                if day - body_start >= _BITS:
                    body, body_start = len(block), day
                    block.append(-1)
                at_or_before[at] = body
            after[at] = body
            bit[at] = 1 << (day - body_start)

        span = np.arange(first_day, last_day + 1)
        stamps = np.array([epoch_microseconds(d) for d in dates], dtype=np.int64)
        limit = span * 86_400_000_000 + offset // timedelta(microseconds=1)
        # The first date that can see a row of this half of the day; rows after the last date never get here.
        seen = np.minimum(np.searchsorted(stamps, limit), len(dates) - 1)
        seen_after = np.minimum(np.searchsorted(stamps, limit, side="right"), len(dates) - 1)
        columns = {
            "cal_date": span.astype("datetime64[D]"),
            "cal_limit": limit.astype("datetime64[us]"),
            "cal_day": span.astype(np.int64),
            "cal_age_day": (span - numbers[0]).astype(np.int64),
            "cal_bit": bit,
            "cal_at": at_or_before,
            "cal_after": after,
            "cal_seen_at": stamps[seen].astype("datetime64[us]"),
            "cal_seen_after": stamps[seen_after].astype("datetime64[us]"),
        }
        return cls(tuple(dates), first_day, len(block), head_of, np.array(block, dtype=np.int32), columns)

    def origin(self, index: int) -> int:
        """The day of age 0 of a date, counted from the first date's."""
        return _day_number(self.dates[index]) - _day_number(self.dates[0])

    def visible(self, index: int) -> int:
        """How many cells, from the first on, end at or before a date."""
        return self.head_of[_day_number(self.dates[index])] + 1

    def weight(self, index: int, window: Window) -> npt.NDArray[np.float64]:
        """1.0 for each visible cell that lies in a window of a date, else 0.0."""
        number = _day_number(self.dates[index])
        inside = np.zeros(self.visible(index))
        upper = number - window.shift
        if upper < self.first_day:
            return inside
        lower = None if window.days is None else upper - window.days
        start = 0 if lower is None or lower < self.first_day else self.head_of[lower] + 1
        inside[start : self.head_of[upper] + 1] = 1.0
        return inside

    def heads(self) -> list[int]:
        """The head cells."""
        return sorted(self.head_of.values())
