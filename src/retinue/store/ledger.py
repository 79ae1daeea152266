"""The ledger of offers' money: reserved when a run decides, spent when an offer goes out, else released.

Every offer is one entry under its decision's id; it draws on the accounts of its run, of its tier in that run
and of its calendar month (UTC, of the run's time), each of which may have a limit. An offer for a person also
takes one review of its day. Whatever happens at once, what is reserved and spent together never exceeds a
limit: every change first takes the store's write lock, or the accounts' row locks, and only then reads. Doing
the same again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from retinue.errors import BudgetError
from retinue.store.accounts import (
    Account,
    Entry,
    GivenBefore,
    in_words,
    left,
    locked,
    naive,
    of_day,
    of_month,
    of_run,
    of_tier,
    refusal,
    scopes,
)
from retinue.store.audit.record import on_record
from retinue.store.base import Store

__all__ = [
    "Approval",
    "Claim",
    "Grant",
    "against",
    "approve",
    "approve_in",
    "cost_of",
    "expire",
    "give_back_in",
    "give_back_many_in",
    "granted",
    "left_of",
    "month_of",
    "release",
    "reserve",
    "spend",
    "spent_after_all_in",
    "withdraw",
]

State = Literal["reserved", "spent", "rejected", "expired"]

_AT_ONCE = 500  # a statement takes no more parameters than some databases allow


@dataclass(frozen=True, slots=True)
class Grant:
    """What a run may take: cents of its own, of its tiers, of its month, and reviews of its day.

    None for no limit.
    """

    run_cents: int | None = None
    tier_cents: Mapping[str, int] = field(default_factory=dict)
    month_cents: int | None = None
    day_reviews: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The money that one decided offer needs. `review`: a person looks at it first."""

    decision_id: str
    tier: str
    cents: int
    review: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """Whether the money of an offer is spent now; if not, `why` says what stands against it."""

    granted: bool
    why: str = ""


def month_of(moment: datetime) -> str:
    """The calendar month of a time (UTC; a naive one is read as UTC).

    >>> month_of(datetime(2026, 2, 14))
    '2026-02'
    """
    return f"{naive(moment):%Y-%m}"


def left_of(store: Store, as_of: datetime, grant: Grant) -> Grant:
    """What others have left of the month's money and of the day's reviews."""
    with store.transaction() as session:
        month = left(session, of_month(month_of(as_of)), grant.month_cents)
        reviews = left(session, of_day(as_of), grant.day_reviews)
    return Grant(grant.run_cents, grant.tier_cents, month, reviews)


def granted(store: Store, request: str) -> Mapping[str, Any] | None:
    """What the run that asked for the same before was given; None when nobody did."""
    with store.transaction() as session:
        found = session.get(GivenBefore, request)
        return None if found is None else dict(found.given)


def reserve(
    store: Store,
    run_id: str,
    claims: Sequence[Claim],
    grant: Grant,
    *,
    as_of: datetime,
    request: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> int:
    """Reserve the money of a run's offers, all of it or none; claims that have an entry are left alone.

    Parameters
    ----------
    grant: the limits of the run's accounts, as the settings state them today.
    request, given: what `granted` is to say when the same is asked for again.

    Returns the cents newly reserved. Raises BudgetError when an account would be overdrawn.
    """
    moment, month = naive(as_of), month_of(as_of)
    with store.transaction() as session:
        known = set(session.scalars(select(Entry.decision_id).where(Entry.run_id == run_id)))
        fresh = [claim for claim in claims if claim.decision_id not in known]
        wanted: Counter[str] = Counter()
        for claim in fresh:
            for scope in scopes(run_id, claim.tier, month):
                wanted[scope] += claim.cents
            wanted[of_day(as_of)] += claim.review
        limits = {
            of_run(run_id): grant.run_cents,
            of_month(month): grant.month_cents,
            of_day(as_of): grant.day_reviews,
            **{of_tier(run_id, tier): cents for tier, cents in grant.tier_cents.items()},
        }
        for scope in sorted(wanted):
            why = _take(session, scope, wanted[scope], most=limits.get(scope))
            if why:
                raise BudgetError(
                    why, where=f"run {run_id}", fix="Run again: it decides within what is left."
                )
        if fresh:
            session.execute(
                insert(Entry),
                [
                    {
                        "decision_id": claim.decision_id,
                        "run_id": run_id,
                        "tier": claim.tier,
                        "month": month,
                        "cents": claim.cents,
                        "state": "reserved",
                        "reserved_at": moment,
                    }
                    for claim in fresh
                ],
            )
            on_record(
                session,
                "budget.reserved",
                "run",
                run_id,
                cents=sum(claim.cents for claim in fresh),
                **_listed([claim.decision_id for claim in fresh]),
            )
        if request is not None and session.get(GivenBefore, request) is None:
            session.add(GivenBefore(request=request, given=dict(given or {})))
    return sum(claim.cents for claim in fresh)


def spend(store: Store, decision_ids: Collection[str]) -> int:
    """Mark reserved offers as spent, once they went out; how many were. Other states are left alone."""
    return _move(store, decision_ids, "spent")


def release(store: Store, decision_ids: Collection[str], *, why: Literal["rejected", "expired"]) -> int:
    """Give the money of reserved offers back; how many were. What is spent stays spent."""
    return _move(store, decision_ids, why)


def withdraw(store: Store, decision_ids: Collection[str]) -> int:
    """Forget reservations of offers that were never made: their money is back, and can be reserved anew."""
    return _move(store, decision_ids, None)


def expire(store: Store, before: datetime) -> int:
    """Give back what was reserved before a time and never spent; how many offers that were."""
    query = select(Entry.decision_id).where(Entry.state == "reserved", Entry.reserved_at < naive(before))
    with store.transaction() as session:
        old = list(session.scalars(query))
    return release(store, old, why="expired")


def approve(store: Store, decision_id: str, *, cents: int | None = None) -> Approval:
    """Spend the money of an offer that a person approved, if it is still there.

    Parameters
    ----------
    cents: cost of the offer if the person chose another one than was reserved for.

    A reserved offer has its money. One that expired gets it back as long as the run, its tier and its month
    have it; one that was rejected does not. Approving twice spends once.
    """
    with store.transaction() as session:
        return approve_in(session, decision_id, cents=cents)


def approve_in(
    session: Session,
    decision_id: str,
    *,
    cents: int | None = None,
    state: Literal["reserved", "spent"] = "spent",
) -> Approval:
    """The same within the caller's transaction.

    state: `reserved` holds the money of an offer that was approved and is not sent yet.
    """
    entry = session.get(Entry, decision_id, with_for_update=True)
    price = 0 if entry is None else entry.cents if cents is None else cents
    why = _against(session, decision_id, entry, price)
    if why:
        return Approval(False, why)
    if entry is not None and entry.state != "spent":
        more = price - (entry.cents if entry.state == "reserved" else 0)
        for scope in sorted(entry.scopes()):
            locked(session, scope).taken += more
        if (entry.cents, entry.state) != (price, state):
            on_record(session, f"budget.{state}", "decision", decision_id, cents=price)
        entry.cents, entry.state = price, state
    return Approval(True)


def against(session: Session, decision_id: str) -> str:
    """What stands against spending an offer's money now, in a sentence; empty for nothing. Only reads."""
    entry = session.get(Entry, decision_id)
    return _against(session, decision_id, entry, 0 if entry is None else entry.cents)


def cost_of(store: Store, decision_id: str) -> int:
    """Cents reserved or spent for an offer; 0 when none are."""
    with store.reading() as session:
        entry = session.get(Entry, decision_id)
        return entry.cents if entry is not None and entry.state in ("reserved", "spent") else 0


def _against(session: Session, decision_id: str, entry: Entry | None, price: int) -> str:
    if entry is None:
        return f"No money was ever reserved for decision {decision_id}."
    if price < 0:
        return f"An offer cannot cost {in_words(price)}."
    if entry.state == "rejected":
        return "The offer was rejected and its money released."
    if entry.state == "spent":
        return "" if price == entry.cents else f"{in_words(entry.cents)} were spent on it already."
    more = price - (entry.cents if entry.state == "reserved" else 0)
    accounts = [session.get(Account, scope, with_for_update=True) for scope in sorted(entry.scopes())]
    return next((why for account in accounts if account and (why := refusal(account, more))), "")


def give_back_in(session: Session, decision_id: str) -> bool:
    """Free the money of an offer that surely was not made, within the caller's transaction; whether it held
    any. Its entry counts as rejected from then on."""
    entry = session.get(Entry, decision_id, with_for_update=True)
    if entry is None or entry.state not in ("reserved", "spent"):
        return False
    for scope in sorted(entry.scopes()):
        locked(session, scope).taken -= entry.cents
    entry.state = "rejected"
    on_record(session, "budget.given_back", "decision", decision_id, cents=entry.cents)
    return True


def spent_after_all_in(session: Session, decision_id: str) -> bool:
    """Take the money of an offer again that was made after all, within the caller's transaction; whether it
    had been given back. What happened is written down even where it exceeds a limit."""
    entry = session.get(Entry, decision_id, with_for_update=True)
    if entry is None or entry.state not in ("rejected", "expired"):
        return False
    for scope in sorted(entry.scopes()):
        locked(session, scope).taken += entry.cents
    entry.state = "spent"
    on_record(session, "budget.spent_after_all", "decision", decision_id, cents=entry.cents)
    return True


def give_back_many_in(session: Session, decision_ids: Collection[str]) -> int:
    """The same for many offers; how many held money."""
    wanted, freed, changed = sorted(set(decision_ids)), Counter[str](), list[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = (
            Entry.decision_id.in_(wanted[start : start + _AT_ONCE]),
            Entry.state.in_(("reserved", "spent")),
        )
        query = select(Entry.decision_id, Entry.run_id, Entry.tier, Entry.month, Entry.cents).where(*chosen)
        for decision_id, run_id, tier, month, cents in session.execute(query.with_for_update()):
            changed.append(decision_id)
            for scope in scopes(run_id, tier, month):
                freed[scope] += cents
        change = update(Entry).where(*chosen).values(state="rejected")
        session.execute(change.execution_options(synchronize_session=False))
    for scope in sorted(freed):
        locked(session, scope).taken -= freed[scope]
    if changed:
        on_record(session, "budget.given_back", "decision", "", **_listed(changed))
    session.expire_all()
    return len(changed)


def _move(store: Store, decision_ids: Collection[str], state: State | None) -> int:
    wanted, moved = sorted(set(decision_ids)), 0
    changed: list[str] = []
    freed: Counter[str] = Counter()
    with store.transaction() as session:
        for start in range(0, len(wanted), _AT_ONCE):
            chosen = Entry.decision_id.in_(wanted[start : start + _AT_ONCE]), Entry.state == "reserved"
            query = select(Entry.decision_id, Entry.run_id, Entry.tier, Entry.month, Entry.cents)
            rows = session.execute(query.where(*chosen).with_for_update())
            for decision_id, run_id, tier, month, cents in rows:
                moved += 1
                changed.append(decision_id)
                if state != "spent":
                    for scope in scopes(run_id, tier, month):
                        freed[scope] += cents
            change = delete(Entry) if state is None else update(Entry).values(state=state)
            session.execute(change.where(*chosen))
        for scope in sorted(freed):
            locked(session, scope).taken -= freed[scope]
        if moved:
            only = wanted[0] if len(wanted) == 1 else ""
            on_record(session, f"budget.{state or 'withdrawn'}", "decision", only, **_listed(changed))
    return moved


def _listed(decision_ids: Sequence[str]) -> dict[str, Any]:
    """Many decisions in a record: how many, and a hash of which."""
    text = "\n".join(sorted(decision_ids))
    return {"decisions": len(decision_ids), "ids_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _take(session: Session, scope: str, amount: int, *, most: int | None) -> str:
    """Take from an account under today's limit; a sentence when there is not enough."""
    account = locked(session, scope)
    account.most = most
    why = refusal(account, amount)
    if not why:
        account.taken += amount
    return why
