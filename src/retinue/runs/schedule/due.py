"""Which slot of a job is due now, and which were missed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from retinue.runs.schedule.slots import slots_between
from retinue.store import Store
from retinue.store.accounts import naive
from retinue.store.job_runs import Standing, known_since

__all__ = ["MOST_MISSED", "Due", "due_slot", "next_slot"]

MOST_MISSED = 1_000
"""So many missed slots are recorded, the newest ones: a job of every minute misses half a million a year."""

_FAR = datetime(2199, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Due:
    """A slot to be done (aware UTC), and the earlier ones it stands for."""

    slot: datetime
    missed: tuple[datetime, ...] = ()


def due_slot(
    store: Store, job: str, plan: tuple[str, str], now: datetime, stands: Standing | None
) -> Due | None:
    """The slot to do now: the newest that came, or one begun before and free again; None for neither.

    plan: cron expression and time zone. now: aware UTC. stands: where the job stands by the store; None for
    one that was never planned. The first time a job is asked about nothing is due: nobody can have missed
    what was not planned.
    """
    if stands is None or (stands.cron, stands.timezone) != plan:
        since = known_since(store, job, *plan, clock=now)
    else:
        since = stands.since
    last = None if stands is None else stands.newest
    start = since if last is None else max(since, last)
    fresh = deque(slots_between(*plan, start.replace(tzinfo=UTC), now), maxlen=MOST_MISSED + 1)
    if fresh:
        newest = fresh.pop()
        return Due(newest, tuple(fresh))
    begun = None if stands is None else stands.unfinished
    if begun is not None and begun.free(naive(now)):
        return Due(begun.slot.replace(tzinfo=UTC))
    return None


def next_slot(plan: tuple[str, str], now: datetime) -> datetime | None:
    """The first slot after now (aware UTC)."""
    return next(slots_between(*plan, now, _FAR), None)
