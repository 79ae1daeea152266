"""The kill switch: while Retinue is stopped, nothing is offered, recorded or sent.

Every stop and every resumption is a row with its time, person and reason; the newest row is the state. Rows
are only ever added: the database itself refuses to change or delete one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import DateTime, Integer, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import StateError
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = ["Switch", "resume", "stop", "stopped", "stopped_in", "switches"]

Action = Literal["stop", "resume"]


class _Switch(Base):
    __tablename__ = "switches"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    action: Mapped[str] = mapped_column(String(6))
    at: Mapped[datetime] = mapped_column(DateTime)
    who: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(2000))


only_added(_Switch.__table__, "the history of stops is only ever added to")


@dataclass(frozen=True, slots=True)
class Switch:
    """One stop or resumption; `at` is UTC without a zone."""

    number: int
    action: Action
    at: datetime
    who: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "number": self.number,
            "action": self.action,
            "at": f"{self.at.isoformat()}Z",
            "who": self.who,
            "reason": self.reason,
        }

    def in_words(self) -> str:
        """The event as one says it.

        >>> Switch(1, "stop", datetime(2026, 2, 14, 9), "ada", "wrong prices").in_words()
        'stopped by ada at 2026-02-14 09:00 UTC: wrong prices'
        """
        done = "stopped" if self.action == "stop" else "resumed"
        because = f": {self.reason}" if self.reason else ""
        return f"{done} by {self.who} at {self.at:%Y-%m-%d %H:%M} UTC{because}"


def stop(store: Store, *, who: str, reason: str = "", clock: datetime) -> Switch:
    """Stop; stopping again adds a further row, so that a second person's reason is kept too."""
    return _add(store, "stop", who, reason, clock)


def resume(store: Store, *, who: str, reason: str = "", clock: datetime) -> Switch:
    """Go on. Raises StateError when nothing is stopped."""
    return _add(store, "resume", who, reason, clock)


def stopped(store: Store) -> Switch | None:
    """The stop in force, or None. Reads without waiting for any writer; asked again before each act.

    A sender asks immediately before each message. An error to read is an error to act: it is not caught.
    """
    # A read outside a transaction sees what was committed last, and takes no lock.
    with Session(store.engine) as session:
        return stopped_in(session)


def stopped_in(session: Session) -> Switch | None:
    """The stop in force, within the caller's transaction."""
    newest = session.scalar(select(_Switch).order_by(_Switch.number.desc()).limit(1))
    return _switch(newest) if newest is not None and newest.action == "stop" else None


def switches(store: Store) -> list[Switch]:
    """Every stop and resumption, newest first."""
    with Session(store.engine) as session:
        return [_switch(row) for row in session.scalars(select(_Switch).order_by(_Switch.number.desc()))]


def _add(store: Store, action: Action, who: str, reason: str, clock: datetime) -> Switch:
    moment = clock if clock.tzinfo is None else clock.astimezone(UTC).replace(tzinfo=None)
    with store.transaction() as session:
        newest = session.scalar(select(_Switch).order_by(_Switch.number.desc()).limit(1))
        if action == "resume" and (newest is None or newest.action == "resume"):
            raise StateError(
                "Nothing is stopped.",
                where="retinue resume",
                fix="To stop all offers: retinue stop",
            )
        row = _Switch(action=action, at=moment, who=who[:200], reason=reason[:2000])
        session.add(row)
        session.flush()
        on_record(session, f"switch.{action}", "switch", str(row.number), actor=who)
        return _switch(row)


def _switch(row: _Switch) -> Switch:
    return Switch(row.number, "stop" if row.action == "stop" else "resume", row.at, row.who, row.reason)
