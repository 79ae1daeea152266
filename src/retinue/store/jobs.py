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
from typing import Any, Literal, cast

from sqlalchemy import JSON, DateTime, Integer, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.base import Base, Store

__all__ = [
    "Claim",
    "JobRun",
    "Standing",
    "State",
    "claim",
    "job_runs",
    "known_since",
    "release",
    "renew",
    "settle",
    "standing",
]

State = Literal["running", "waiting", "done", "failed", "skipped"]
"""waiting: to be tried again. skipped: missed, and a later slot was done in its place."""

AskedBy = Literal["schedule", "hand"]

SUPERSEDED = "A later slot came due before this one was done."
DIED = "Its worker ended without a word each time it was tried."


class _Plan(Base):
    __tablename__ = "job_plans"

    job: Mapped[str] = mapped_column(String(50), primary_key=True)
    cron: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(100))
    since: Mapped[datetime] = mapped_column(DateTime)


class _JobRun(Base):
    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    job: Mapped[str] = mapped_column(String(50))
    slot: Mapped[datetime] = mapped_column(DateTime)
    asked_by: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), index=True)
    claimed_by: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    not_before: Mapped[datetime | None] = mapped_column(DateTime)
    started_at: Mapped[datetime | None] = mapped_column(DateTime)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    alert: Mapped[str | None] = mapped_column(String)
    error: Mapped[str | None] = mapped_column(String)


@dataclass(frozen=True, slots=True)
class JobRun:
    """A slot of a job; times naive UTC.

    tries: how often it was begun. not_before: when a waiting one may be tried again. alert: what a person
    should look at although the job went through.
    """

    job: str
    slot: datetime
    asked_by: AskedBy
    state: State
    claimed_by: str | None
    lease_until: datetime | None
    fence: int
    tries: int
    not_before: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    result: dict[str, Any] | None
    alert: str | None
    error: str | None

    def free(self, now: datetime) -> bool:
        """Whether it may be begun now (naive UTC): it waits and its time has come, or its lease is over."""
        if self.state == "waiting":
            return self.not_before is None or self.not_before <= now
        return self.state == "running" and (self.lease_until is None or self.lease_until <= now)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, times in ISO 8601."""
        return {name: _plain(getattr(self, name)) for name in JobRun.__slots__}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands: its plan and since when it has it, the newest slot of the schedule on record in any
    state, and the newest one that was begun and is neither done nor given up. Times naive UTC."""

    cron: str
    timezone: str
    since: datetime
    newest: datetime | None
    unfinished: JobRun | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do a slot, until the lease is over: what it is called and the fence that proves it."""

    job: str
    slot: datetime
    fence: int
    tries: int


def known_since(store: Store, job: str, cron: str, timezone: str, *, clock: datetime) -> datetime:
    """Since when a job has this plan (naive UTC): nothing was missed before.

    The first time, and whenever expression or zone changed, that is the clock.
    """
    with Session(store.engine) as session:
        found = session.get(_Plan, job)
        if found is not None and (found.cron, found.timezone) == (cron, timezone):
            return found.since
    with store.transaction() as session:
        found = session.get(_Plan, job)
        if found is None:
            found = _Plan(job=job, cron=cron, timezone=timezone, since=naive(clock))
            session.add(found)
        elif (found.cron, found.timezone) != (cron, timezone):
            found.cron, found.timezone, found.since = cron, timezone, naive(clock)
        return found.since


def standing(store: Store) -> dict[str, Standing]:
    """Where each job that was ever planned stands."""
    scheduled = _JobRun.asked_by == "schedule"
    last = select(_JobRun.job, func.max(_JobRun.slot)).where(scheduled).group_by(_JobRun.job)
    begun = select(_JobRun).where(scheduled, _JobRun.state.in_(("running", "waiting")))
    with Session(store.engine) as session:
        newest: dict[str, datetime] = dict(row._tuple() for row in session.execute(last))
        unfinished = {row.job: _read(row) for row in session.scalars(begun.order_by(_JobRun.slot))}
        return {
            plan.job: Standing(
                plan.cron, plan.timezone, plan.since, newest.get(plan.job), unfinished.get(plan.job)
            )
            for plan in session.scalars(select(_Plan))
        }


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
            select(_JobRun).where(_JobRun.job == job, _JobRun.state.in_(("running", "waiting")))
        ).all()
        if any(row.state == "running" and not _read(row).free(now) for row in open_rows):
            return None
        row = session.scalar(select(_JobRun).where(_JobRun.job == job, _JobRun.slot == moment))
        if row is None:
            row = _JobRun(job=job, slot=moment, asked_by=asked_by, state="waiting", fence=0, tries=0)
            session.add(row)
        elif row.state in ("failed", "skipped") and asked_by == "hand":
            row.tries = 0
        elif not _read(row).free(now):
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
        known = set(session.scalars(select(_JobRun.slot).where(_JobRun.job == job, _JobRun.slot < moment)))
        session.add_all(
            _JobRun(
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


def job_runs(store: Store, job: str | None = None, *, limit: int = 50) -> list[JobRun]:
    """Slots on record, newest first."""
    query = select(_JobRun).order_by(_JobRun.slot.desc(), _JobRun.job).limit(limit)
    if job is not None:
        query = query.where(_JobRun.job == job)
    with Session(store.engine) as session:
        return [_read(row) for row in session.scalars(query)]


def _held(session: Session, held: Claim) -> _JobRun | None:
    return session.scalar(
        select(_JobRun).where(
            _JobRun.job == held.job,
            _JobRun.slot == held.slot,
            _JobRun.fence == held.fence,
            _JobRun.state == "running",
        )
    )


def _read(row: _JobRun) -> JobRun:
    values = {name: getattr(row, name) for name in JobRun.__slots__}
    values["state"] = cast(State, row.state)
    return JobRun(**values)


def _plain(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
