"""What customers do in the product: counts follow health and habit, kinds follow the personal profile.

Events of a customer in a week ~ Poisson(habit x exp(0.85 x) x season), scaled so that a customer makes about
`events_per_customer_year`; each falls on a moment of a working week (few at night and at weekends) and is
of a kind drawn from the customer's profile. Below a health of -1 the use is narrower: logins and little else.
Beside these, `downgrade_requested` and `cancel_page_viewed` come at rates 0.0035 exp(-x) and 0.006 exp(-1.2
x).

Nothing of this feeds back: usage only shows what health did. So events need not be kept: they are drawn
again, identically, whenever a week is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retinue.simulation.calendar import Calendar, moment
from retinue.simulation.customers import Population
from retinue.simulation.parameters import PROFILES, WEEK, Parameters
from retinue.simulation.streams import Draws, Floats, Ints, Small, Stream, mix, poisson

__all__ = ["KINDS", "METADATA", "Events", "events_of_week"]

KINDS = (
    "login",
    "report_viewed",
    "export",
    "api_call",
    "dashboard_shared",
    "integration_synced",
    "comment_added",
    "alert_created",
    "settings_changed",
    "downgrade_requested",
    "cancel_page_viewed",
)
_API_CALL, _DOWNGRADE, _CANCEL = 3, 9, 10
METADATA = ('{"device": "web"}', '{"device": "mobile"}', '{"device": "api"}', None)

_KINDS_BY_PROFILE = np.array(
    [
        [0.46, 0.36, 0.05, 0.00, 0.04, 0.00, 0.05, 0.02, 0.02],
        [0.32, 0.28, 0.20, 0.03, 0.07, 0.02, 0.03, 0.04, 0.01],
        [0.16, 0.08, 0.08, 0.38, 0.02, 0.22, 0.01, 0.03, 0.02],
        [0.34, 0.20, 0.06, 0.00, 0.18, 0.02, 0.15, 0.03, 0.02],
    ]
)
_NARROW = np.array([0.74, 0.20, 0.015, 0.01, 0.005, 0.01, 0.005, 0.0, 0.015])
_HOURS = np.array(
    [1, 1, 0.5, 0.5, 0.5, 1, 2, 5, 10, 13, 13, 11, 8, 10, 12, 11, 9, 7, 5, 4, 3.5, 3, 2, 1.5],
    dtype=np.float64,
)
_DAYS = np.array([1.0, 1.1, 1.1, 1.05, 0.9, 0.22, 0.18])
_BINS = 4096
_SLOPE = 0.85
_MEAN_OF_EXP = 1.56
"""Mean of habit x exp(0.85 x) x season over customers and weeks: it scales to the rate asked for."""


@dataclass(slots=True)
class Events:
    """The events of one week in order of time; `number` is unique in the world."""

    number: Ints
    who: npt.NDArray[np.int32]
    kind: Small
    at: Ints
    recorded_at: Ints
    metadata: Small


def events_of_week(
    people: Population,
    present: Ints,
    health: npt.NDArray[np.float32],
    ended_at: Ints,
    week: int,
    calendar: Calendar,
    laws: Parameters,
) -> Events:
    """The events of the `present` customers in a week, from joining to leaving, sorted by time."""
    draws = Draws(people.key[present])
    x = health.astype(np.float64)
    base = laws.events_per_customer_year / 52.1775 / _MEAN_OF_EXP
    rate = base * people.habit[present] * np.exp(np.clip(_SLOPE * x, -4.5, 1.2)) * season(calendar, week)
    count = poisson(draws.uniform(Stream.USE_COUNT, week), rate)
    who = np.repeat(np.arange(len(present), dtype=np.int32), count)
    starts = np.concatenate([[0], np.cumsum(count)[:-1]])
    ordinal = np.arange(len(who), dtype=np.int64) - np.repeat(starts, count)
    bits = draws.bits(Stream.USE, week)[who]
    bits = mix(bits ^ (ordinal.astype(np.uint64) << np.uint64(40)))
    profile = np.where(x < -1.0, len(PROFILES), people.profile[present])[who]
    kind = _KIND_TABLE[profile, (bits & np.uint64(_BINS - 1)).astype(np.int64)]
    slot = _SLOT_TABLE[((bits >> np.uint64(12)) & np.uint64(_BINS - 1)).astype(np.int64)]
    second = ((bits >> np.uint64(24)) & np.uint64(0xFFFFF)).astype(np.int64) * 3_600 >> 20
    at = _from_monday(calendar, week, slot * 3_600 + second)

    warnings = [
        _warnings(draws, x, week, calendar, Stream.DOWNGRADE_REQUEST, 0.0035, 1.0, _DOWNGRADE),
        _warnings(draws, x, week, calendar, Stream.CANCEL_PAGE, 0.006, 1.2, _CANCEL),
    ]
    who = np.concatenate([who, *(w[0] for w in warnings)])
    at = np.concatenate([at, *(w[1] for w in warnings)])
    kind = np.concatenate([kind, *(np.full(len(w[0]), w[2], dtype=np.int8) for w in warnings)])
    ordinal = np.concatenate([ordinal, *(np.full(len(w[0]), 9_900 + w[2]) for w in warnings)])
    bits = np.concatenate(
        [bits, *(mix(draws.bits(Stream.USE, week)[w[0]] + np.uint64(w[2])) for w in warnings)]
    )

    there = np.flatnonzero((at >= people.signup[present][who]) & (at < ended_at[who]))
    kept = there[np.argsort(at[there], kind="stable")]
    who, at, kind, ordinal, bits = who[kept], at[kept], kind[kept], ordinal[kept], bits[kept]
    lag = ((bits >> np.uint64(44)) & np.uint64(0x7F)).astype(np.int64)
    luck = (bits >> np.uint64(51)).astype(np.int64)
    late = luck < laws.late * 8_192
    lag[late] = 86_400 + (mix(bits[late]) >> np.uint64(20)).astype(np.int64) % (9 * 86_400)
    device = (((bits >> np.uint64(20)) & np.uint64(7)).astype(np.int64) // 3).astype(np.int8)
    return Events(
        number=people.number[present][who] * 100_000_000 + week * 10_000 + ordinal,
        who=present[who].astype(np.int32),
        kind=kind,
        at=at,
        recorded_at=at + lag,
        metadata=np.where(kind == _API_CALL, np.int8(2), device),
    )


def season(calendar: Calendar, week: int) -> float:
    """Usage over the year: lower in summer, lowest between Christmas and New Year, highest in autumn."""
    phase = calendar.year_phase(week)
    middle = moment(calendar.begin(week) + WEEK // 2)
    holidays = (
        0.55
        if (middle.month, middle.day) >= (12, 22)
        else 0.75
        if (middle.month, middle.day) <= (1, 4)
        else 1.0
    )
    return float(
        (1 + 0.10 * np.cos(2 * np.pi * (phase - 0.82))) * (0.88 if middle.month == 8 else 1.0) * holidays
    )


def _from_monday(calendar: Calendar, week: int, seconds: Ints) -> Ints:
    """Seconds after Monday 00:00, wrapped into the world's week, which may begin on any weekday."""
    begin = calendar.begin(week)
    monday = begin - (begin + 3 * 86_400) % WEEK
    at = monday + seconds
    return np.where(at < begin, at + WEEK, at)


def _warnings(
    draws: Draws,
    x: Floats,
    week: int,
    calendar: Calendar,
    stream: Stream,
    base: float,
    slope: float,
    kind: int,
) -> tuple[npt.NDArray[np.int32], Ints, int]:
    luck = draws.uniform(stream, week)
    rate = 1 - np.exp(-base * np.exp(np.clip(-slope * x, -2.0, 4.0)))
    who = np.flatnonzero(luck < rate).astype(np.int32)
    at = calendar.begin(week) + (luck[who] / rate[who] * WEEK).astype(np.int64)
    return who, at, kind


def _table(shares: Floats) -> Small:
    edges = np.cumsum(shares) / shares.sum()
    return np.searchsorted(edges, (np.arange(_BINS) + 0.5) / _BINS, side="right").astype(np.int8)


_KIND_TABLE = np.stack([_table(row) for row in (*_KINDS_BY_PROFILE, _NARROW)])
_WEEK_HOURS = np.outer(_DAYS, _HOURS).ravel()
_SLOT_TABLE = np.searchsorted(
    np.cumsum(_WEEK_HOURS) / _WEEK_HOURS.sum(), (np.arange(_BINS) + 0.5) / _BINS, side="right"
).astype(np.int64)
