"""The slots of jobs on record, and since when each job has its plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, DateTime, Integer, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.base import Base, Store

__all__ = [
    "AskedBy",
    "JobRun",
    "Slot",
    "Standing",
    "State",
    "forget",
    "job_runs",
    "known_since",
    "newest_result",
    "read",
    "results",
    "standing",
]

_AT_ONCE = 500  # a statement takes no more parameters than some databases allow

State = Literal["running", "waiting", "done", "failed", "skipped"]
"""waiting: to be tried again. skipped: missed, and a later slot was done in its place."""

AskedBy = Literal["schedule", "hand"]


class _Plan(Base):
    __tablename__ = "job_plans"

    job: Mapped[str] = mapped_column(String(50), primary_key=True)
    cron: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(100))
    since: Mapped[datetime] = mapped_column(DateTime)


class Slot(Base):
    """A moment at which a job is due, by whom it is held, and what came of it."""

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
    # Asked every second by every worker, so each query finds its few rows through an index.
    scheduled = Slot.asked_by == "schedule"
    begun = select(Slot).where(scheduled, Slot.state.in_(("running", "waiting"))).order_by(Slot.slot)
    with Session(store.engine) as session:
        unfinished = {row.job: read(row) for row in session.scalars(begun)}
        found = {}
        for plan in session.scalars(select(_Plan)):
            last = select(Slot.slot).where(Slot.job == plan.job, scheduled).order_by(Slot.slot.desc())
            newest = session.scalar(last.limit(1))
            found[plan.job] = Standing(plan.cron, plan.timezone, plan.since, newest, unfinished.get(plan.job))
    return found


def forget(store: Store, before: datetime) -> int:
    """Forget slots before a time (UTC) that are settled, but for the newest of each job; how many there were.

    The newest says from when on slots were missed.
    """
    settled = Slot.state.in_(("done", "failed", "skipped"))
    newest = select(func.max(Slot.slot)).where(Slot.asked_by == "schedule").group_by(Slot.job)
    old = select(Slot.number).where(Slot.slot < naive(before), settled, Slot.slot.not_in(newest))
    with store.transaction() as session:
        numbers = list(session.scalars(old))
        for start in range(0, len(numbers), _AT_ONCE):
            session.execute(delete(Slot).where(Slot.number.in_(numbers[start : start + _AT_ONCE])))
    return len(numbers)


def job_runs(store: Store, job: str | None = None, *, limit: int = 50) -> list[JobRun]:
    """Slots on record, newest first."""
    query = select(Slot).order_by(Slot.slot.desc(), Slot.job).limit(limit)
    if job is not None:
        query = query.where(Slot.job == job)
    with Session(store.engine) as session:
        return [read(row) for row in session.scalars(query)]


def results(store: Store, job: str, *, before: datetime | None = None, limit: int = 50) -> list[JobRun]:
    """The slots of a job that went through (before a time, UTC), at most so many, newest first; of these the
    ones that left something."""
    query = select(Slot).where(Slot.job == job, Slot.state == "done")
    if before is not None:
        query = query.where(Slot.slot < naive(before))
    with Session(store.engine) as session:
        found = session.scalars(query.order_by(Slot.slot.desc()).limit(limit))
        return [read(row) for row in found if row.result]


def newest_result(store: Store, job: str, *, before: datetime | None = None) -> dict[str, Any] | None:
    """What came of the newest slot (before a time, UTC) of a job that went through; None without one."""
    found = results(store, job, before=before, limit=1)
    return found[0].result if found else None


def read(row: Slot) -> JobRun:
    """A row as a value."""
    values = {name: getattr(row, name) for name in JobRun.__slots__}
    values["state"] = cast(State, row.state)
    return JobRun(**values)


def _plain(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
