"""Versions of the rules of the business: what they said, who put them in force since when, and why.

Rows are only ever added: the database itself refuses to change or delete one, and a row whose content no
longer has its hash is refused when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import DateTime, Integer, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from retinue.errors import ArtefactError, StateError
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = ["Overtaken", "RulesRecord", "State", "keep_rules", "list_rules", "live_rules", "rules_of"]

State = Literal["draft", "live"]
"""draft: kept to be looked at. live: put in force by a person."""


class _Rules(Base):
    __tablename__ = "rules"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    examples: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(5))
    since: Mapped[datetime] = mapped_column(DateTime)
    who: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(2000))
    recorded_at: Mapped[datetime] = mapped_column(DateTime)
    __table_args__ = {"sqlite_autoincrement": True}


only_added(_Rules.__table__, "versions of the rules are only ever added")


@dataclass(frozen=True, slots=True)
class RulesRecord:
    """One version (times naive UTC): its number from 1, document, hash, state, and who did it why.

    since: the run from which on it is in force; of a draft the day it was kept. examples: what it was put to
    before it was kept; None where nobody said.
    """

    number: int
    sha256: str
    content: dict[str, Any]
    state: State
    since: datetime
    who: str
    reason: str
    recorded_at: datetime
    examples: list[dict[str, Any]] | None = None


class Overtaken(StateError):
    """Others were put in force since whoever keeps these looked at the rules."""

    def __init__(self) -> None:
        super().__init__(
            "Other rules were put in force meanwhile.",
            where="rules",
            fix="Look at the rules in force again, then change those.",
        )


def keep_rules(
    store: Store,
    content: bytes,
    *,
    state: State,
    since: datetime,
    who: str,
    reason: str,
    recorded_at: datetime,
    examples: Sequence[Mapping[str, Any]] | None = None,
    after: int | None = None,
) -> RulesRecord:
    """Add a version; times naive UTC, content the canonical JSON of the document.

    after: number of the version that was put in force last, as far as is known (0: none was). Raises
    Overtaken where it is another one by now; with None nobody asks.
    """
    row = _Rules(
        sha256=hashlib.sha256(content).hexdigest(),
        content=content.decode(),
        examples=None if examples is None else json.dumps(list(examples)),
        state=state,
        since=since,
        who=who[:200],
        reason=reason[:2000],
        recorded_at=recorded_at,
    )
    with store.transaction() as session:
        newest = select(func.max(_Rules.number)).where(_Rules.state == "live")
        if after is not None and (session.scalar(newest) or 0) != after:
            raise Overtaken
        session.add(row)
        session.flush()
        on_record(
            session,
            f"rules.{state}",
            "rules",
            str(row.number),
            actor=who,
            sha256=row.sha256,
            since=f"{since.isoformat()}Z",
        )
        return _record(row)


def live_rules(store: Store, as_of: datetime) -> RulesRecord | None:
    """The version in force for a run of that time (naive UTC); None for the built-in rules.

    Of the versions in force since then or earlier, the one put in force last counts.
    """
    query = select(_Rules).where(_Rules.state == "live", _Rules.since <= as_of)
    with store.reading() as session:
        found = session.scalar(query.order_by(_Rules.number.desc()).limit(1))
        return None if found is None else _record(found)


def rules_of(store: Store, number: int) -> RulesRecord | None:
    """A version by its number; None where there is none. Raises ArtefactError when it was altered."""
    with store.reading() as session:
        found = session.get(_Rules, number)
        return None if found is None else _record(found)


def list_rules(store: Store) -> list[RulesRecord]:
    """Every version, newest first."""
    with store.reading() as session:
        return [_record(row) for row in session.scalars(select(_Rules).order_by(_Rules.number.desc()))]


def _record(row: _Rules) -> RulesRecord:
    if hashlib.sha256(row.content.encode()).hexdigest() != row.sha256:
        raise ArtefactError(
            f"Version {row.number} of the rules was altered after it was kept.",
            where=f"store, table rules, number {row.number}",
            fix="Restore the store from a backup.",
        )
    return RulesRecord(
        row.number,
        row.sha256,
        json.loads(row.content),
        cast(State, row.state),
        row.since,
        row.who,
        row.reason,
        row.recorded_at,
        None if row.examples is None else json.loads(row.examples),
    )
