"""Usage as rows, week by week, so that twenty million events are never in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from retinue.simulation.columns import Batch, choice, customer_ids, marks, numbered, times
from retinue.simulation.usage import KINDS, METADATA, Events, events_of_week

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.simulation.world import World

__all__ = ["events"]

_BATCH = 1_000_000


def events(world: World, after: int | None, last: int) -> Iterator[Batch]:
    """The events week by week, a few weeks to a batch."""
    import pyarrow as pa

    calendar = world.calendar
    start = 0 if after is None else max(0, calendar.week_of(after) - 2)
    stop = min(world.weeks_played, calendar.week_of(last) + 1)
    ids = customer_ids(world)
    pending: list[Events] = []
    size = 0
    for week in range(start, stop):
        played = world.snapshots[week + 1] if week + 1 < world.weeks_played else world.state
        known = len(played.health)
        begin, end = calendar.begin(week), calendar.begin(week + 1)
        present = np.flatnonzero((world.people.signup[:known] < end) & (world.state.ended_at[:known] > begin))
        happened = events_of_week(
            world.people,
            present,
            played.health[present],
            world.state.ended_at[present],
            week,
            calendar,
            world.laws,
        )
        wanted = happened.recorded_at <= last
        if after is not None:
            wanted &= happened.recorded_at > after
        happened = Events(**{name: getattr(happened, name)[wanted] for name in Events.__slots__})
        pending.append(happened)
        size += len(happened.at)
        if size >= _BATCH or week == stop - 1:
            yield _event_rows(ids, pending)
            pending, size = [], 0
    if start >= stop:
        yield Batch(
            pa.table({n: pa.array([], t) for n, t in _event_types().items()}), np.zeros(0, dtype=np.uint64)
        )


def _event_rows(ids: pa.Array, pending: list[Events]) -> Batch:
    import pyarrow as pa

    e = Events(**{name: np.concatenate([getattr(p, name) for p in pending]) for name in Events.__slots__})
    table = pa.table(
        {
            "event_id": numbered("E", e.number, 16),
            "customer_id": ids.take(pa.array(e.who)),
            "event_type": choice(KINDS, e.kind),
            "timestamp": times(e.at),
            "metadata": choice(METADATA, e.metadata),
            "recorded_at": times(e.recorded_at),
        }
    )
    return Batch(table, marks(e.number))


def _event_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    text, time = pa.string(), pa.timestamp("s")
    return {
        "event_id": text,
        "customer_id": text,
        "event_type": text,
        "timestamp": time,
        "metadata": text,
        "recorded_at": time,
    }
