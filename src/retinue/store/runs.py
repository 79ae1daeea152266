"""Runs and the campaigns they made.

A run is identified by what went into it, so the same input finds the same run, and its campaign keeps its
number however often the run is started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Integer, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from retinue.errors import ArtefactError
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["RunRecord", "finish_run", "last_of_each_time", "latest_run", "list_runs", "open_run"]


class _Run(Base):
    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("campaign_date", "campaign_number"),)

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    as_of: Mapped[datetime] = mapped_column(DateTime)
    campaign_date: Mapped[str] = mapped_column(String(10))
    campaign_number: Mapped[int] = mapped_column(Integer)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    started_at: Mapped[datetime] = mapped_column(DateTime)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, its times naive UTC; `finished_at` is None while it has not written its campaign."""

    run_id: str
    as_of: datetime
    campaign_id: str
    summary: dict[str, Any] | None
    started_at: datetime
    finished_at: datetime | None


def open_run(store: Store, run_id: str, *, as_of: datetime, clock: datetime) -> RunRecord:
    """Find the run, or open it and give its campaign the next number of that day (UTC).

    Times are UTC, aware or naive; they come back naive.
    """
    moment, opened = _utc(as_of), _utc(clock)
    day = moment.strftime("%Y_%m_%d")
    with store.transaction() as session:
        found = session.get(_Run, run_id)
        if found is None:
            last = session.scalar(select(func.max(_Run.campaign_number)).where(_Run.campaign_date == day))
            found = _Run(
                run_id=run_id,
                as_of=moment,
                campaign_date=day,
                campaign_number=(last or 0) + 1,
                started_at=opened,
            )
            session.add(found)
            session.flush()
            on_record(
                session,
                "run.started",
                "run",
                run_id,
                campaign_id=_record(found).campaign_id,
                as_of=f"{moment.isoformat()}Z",
            )
        return _record(found)


def finish_run(
    store: Store,
    run_id: str,
    *,
    summary: dict[str, Any],
    clock: datetime,
    files: Mapping[str, str] | None = None,
) -> None:
    """Mark the run as finished; doing it again changes nothing. ArtefactError when it was never opened.

    files: SHA-256 of the files in the run's folder, by name: the evidence of each decision.
    """
    with store.transaction() as session:
        found = session.get(_Run, run_id)
        if found is None:
            raise ArtefactError(
                f"There is no run {run_id}.", where="store", fix="Start the run again: retinue run"
            )
        if found.finished_at is None:
            found.summary = summary
            found.finished_at = _utc(clock)
            on_record(
                session,
                "run.finished",
                "run",
                run_id,
                campaign_id=_record(found).campaign_id,
                files=dict(files or {}),
            )


def latest_run(store: Store, *, as_of: datetime | None = None) -> RunRecord | None:
    """The newest finished run (of that as_of), newest as_of first."""
    query = select(_Run).where(_Run.finished_at.is_not(None))
    if as_of is not None:
        query = query.where(_Run.as_of == _utc(as_of))
    query = query.order_by(_Run.as_of.desc(), _Run.campaign_number.desc()).limit(1)
    with store.reading() as session:
        found = session.scalar(query)
        return None if found is None else _record(found)


def list_runs(store: Store, *, limit: int | None = 50) -> list[RunRecord]:
    """Finished and unfinished runs, newest first."""
    query = select(_Run).order_by(_Run.as_of.desc(), _Run.campaign_number.desc()).limit(limit)
    with store.reading() as session:
        return [_record(run) for run in session.scalars(query)]


def last_of_each_time(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """The finished of some runs, newest first: of those as of the same time the one that ran last."""
    found: dict[datetime, RunRecord] = {}
    for run in runs:
        if run.finished_at is not None:
            found.setdefault(run.as_of, run)
    return list(found.values())


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _record(run: _Run) -> RunRecord:
    return RunRecord(
        run_id=run.run_id,
        as_of=run.as_of,
        campaign_id=f"CAMP_{run.campaign_date}_{run.campaign_number:03d}",
        summary=run.summary,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )
