"""The history of the roll-out: each phase with when, who and why, and the customers it took in.

Rows are only ever added: the database itself refuses to change or delete one. The phase in force at a time is
that of the newest step by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = ["Kind", "Phase", "Size", "Step", "add_step", "fix_size", "size_of", "step_at", "steps"]

Phase = Literal["pilot", "expand", "full"]
Kind = Literal["begin", "advance", "back", "fallback"]
"""fallback: a step back that a job made because harm was sure."""


class _Step(Base):
    __tablename__ = "rollout_steps"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    phase: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(DateTime)
    recorded_at: Mapped[datetime] = mapped_column(DateTime)
    who: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(2000))
    overridden: Mapped[bool] = mapped_column(Boolean)
    gate: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


class _Size(Base):
    __tablename__ = "rollout_sizes"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    phase: Mapped[str] = mapped_column(String(10), unique=True)
    threshold: Mapped[float] = mapped_column(Float)
    active: Mapped[int] = mapped_column(Integer)
    salt: Mapped[str] = mapped_column(String(200))
    fixed_at: Mapped[datetime] = mapped_column(DateTime)


for _table in (_Step, _Size):
    only_added(_table.__table__, "the history of the roll-out is only ever added to")


@dataclass(frozen=True, slots=True)
class Step:
    """A phase began: times naive UTC.

    since: runs as of this time and later are in it. overridden: a person went on although the gate was shut.
    gate: the conditions as they stood, JSON-ready.
    """

    phase: Phase
    kind: Kind
    since: datetime
    recorded_at: datetime
    who: str
    reason: str
    overridden: bool = False
    gate: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "phase": self.phase,
            "kind": self.kind,
            "since": f"{self.since.isoformat()}Z",
            "recorded_at": f"{self.recorded_at.isoformat()}Z",
            "who": self.who,
            "reason": self.reason,
            "overridden": self.overridden,
            "gate": list(self.gate),
        }


@dataclass(frozen=True, slots=True)
class Size:
    """Whom a phase takes in: everybody whose place, drawn with the salt, lies below the threshold.

    active: how many customers were active when that was fixed.
    """

    phase: Phase
    threshold: float
    active: int
    salt: str


def add_step(store: Store, step: Step) -> None:
    """Put a step on record."""
    with store.transaction() as session:
        session.add(
            _Step(
                phase=step.phase,
                kind=step.kind,
                since=step.since,
                recorded_at=step.recorded_at,
                who=step.who[:200],
                reason=step.reason[:2000],
                overridden=step.overridden,
                gate=list(step.gate),
            )
        )
        on_record(
            session,
            f"rollout.{step.kind}",
            "rollout",
            step.phase,
            actor=step.who,
            since=f"{step.since.isoformat()}Z",
            overridden=step.overridden,
        )


def step_at(store: Store, as_of: datetime) -> Step | None:
    """The step in force for a run as of a time (UTC); None before the roll-out began."""
    query = select(_Step).where(_Step.since <= naive(as_of))
    with Session(store.engine) as session:
        found = session.scalar(query.order_by(_Step.since.desc(), _Step.number.desc()).limit(1))
        return None if found is None else _step(found)


def steps(store: Store) -> list[Step]:
    """Every step, newest first."""
    with Session(store.engine) as session:
        rows = session.scalars(select(_Step).order_by(_Step.since.desc(), _Step.number.desc()))
        return [_step(row) for row in rows]


def size_of(store: Store, phase: Phase) -> Size | None:
    """Whom a phase takes in; None until a run has fixed it."""
    with Session(store.engine) as session:
        return _size(session.scalar(select(_Size).where(_Size.phase == phase)))


def fix_size(store: Store, size: Size, *, clock: datetime) -> Size:
    """Fix whom a phase takes in, once and for all; what was fixed before is what counts."""
    with store.transaction() as session:
        found = _size(session.scalar(select(_Size).where(_Size.phase == size.phase)))
        if found is not None:
            return found
        session.add(
            _Size(
                phase=size.phase,
                threshold=size.threshold,
                active=size.active,
                salt=size.salt,
                fixed_at=naive(clock),
            )
        )
        on_record(
            session,
            "rollout.size_fixed",
            "rollout",
            size.phase,
            threshold=size.threshold,
            active=size.active,
        )
    return size


def _step(row: _Step) -> Step:
    return Step(
        cast(Phase, row.phase),
        cast(Kind, row.kind),
        row.since,
        row.recorded_at,
        row.who,
        row.reason,
        row.overridden,
        tuple(row.gate or ()),
    )


def _size(row: _Size | None) -> Size | None:
    return None if row is None else Size(cast(Phase, row.phase), row.threshold, row.active, row.salt)
