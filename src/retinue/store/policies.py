"""Policy versions: which way of choosing was in force since when, which were refused, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import JSON, DateTime, Integer, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store

__all__ = ["PolicyRecord", "State", "champion_at", "keep_policy", "list_policies"]

State = Literal["champion", "refused", "reported", "accepted"]
"""champion: in force after the run. refused: the log did not prove it better. reported: decided with,
although the gate would have refused. accepted: put in force by a person."""


class _Policy(Base):
    __tablename__ = "policies"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime] = mapped_column(DateTime)
    state: Mapped[str] = mapped_column(String(10))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(String)
    recorded_at: Mapped[datetime] = mapped_column(DateTime)


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A version as of a run (times naive UTC): its hash, terms, state, the verdict, and a person's reason."""

    sha256: str
    as_of: datetime
    state: State
    terms: dict[str, Any]
    verdict: dict[str, Any] | None
    reason: str | None
    recorded_at: datetime


def keep_policy(store: Store, record: PolicyRecord) -> None:
    """Record a version. The same version, time and state again change nothing, unless another was accepted
    in between."""
    with store.transaction() as session:
        newest = select(_Policy).where(_Policy.as_of == record.as_of, _Policy.state == record.state)
        if record.state == "accepted":
            newest = newest.order_by(_Policy.number.desc()).limit(1)
        known = {row.sha256 for row in session.scalars(newest)}
        if record.sha256 not in known:
            session.add(_Policy(**asdict(record)))
            as_of = f"{record.as_of.isoformat()}Z"
            on_record(session, f"policy.{record.state}", "policy", record.sha256, as_of=as_of)


def champion_at(store: Store, as_of: datetime) -> PolicyRecord | None:
    """The version in force when a run of that time (naive UTC) begins; None before the first run.

    A run's own verdict counts from the next run on, so that running it again finds what it found; what a
    person accepted counts from the run it was accepted for.
    """
    before = (_Policy.state == "champion") & (_Policy.as_of < as_of)
    told = (_Policy.state == "accepted") & (_Policy.as_of <= as_of)
    query = select(_Policy).where(or_(before, told)).order_by(_Policy.as_of.desc(), _Policy.number.desc())
    with store.transaction() as session:
        found = session.scalar(query.limit(1))
        return None if found is None else _record(found)


def list_policies(store: Store) -> list[PolicyRecord]:
    """Every record, newest first."""
    query = select(_Policy).order_by(_Policy.as_of.desc(), _Policy.number.desc())
    with store.reading() as session:
        return [_record(row) for row in session.scalars(query)]


def _record(row: _Policy) -> PolicyRecord:
    return PolicyRecord(
        row.sha256,
        row.as_of,
        cast(State, row.state),
        row.terms,
        row.verdict,
        row.reason,
        row.recorded_at,
    )
