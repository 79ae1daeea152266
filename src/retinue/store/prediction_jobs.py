"""Predictions of many customers asked for as a job: who asked, how far it is, until when it is kept.

| state | means |
| --- | --- |
| queued | nobody has begun |
| running | somebody works on it, until the lease is over |
| done | the result can be fetched until it expires |
| failed | it cannot be done; `error` says why |
| cancelled | whoever asked took it back |
| expired | the result was kept for as long as it is kept, and deleted |

Whoever works on a job holds it for a **lease** and renews that with each part; after a crash the next one
goes on behind the last part that is on record. The **fence** rises with every taking, so that somebody who
comes back late can say nothing about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, DateTime, Integer, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import StateError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = [
    "OPEN",
    "PredictionJob",
    "cancel",
    "claim",
    "expire",
    "fail",
    "finish",
    "give_back",
    "job_of",
    "jobs_of",
    "known",
    "open_job",
    "proceed",
    "taken",
]

JobState = Literal["queued", "running", "done", "failed", "cancelled", "expired"]
OPEN: tuple[JobState, ...] = ("queued", "running")
"""States from which something may still become of a job."""

MOST_OPEN = 10
"""Open jobs of one who asks."""


class _Job(Base):
    __tablename__ = "prediction_jobs"

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    run: Mapped[str] = mapped_column(String(64))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    total: Mapped[int] = mapped_column(Integer)
    done: Mapped[int] = mapped_column(Integer, default=0)
    missing: Mapped[int] = mapped_column(Integer, default=0)
    parts: Mapped[int] = mapped_column(Integer, default=0)
    place: Mapped[Any] = mapped_column(JSON)
    claimed_by: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None] = mapped_column(DateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(DateTime, index=True)
    started_at: Mapped[datetime | None] = mapped_column(DateTime)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime)
    expires_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class PredictionJob:
    """A job as it stands; times naive UTC.

    run: the campaign of the run whose customers it reads. asked: the question, JSON-ready. total: how many
    customers were asked for. done: how many of them are written; missing: those of them without a prediction.
    parts, place: how many parts are on disk, and behind which customer the next one begins.
    """

    job_id: str
    owner: str
    state: JobState
    run: str
    asked: dict[str, Any]
    total: int
    done: int
    missing: int
    parts: int
    place: Any
    fence: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


def open_job(
    store: Store, job_id: str, *, owner: str, run: str, asked: dict[str, Any], total: int, clock: datetime
) -> PredictionJob:
    """Put a job on record; one that is there already is left alone.

    Raises StateError where too many of the same owner are open.
    """
    with store.transaction() as session:
        before = session.get(_Job, job_id)
        if before is not None:
            return _read(before)
        query = select(_Job.job_id).where(_Job.owner == owner, _Job.state.in_(OPEN))
        if len(session.scalars(query.limit(MOST_OPEN)).all()) >= MOST_OPEN:
            raise StateError(
                f"{MOST_OPEN} jobs of yours are not done yet.",
                where="predictions",
                fix="Wait for one of them, or cancel it: DELETE /api/v1/predictions/jobs/ID",
            )
        row = _Job(
            job_id=job_id,
            owner=owner[:200],
            state="queued",
            run=run,
            asked=asked,
            total=total,
            done=0,
            missing=0,
            parts=0,
            place=None,
            fence=0,
            created_at=naive(clock),
        )
        session.add(row)
        session.flush()
        on_record(
            session, "predictions.asked", "prediction_job", job_id, actor=owner, run=run, customers=total
        )
        return _read(row)


def job_of(store: Store, job_id: str) -> PredictionJob | None:
    """One job; None when there is none."""
    with store.reading() as session:
        row = session.get(_Job, job_id)
        return None if row is None else _read(row)


def jobs_of(
    store: Store,
    owner: str | None = None,
    *,
    limit: int,
    before: tuple[datetime, str] | None = None,
) -> list[PredictionJob]:
    """Jobs of an owner, or of everybody, newest first.

    before: time of creation (naive UTC) and id of the last one known.
    """
    query = select(_Job).order_by(_Job.created_at.desc(), _Job.job_id.desc()).limit(limit)
    if owner is not None:
        query = query.where(_Job.owner == owner)
    if before is not None:
        earlier = _Job.created_at < before[0]
        query = query.where(or_(earlier, and_(_Job.created_at == before[0], _Job.job_id < before[1])))
    with store.reading() as session:
        return [_read(row) for row in session.scalars(query)]


def known(store: Store, job_ids: Sequence[str]) -> set[str]:
    """Which of these are jobs whose files are still needed."""
    query = select(_Job.job_id).where(_Job.job_id.in_(job_ids), _Job.state.in_((*OPEN, "done")))
    with store.reading() as session:
        return set(session.scalars(query))


def claim(store: Store, who: str, *, lease: timedelta, clock: datetime) -> PredictionJob | None:
    """Take the oldest job that nobody works on; None when there is none."""
    now = naive(clock)
    free = or_(_Job.state == "queued", and_(_Job.state == "running", _Job.lease_until <= now))
    query = select(_Job).where(free).order_by(_Job.created_at, _Job.job_id).limit(1)
    with store.reading() as session:
        if session.scalar(query) is None:
            return None
    with store.transaction() as session:
        row = session.scalar(query.with_for_update())
        if row is None:
            return None
        row.state, row.claimed_by, row.lease_until = "running", who[:200], now + lease
        row.fence += 1
        row.started_at = row.started_at or now
        return _read(row)


def proceed(
    store: Store,
    held: PredictionJob,
    *,
    done: int,
    missing: int,
    parts: int,
    place: Any,
    lease: timedelta,
    clock: datetime,
) -> PredictionJob | None:
    """Say how far a job is, and hold it for another lease; None when it is no longer held."""
    with store.transaction() as session:
        row = _held(session, held)
        if row is None:
            return None
        row.done, row.missing, row.parts, row.place = done, missing, parts, place
        row.lease_until = naive(clock) + lease
        return _read(row)


def finish(store: Store, held: PredictionJob, *, keep: timedelta, clock: datetime) -> bool:
    """Say that a result can be fetched, for so long; False when the job is no longer held."""
    now = naive(clock)
    return _end(store, held, "done", now, expires_at=now + keep, total=held.done)


def fail(store: Store, held: PredictionJob, error: str, *, clock: datetime) -> bool:
    """Say that a job cannot be done, and why; False when it is no longer held."""
    return _end(store, held, "failed", naive(clock), error=error[:500])


def give_back(store: Store, held: PredictionJob) -> bool:
    """Let anybody go on with a job at once; False when it is no longer held."""
    with store.transaction() as session:
        row = _held(session, held)
        if row is not None:
            row.state, row.claimed_by, row.lease_until = "queued", None, None
        return row is not None


def cancel(store: Store, job_id: str, *, who: str, clock: datetime) -> PredictionJob | None:
    """Take a job back, or its result; the same again changes nothing. None when there is none."""
    with store.transaction() as session:
        row = session.get(_Job, job_id, with_for_update=True)
        if row is None:
            return None
        if row.state in (*OPEN, "done"):
            row.state, row.finished_at = "cancelled", row.finished_at or naive(clock)
            row.lease_until, row.expires_at, row.fence = None, None, row.fence + 1
            session.flush()
            on_record(session, "predictions.cancelled", "prediction_job", job_id, actor=who, run=row.run)
        return _read(row)


def expire(store: Store, *, clock: datetime) -> list[str]:
    """Jobs whose result was kept for long enough, noted as expired; their ids."""
    over = and_(_Job.state == "done", _Job.expires_at <= naive(clock))
    with store.reading() as session:
        if session.scalar(select(_Job.job_id).where(over).limit(1)) is None:
            return []
    with store.transaction() as session:
        rows = session.scalars(select(_Job).where(over).with_for_update()).all()
        for row in rows:
            row.state = "expired"
        return [row.job_id for row in rows]


def taken(store: Store, job: PredictionJob, *, who: str, kind: str) -> None:
    """Put on record that somebody takes a result away: who, of which run, how many customers."""
    with store.transaction() as session:
        on_record(
            session,
            "prediction.served",
            "prediction_job",
            job.job_id,
            actor=who,
            what="predictions",
            run=job.run,
            customers=job.done - job.missing,
            format=kind,
        )


def _end(store: Store, held: PredictionJob, state: JobState, now: datetime, **more: Any) -> bool:
    with store.transaction() as session:
        row = _held(session, held)
        if row is None:
            return False
        row.state, row.finished_at, row.lease_until = state, now, None
        for name, value in more.items():
            setattr(row, name, value)
        return True


def _held(session: Session, held: PredictionJob) -> _Job | None:
    query = select(_Job).where(_Job.job_id == held.job_id, _Job.fence == held.fence, _Job.state == "running")
    return session.scalar(query.with_for_update())


def _read(row: _Job) -> PredictionJob:
    return PredictionJob(**{name: getattr(row, name) for name in PredictionJob.__slots__})
