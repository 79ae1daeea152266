"""Cron expressions: five fields, read as cron reads them.

`minute hour day-of-month month day-of-week`, with `*`, lists, ranges and steps; Sunday is 0 or 7; where both
the day of the month and the day of the week are restricted, either suffices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

__all__ = ["check_cron", "wall_times"]

_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAYS = {**{name: number for number, name in enumerate(_NAMES)}, **{str(n): n for n in range(8)}}
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NUMBERS = r"(\*|\d+(-\d+)?)(/\d+)?"
_FIELDS = (
    ("minute", re.compile(_NUMBERS)),
    ("hour", re.compile(_NUMBERS)),
    ("day of the month", re.compile(_NUMBERS)),
    ("month", re.compile(rf"{_NUMBERS}|({_MONTHS})(-({_MONTHS}))?")),
    ("day of the week", re.compile(r"(\*|\w+(-\w+)?)(/\d+)?")),
)
_SOME_TIME = datetime(2024, 1, 1)  # noqa: DTZ001 - wall time has no zone
_LONGEST_WAIT = timedelta(days=9 * 366)
"""No schedule waits longer: the 29th of February may be eight years away."""


def check_cron(text: str) -> str:
    """The expression in plain form. Raises ValueError, which says what is wrong.

    >>> check_cron(" 0  5 * * MON ")
    '0 5 * * mon'
    >>> check_cron("0 5 31 2 *")
    Traceback (most recent call last):
    ValueError: '0 5 31 2 *' never comes
    """
    plain = " ".join(text.lower().split())
    if next(wall_times(plain, _SOME_TIME), _SOME_TIME + 2 * _LONGEST_WAIT) > _SOME_TIME + _LONGEST_WAIT:
        raise ValueError(f"'{plain}' never comes")
    return plain


def wall_times(text: str, after: datetime) -> Iterator[datetime]:
    """The times of an expression after another, as a clock on the wall shows them (naive), ascending.

    A clock on the wall knows no daylight saving: every day has 24 hours. Raises ValueError for what is no
    expression.

    >>> times = wall_times("30 2 29 2 *", datetime(2026, 1, 1))
    >>> next(times).isoformat(), next(times).isoformat()
    ('2028-02-29T02:30:00', '2032-02-29T02:30:00')
    """
    triggers = _triggers(text)
    now = after
    while True:
        moment = (now + timedelta(microseconds=1)).replace(tzinfo=UTC)
        found = [t.get_next_fire_time(None, moment) for t in triggers]
        coming = [time for time in found if time is not None]
        if not coming:
            return
        now = min(coming).replace(tzinfo=None)
        yield now


@lru_cache(maxsize=64)
def _triggers(text: str) -> tuple[Any, ...]:
    """One trigger, or two where either day suffices. The zone is UTC: wall time without any changes."""
    from apscheduler.triggers.cron import CronTrigger

    parts = text.lower().split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"a cron expression has five fields, '{text}' has {len(parts)}")
    for part, (name, form) in zip(parts, _FIELDS, strict=True):
        if not all(form.fullmatch(term) for term in part.split(",")):
            raise ValueError(f"'{part}' is no {name}")
    minute, hour, day, month, weekday = parts
    shared = {"minute": minute, "hour": hour, "month": month, "second": "0", "timezone": UTC}
    weekdays = _weekdays(weekday)
    # Like cron, a field that begins with * restricts nothing by itself.
    either = not day.startswith("*") and not weekday.startswith("*")
    days = ({"day": day}, {"day_of_week": weekdays}) if either else ({"day": day, "day_of_week": weekdays},)
    try:
        # A bound on the years keeps an impossible date from being looked for until the year 9999.
        return tuple(CronTrigger(**shared, **one, year="1970-2199") for one in days)
    except ValueError as error:
        raise ValueError(f"'{text}' is no cron expression: {error}") from error


def _weekdays(field: str) -> str:
    """A day-of-week field as names: the trigger's own numbers begin on Monday."""
    chosen = set[int]()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            low, high = 0, 6
        elif first not in _DAYS or (last and last not in _DAYS):
            raise ValueError(f"'{term}' is no day of the week: write 0 to 7 or sun to sat")
        else:
            low = _DAYS[first]
            high = _DAYS[last] if last else (6 if step else low)
        if step == "0":
            raise ValueError(f"'{term}' has a step of 0")
        if high < low:
            high += 7
        chosen |= {number % 7 for number in range(low, high + 1, int(step or 1))}
    return ",".join(_NAMES[number] for number in sorted(chosen))
