"""Alerts: where each stands, and every time one fired or cleared.

| state | means |
| --- | --- |
| quiet | nothing is wrong |
| rising | the figure is too bad, not yet for long enough |
| firing | somebody was told, and nobody yet that it is over |
| falling | firing, and the figure is good again, not yet for long enough |

Where an alert stands is one row; its firings and clearings are rows that are only ever added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import DateTime, Float, Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.accounts import naive
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = [
    "AlertEvent",
    "AlertState",
    "Stands",
    "alert_events",
    "forget_others_in",
    "keep_in",
    "standing_alerts",
    "stands_in",
]

AlertState = Literal["quiet", "rising", "firing", "falling"]


class _Alert(Base):
    __tablename__ = "alerts"

    alert: Mapped[str] = mapped_column(String(50), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    since: Mapped[datetime] = mapped_column(DateTime)
    value: Mapped[float | None] = mapped_column(Float)
    looked_at: Mapped[datetime] = mapped_column(DateTime)


class _Event(Base):
    __tablename__ = "alert_events"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    alert: Mapped[str] = mapped_column(String(50), index=True)
    what: Mapped[str] = mapped_column(String(10))
    value: Mapped[float | None] = mapped_column(Float)
    words: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime] = mapped_column(DateTime)


only_added(_Event.__table__, "the history of alerts is only ever added to")


@dataclass(frozen=True, slots=True)
class Stands:
    """Where an alert stands, and since when (naive UTC). value: the figure when it was last known."""

    alert: str
    state: AlertState
    since: datetime
    value: float | None = None

    @property
    def firing(self) -> bool:
        """Whether somebody was told that it fires, and not yet that it is over."""
        return self.state in ("firing", "falling")


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """An alert fired or cleared (naive UTC)."""

    number: int
    alert: str
    what: Literal["fired", "cleared"]
    value: float | None
    words: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "number": self.number,
            "alert": self.alert,
            "what": self.what,
            "value": self.value,
            "words": self.words,
            "at": f"{self.at.isoformat()}Z",
        }


def standing_alerts(store: Store) -> list[Stands]:
    """Where every alert stands that was ever looked at, by name."""
    with Session(store.engine) as session:
        return list(stands_in(session).values())


def stands_in(session: Session) -> dict[str, Stands]:
    """The same by name, within the caller's transaction."""
    rows = session.scalars(select(_Alert).order_by(_Alert.alert))
    return {r.alert: Stands(r.alert, cast(AlertState, r.state), r.since, r.value) for r in rows}


def keep_in(
    session: Session,
    stands: Stands,
    *,
    clock: datetime,
    event: Literal["fired", "cleared"] | None = None,
    words: str = "",
) -> int | None:
    """Keep where an alert stands, and that it fired or cleared; the number of that event, None for none."""
    row = session.get(_Alert, stands.alert)
    if row is None:
        row = _Alert(alert=stands.alert)
        session.add(row)
    row.state, row.since, row.value, row.looked_at = stands.state, stands.since, stands.value, naive(clock)
    if event is None:
        return None
    told = _Event(alert=stands.alert, what=event, value=stands.value, words=words[:500], at=naive(clock))
    session.add(told)
    session.flush()
    return told.number


def forget_others_in(session: Session, alerts: Sequence[str]) -> None:
    """Forget where alerts stand that are not looked at any more: nobody would tell that they are over."""
    session.execute(delete(_Alert).where(_Alert.alert.not_in(alerts)))


def alert_events(store: Store, *, limit: int = 50) -> list[AlertEvent]:
    """Firings and clearings, newest first."""
    query = select(_Event).order_by(_Event.number.desc()).limit(limit)
    with Session(store.engine) as session:
        return [
            AlertEvent(r.number, r.alert, cast(Literal["fired", "cleared"], r.what), r.value, r.words, r.at)
            for r in session.scalars(query)
        ]
