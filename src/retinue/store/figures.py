"""Counts and sums over the store for whoever watches: each reads what was committed last, and waits for
nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from retinue.store.accounts import Account, naive, of_month
from retinue.store.base import Store
from retinue.store.campaigns import Campaign
from retinue.store.deliveries import OPEN, Delivery
from retinue.store.job_runs import Slot
from retinue.store.responses import complaints_in
from retinue.store.reviews import waiting_in
from retinue.store.suppression import suppressed_count_in

__all__ = ["JobFigures", "StoreFigures", "figures", "job_figures"]

_ENDED = ("done", "failed")


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """Where deliveries, reviews and money stand. Seconds, cents, counts.

    deliveries: (channel, state) → count. unknown: deliveries to customers of which nobody knows what became.
    due: deliveries of running campaigns that are due and not begun; lag: since when the longest due of them
    is. sent_7d, complaints_7d: messages of the last seven days and the complaints that came in them.
    month_taken_cents: what is reserved or spent of the month's money.
    """

    deliveries: Mapping[tuple[str, str], int]
    unknown: int
    due: int
    lag_seconds: float
    reviews_waiting: int
    reviews_overdue: int
    suppressed: int
    sent_7d: int
    complaints_7d: int
    incurred_30d_cents: int
    month_taken_cents: int


def figures(store: Store, now: datetime) -> StoreFigures:
    """The figures as of now (UTC)."""
    moment = naive(now)
    week, days30 = moment - timedelta(days=7), moment - timedelta(days=30)
    # One pass over all of them: an index on the state would be followed to nearly every row.
    sent = Delivery.state == "sent"
    by_state = select(
        Delivery.channel,
        Delivery.state,
        func.count(),
        _summed(and_(Delivery.state == "unknown", Delivery.kind != "notice"), 1),
        _summed(and_(sent, Delivery.kind == "message", Delivery.first_try_at > week), 1),
        _summed(and_(sent, Delivery.first_try_at > days30), Delivery.cost_cents),
    ).group_by(Delivery.channel, Delivery.state)
    # Only what could begin counts: a paused campaign, or one that waits for another, is nobody's delay.
    first = aliased(Delivery)
    due = (
        select(func.count(), func.min(Delivery.due_at))
        .join(Campaign, Campaign.campaign_id == Delivery.campaign_id)
        .outerjoin(first, first.delivery_id == Delivery.after)
        .where(Delivery.state == "queued", Delivery.due_at <= moment, Campaign.state == "running")
        .where(or_(Delivery.after.is_(None), first.state.notin_(OPEN)))
    )
    with Session(store.engine) as session:
        waiting, overdue = waiting_in(session, moment)
        count, oldest = session.execute(due).one()
        groups = session.execute(by_state).all()
        account = session.get(Account, of_month(f"{moment:%Y-%m}"))
        return StoreFigures(
            deliveries={(group[0], group[1]): int(group[2]) for group in groups},
            unknown=sum(int(group[3]) for group in groups),
            due=int(count),
            lag_seconds=max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0,
            reviews_waiting=waiting,
            reviews_overdue=overdue,
            suppressed=suppressed_count_in(session),
            sent_7d=sum(int(group[4]) for group in groups),
            complaints_7d=complaints_in(session, week),
            incurred_30d_cents=sum(int(group[5]) for group in groups),
            month_taken_cents=account.taken if account else 0,
        )


def _summed(where: ColumnElement[bool], what: Any) -> Any:
    return func.coalesce(func.sum(case((where, what), else_=0)), 0)


@dataclass(frozen=True, slots=True)
class JobFigures:
    """How a job fares; times naive UTC. seconds: how long its newest try took. failed: whether the newest
    slot that ended failed; failures: slots that failed since a time."""

    job: str
    last_success: datetime | None
    seconds: float | None
    failed: bool
    failures: int


def job_figures(store: Store, since: datetime) -> list[JobFigures]:
    """Every job that ever ended, by name; failures are counted since a time (UTC)."""
    ended = Slot.state.in_(_ENDED)
    done = select(Slot.job, func.max(Slot.finished_at)).where(Slot.state == "done").group_by(Slot.job)
    failures = (
        select(Slot.job, func.count())
        .where(Slot.state == "failed", Slot.slot >= naive(since))
        .group_by(Slot.job)
    )
    newest = select(Slot.job, func.max(Slot.slot)).where(ended).group_by(Slot.job)
    with Session(store.engine) as session:
        good = {str(job): at for job, at in session.execute(done)}
        bad = {job: int(count) for job, count in session.execute(failures)}
        found = []
        for job, slot in sorted(session.execute(newest).all()):
            row = session.scalars(select(Slot).where(Slot.job == job, Slot.slot == slot)).one()
            took = None
            if row.started_at and row.finished_at:
                took = (row.finished_at - row.started_at).total_seconds()
            found.append(JobFigures(job, good.get(job), took, row.state == "failed", bad.get(job, 0)))
        return found
