"""Runs of jobs: who does the slot of which job, until when that is theirs, and what came of it.

A **slot** is a moment at which a job is due (UTC). Each is done at most once, however many schedulers there
are: whoever does it first takes it here, under the store's write lock, for the length of a **lease**, and
renews that while working. A worker that died renews nothing, and its slot is taken over after the lease. The
**fence** is a number that rises with every such taking: whoever comes back late holds an old one, and can no
longer say anything about the slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from retinue.store.accounts import naive
from retinue.store.base import Store
from retinue.store.job_runs import AskedBy, Slot, read

__all__ = ["DIED", "SUPERSEDED", "Claim", "claim", "release", "renew", "settle"]

SUPERSEDED = "A later slot came due before this one was done."
DIED = "Its worker ended without a word each time it was tried."


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a slot, until the lease is over: what it is called and the fence that proves it."""

    job: str
    slot: datetime
    fence: int
    tries: int


def claim(
    store: Store,
    job: str,
    slot: datetime,
    *,
    who: str,
    lease_seconds: float,
    most_tries: int,
    clock: datetime,
    asked_by: AskedBy = "schedule",
    missed: Sequence[datetime] = (),
) -> Claim | None:
    """Take a slot, or None when it is not to be had: somebody does the job, or the slot is settled.

    missed: earlier slots that this one stands for; they are recorded as skipped. Earlier slots that were
    begun and never finished are given up. By hand, a slot that failed or was skipped can be had again.

    Times are UTC, aware or naive.
    """
    now, moment = naive(clock), naive(slot)
    with store.transaction() as session:
        open_rows = session.scalars(
            select(Slot).where(Slot.job == job, Slot.state.in_(("running", "waiting")))
        ).all()
        if any(row.state == "running" and not read(row).free(now) for row in open_rows):
            return None
        row = session.scalar(select(Slot).where(Slot.job == job, Slot.slot == moment))
        if row is None:
            row = Slot(job=job, slot=moment, asked_by=asked_by, state="waiting", fence=0, tries=0)
            session.add(row)
        elif row.state in ("failed", "skipped") and asked_by == "hand":
            row.tries = 0
        elif not read(row).free(now):
            return None
        elif row.tries >= most_tries:
            row.state, row.finished_at, row.error = "failed", now, row.error or DIED
            return None
        for other in open_rows:
            if other is not row and other.slot < moment:
                other.state, other.finished_at = "failed", now
                other.error = f"{SUPERSEDED} {other.error or ''}".strip()
                other.fence += 1
        row.state, row.claimed_by, row.fence, row.tries = "running", who[:200], row.fence + 1, row.tries + 1
        row.lease_until, row.started_at = now + timedelta(seconds=lease_seconds), now
        row.not_before = row.finished_at = row.result = row.alert = None
        known = set(session.scalars(select(Slot.slot).where(Slot.job == job, Slot.slot < moment)))
        session.add_all(
            Slot(
                job=job,
                slot=naive(one),
                asked_by="schedule",
                state="skipped",
                fence=0,
                tries=0,
                finished_at=now,
            )
            for one in missed
            if naive(one) not in known
        )
        return Claim(job, moment, row.fence, row.tries)


def renew(store: Store, held: Claim, *, lease_seconds: float, clock: datetime) -> bool:
    """Hold a slot for another lease; False when it is no longer held."""
    with store.transaction() as session:
        row = _held(session, held)
        if row is not None:
            row.lease_until = naive(clock) + timedelta(seconds=lease_seconds)
        return row is not None


def settle(
    store: Store,
    held: Claim,
    state: Literal["done", "failed", "waiting"],
    *,
    clock: datetime,
    result: dict[str, Any] | None = None,
    alert: str | None = None,
    error: str | None = None,
    not_before: datetime | None = None,
    counts: bool = True,
) -> bool:
    """Say what came of a slot; False when another worker holds it by now, and nothing is said then.

    not_before: of a waiting one, when it may be tried again. counts: whether this was a try.
    """
    with store.transaction() as session:
        row = _held(session, held)
        if row is None:
            return False
        row.state, row.result, row.alert, row.error = state, result, alert, error
        row.lease_until = None
        row.not_before = None if not_before is None else naive(not_before)
        row.finished_at = None if state == "waiting" else naive(clock)
        if not counts:
            row.tries -= 1
        return True


def release(store: Store, held: Claim, *, clock: datetime) -> bool:
    """Give a slot back undone, so that anybody may do it at once; False when it is no longer held."""
    return settle(store, held, "waiting", clock=clock, not_before=clock, counts=False)


def _held(session: Session, held: Claim) -> Slot | None:
    return session.scalar(
        select(Slot).where(
            Slot.job == held.job,
            Slot.slot == held.slot,
            Slot.fence == held.fence,
            Slot.state == "running",
        )
    )
