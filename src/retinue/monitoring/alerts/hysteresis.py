"""When an alert fires and clears: two limits and a time for which a figure must hold.

A figure between the two limits changes nothing, and one that nobody knows neither. So noise around a limit
tells nobody anything: to fire again, an alert must first have cleared for the whole time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from retinue.settings import AlertLimits
from retinue.store.accounts import naive
from retinue.store.alerts import AlertState, Stands

__all__ = ["step"]

_PATHS: dict[bool, tuple[AlertState, AlertState, AlertState]] = {
    True: ("firing", "falling", "quiet"),
    False: ("quiet", "rising", "firing"),
}
"""Whether it fires → where it rests, where it waits for the time to pass, where it goes then."""


def step(
    stands: Stands, value: float | None, limits: AlertLimits, now: datetime
) -> tuple[Stands, Literal["fired", "cleared"] | None]:
    """Where an alert stands now (UTC), and what that means for whoever is told.

    >>> from datetime import timedelta
    >>> noon, limits = datetime(2026, 2, 14, 12), AlertLimits(fire=1.0, clear=0.5, minutes=10)
    >>> stands, told = step(Stands("latency", "quiet", noon), 1.2, limits, noon)
    >>> stands.state, told
    ('rising', None)
    >>> stands, told = step(stands, 1.1, limits, noon + timedelta(minutes=10))
    >>> stands.state, told
    ('firing', 'fired')
    """
    moment = naive(now)
    if value is None:
        # What was bad may be good by now, or the other way round: the time begins anew.
        return replace(stands, state="firing" if stands.firing else "quiet"), None
    stands = replace(stands, value=value)
    resting, moving, ended = _PATHS[stands.firing]
    if not (limits.good(value) if stands.firing else limits.bad(value)):
        return (stands if stands.state == resting else replace(stands, state=resting, since=moment)), None
    if stands.state == resting:
        stands = replace(stands, state=moving, since=moment)
    if moment - stands.since < timedelta(minutes=limits.minutes):
        return stands, None
    told: Literal["fired", "cleared"] = "cleared" if stands.firing else "fired"
    return replace(stands, state=ended, since=moment), told
