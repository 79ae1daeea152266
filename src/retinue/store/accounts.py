"""The accounts that offers' money is taken from, and the entries that take it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.store.base import Base

__all__ = [
    "Account",
    "Entry",
    "GivenBefore",
    "in_words",
    "left",
    "locked",
    "naive",
    "of_day",
    "of_month",
    "of_run",
    "of_tier",
    "refusal",
    "scopes",
]

_REVIEWS = "number of reviews"


class Account(Base):
    """Money, or a number of reviews: the most there is (null for no limit), and what is taken."""

    __tablename__ = "budget_accounts"

    scope: Mapped[str] = mapped_column(String(200), primary_key=True)
    most: Mapped[int | None] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(BigInteger, default=0)  # reserved and spent


class Entry(Base):
    """What one decided offer takes, and what became of it: reserved, spent, rejected or expired."""

    __tablename__ = "budget_entries"

    decision_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64), index=True)
    tier: Mapped[str] = mapped_column(String(100))
    month: Mapped[str] = mapped_column(String(7))
    cents: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), index=True)
    reserved_at: Mapped[datetime] = mapped_column(DateTime)

    def scopes(self) -> list[str]:
        return scopes(self.run_id, self.tier, self.month)


class GivenBefore(Base):
    """What a run was given, under the name of what it asked for."""

    __tablename__ = "budget_grants"

    request: Mapped[str] = mapped_column(String(64), primary_key=True)
    given: Mapped[dict[str, Any]] = mapped_column(JSON)


def locked(session: Session, scope: str) -> Account:
    """The account, held until the transaction ends; made when it is not there."""
    account = session.get(Account, scope, with_for_update=True)
    if account is None:
        account = Account(scope=scope, most=None, taken=0)
        session.add(account)
        session.flush()
    return account


def refusal(account: Account, amount: int) -> str:
    """Why an amount cannot be taken, in a sentence; empty when it can."""
    if account.most is None or amount <= 0 or account.taken + amount <= account.most:
        return ""
    say = str if account.scope.startswith(_REVIEWS) else in_words
    rest = max(0, account.most - account.taken)
    return f"The {account.scope} has {say(rest)} left of {say(account.most)}; {say(amount)} more are needed."


def left(session: Session, scope: str, most: int | None) -> int | None:
    """What is left of a limit; None where there is none."""
    if most is None:
        return None
    account = session.get(Account, scope)
    return max(0, most - (account.taken if account else 0))


def scopes(run_id: str, tier: str, month: str) -> list[str]:
    """The accounts of an entry, in the words of a refusal."""
    return [of_run(run_id), of_tier(run_id, tier), of_month(month)]


def of_run(run_id: str) -> str:
    """The account of a run."""
    return f"budget of run {run_id}"


def of_tier(run_id: str, tier: str) -> str:
    """The account of a tier in a run."""
    return f"budget of tier {tier} in run {run_id}"


def of_month(month: str) -> str:
    """The account of a calendar month."""
    return f"budget of month {month}"


def of_day(as_of: datetime) -> str:
    """The account of a day's reviews."""
    return f"{_REVIEWS} of {naive(as_of):%Y-%m-%d}"


def in_words(cents: int) -> str:
    """An amount as a person reads it.

    >>> in_words(123456)
    '1,234.56'
    """
    return f"{cents / 100:,.2f}"


def naive(moment: datetime) -> datetime:
    """A time as it is stored: UTC without its zone."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
