"""When a job is due: moments (UTC) that follow from a cron expression and a time zone.

The expression speaks of a clock on the wall. Where that clock is put forward, a time that it jumps over is
due at the first moment after the jump; where it is put back, a time that comes twice is due the first time
only. Several times that fall on one moment are one slot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from retinue.settings.cron import wall_times

__all__ = ["slots_between"]


def slots_between(cron: str, timezone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """The slots in (after, until], ascending; all aware UTC.

    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    >>> found = slots_between("30 2 * * *", "Europe/Berlin", start, end)
    >>> [slot.isoformat() for slot in found]  # on the 29th there is no 2:30
    ['2026-03-28T01:30:00+00:00', '2026-03-29T01:00:00+00:00']
    """
    zone = ZoneInfo(timezone)
    last = after
    for wall in wall_times(cron, after.astimezone(zone).replace(tzinfo=None)):
        moment = _moment(wall, zone)
        if moment > until:
            return
        if moment > last:
            last = moment
            yield moment


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When a clock on the wall shows a time: the first time it does, or the end of the jump over it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # Jumped over: read with the offset after the jump it lies before it, with the one before it after it.
    low, high = second, first
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)
