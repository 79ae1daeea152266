"""The outbox: putting deliveries in, claiming them, and moving them on.

A delivery is claimed before it is worked on. A claim has a lease and a fence, a number that grows with each
claim: whoever lost the lease holds an older fence, and what it writes is refused.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Select, and_, case, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Store
from retinue.store.campaigns import Campaign
from retinue.store.deliveries import (
    OPEN,
    Delivery,
    DeliveryRecord,
    DeliveryState,
    DeliveryStep,
    Draft,
    record_of,
)

__all__ = [
    "announce",
    "cancel_queued_in",
    "claim",
    "draft_in",
    "drafts_known",
    "locked_in",
    "pending_in",
    "release_claims",
    "settle_in",
    "stale_in",
    "take_out_in",
    "unknown_in",
]


def draft_in(session: Session, drafts: Iterable[Draft], *, clock: datetime) -> int:
    """Put deliveries in the outbox, within the caller's transaction; those in it already are left alone."""
    rows = list(drafts)
    known = drafts_known(session, [draft.delivery_id for draft in rows])
    fresh = {draft.delivery_id: draft for draft in rows if draft.delivery_id not in known}
    moment = naive(clock)
    if fresh:
        # Row by row through the session, a large campaign would keep every other writer waiting, a stop too.
        session.execute(insert(Delivery), [_queued(draft, moment) for draft in fresh.values()])
        begun = {"before": "", "state": "queued", "fence": 0, "owner": None, "reason": "", "at": moment}
        session.execute(insert(DeliveryStep), [{"delivery_id": name, **begun} for name in fresh])
        by_campaign: defaultdict[str, list[str]] = defaultdict(list)
        for name, draft in fresh.items():
            by_campaign[draft.campaign_id].append(name)
        for campaign_id, ids in by_campaign.items():
            # One record for all: which they are is in the plan, whose hash the campaign's records hold.
            _record_many(session, "delivery.queued", campaign_id, ids)
    return len(fresh)


def take_out_in(session: Session, campaign_id: str) -> int:
    """Take the deliveries of a campaign that never ran out of the outbox again; how many."""
    never = (Delivery.campaign_id == campaign_id, Delivery.state == "queued", Delivery.tries == 0)
    ids = select(Delivery.delivery_id).where(*never)
    if taken := list(session.scalars(ids)):
        _record_many(session, "delivery.taken_out", campaign_id, taken)
    session.execute(delete(DeliveryStep).where(DeliveryStep.delivery_id.in_(ids)))
    done = session.execute(delete(Delivery).where(*never))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _record_many(session: Session, action: str, campaign_id: str, ids: Sequence[str]) -> None:
    listed = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    on_record(session, action, "campaign", campaign_id, deliveries=len(ids), ids_sha256=listed)


def _queued(draft: Draft, moment: datetime) -> dict[str, Any]:
    """The row of a delivery that is new in the outbox."""
    times = {name: naive(getattr(draft, name)) for name in ("planned_at", "due_at", "expires_at")}
    plain = {name: getattr(draft, name) for name in Draft.__slots__ if name not in times}
    return {**plain, **times, "state": "queued", "over": True, "changed_at": moment}


def drafts_known(session: Session, delivery_ids: Sequence[str]) -> set[str]:
    """Which of these are in the outbox already."""
    known: set[str] = set()
    for start in range(0, len(delivery_ids), 500):
        chosen = Delivery.delivery_id.in_(delivery_ids[start : start + 500])
        known |= set(session.scalars(select(Delivery.delivery_id).where(chosen)))
    return known


def claim(
    store: Store,
    owner: str,
    *,
    clock: datetime,
    lease: timedelta,
    limit: int = 10,
    channels: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
) -> list[DeliveryRecord]:
    """Take deliveries to work on: due ones of campaigns that go on, and ones whose worker was lost.

    channels: only these; only: only these deliveries. A delivery comes back in state `sending` when its
    worker was lost after the mark: whether its call was made is not known.
    """
    now = naive(clock)
    with store.transaction() as session:
        rows: list[Delivery] = []
        for query in (_lost(now), _due(now)):
            if channels is not None:
                query = query.where(Delivery.channel.in_(channels))
            if only is not None:
                query = query.where(Delivery.delivery_id.in_(only))
            query = query.limit(limit - len(rows)).with_for_update(skip_locked=True, of=Delivery)
            rows += session.scalars(query)
        for row in rows:
            row.fence += 1
            row.owner, row.lease_until = owner, now + lease
        session.flush()
        return [record_of(row) for row in rows]


def announce(store: Store, *, clock: datetime, again: timedelta, limit: int = 500) -> list[str]:
    """Deliveries that are due and were not announced lately, noted as announced now; their ids."""
    now = naive(clock)
    silent = or_(Delivery.announced_at.is_(None), Delivery.announced_at <= now - again)
    with store.reading() as session:
        found = any(session.scalar(query.where(silent).limit(1)) for query in (_lost(now), _due(now)))
    if not found:
        return []
    with store.transaction() as session:
        rows = [
            row
            for query in (_lost(now), _due(now))
            for row in session.scalars(query.where(silent).limit(limit))
        ][:limit]
        for row in rows:
            row.announced_at = now
        return [row.delivery_id for row in rows]


def _lost(now: datetime) -> Select[Delivery]:
    """Deliveries whose worker was lost by a time (naive UTC), or that are to be tried again."""
    return (
        select(Delivery)
        .where(Delivery.state == "sending", Delivery.lease_until <= now)
        .order_by(Delivery.due_at, Delivery.delivery_id)
    )


def _due(now: datetime) -> Select[Delivery]:
    """Deliveries that may begin at a time (naive UTC), the longest due first.

    One state only, in the order of an index: the first few are found without looking at all that wait.
    """
    first = aliased(Delivery)
    return (
        select(Delivery)
        .join(Campaign, Campaign.campaign_id == Delivery.campaign_id)
        .outerjoin(first, first.delivery_id == Delivery.after)
        .where(
            Delivery.state == "queued",
            Delivery.due_at <= now,
            or_(Delivery.lease_until.is_(None), Delivery.lease_until <= now),
            # In a finished one only what a look-up found not to be done after all.
            Campaign.state.in_(("running", "finished")),
            or_(Delivery.after.is_(None), first.state.notin_(OPEN)),
        )
        .order_by(Delivery.due_at, Delivery.delivery_id)
    )


def release_claims(store: Store, owner: str) -> int:
    """Give back what an owner claimed and did not begin; how many."""
    query = select(Delivery).where(Delivery.owner == owner, Delivery.state == "queued")
    with store.transaction() as session:
        rows = list(session.scalars(query))
        for row in rows:
            row.owner, row.lease_until = None, None
        return len(rows)


def locked_in(session: Session, delivery_id: str, *, owner: str, fence: int) -> DeliveryRecord | None:
    """The delivery, held until the transaction ends; None when the claim on it is another's by now."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    if row is None or row.owner != owner or row.fence != fence:
        return None
    return record_of(row)


def settle_in(
    session: Session,
    delivery_id: str,
    state: DeliveryState,
    *,
    clock: datetime,
    reason: str = "",
    keep_claim: bool = False,
    **changes: Any,
) -> DeliveryRecord:
    """Change a delivery's state and other columns within the caller's transaction, which holds it."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    if row is None:
        raise KeyError(delivery_id)
    moment = naive(clock)
    before, actor = row.state, row.owner
    session.add(_step(delivery_id, before, state, row.fence, row.owner, reason, moment))
    row.state, row.reason, row.changed_at = state, reason[:500], moment
    if not keep_claim:
        row.owner, row.lease_until = None, None
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    _record_move(session, row, before, actor)
    return record_of(row)


def cancel_queued_in(session: Session, campaign_id: str, *, reason: str, clock: datetime) -> list[str]:
    """Cancel what of a campaign has not begun, within the caller's transaction.

    Returns the decisions of the campaign of which nothing was sent, is being sent or is unknown by now.
    """
    mine, moment = Delivery.campaign_id == campaign_id, naive(clock)
    columns = ["delivery_id", "before", "state", "fence", "owner", "reason", "at"]
    told = select(
        Delivery.delivery_id,
        Delivery.state,
        literal("cancelled"),
        Delivery.fence,
        Delivery.owner,
        literal(reason[:500]),
        literal(moment, DateTime()),
    ).where(mine, Delivery.state == "queued")
    queued = select(Delivery.delivery_id).where(mine, Delivery.state == "queued")
    if ids := list(session.scalars(queued)):
        _record_many(session, "delivery.cancelled", campaign_id, ids)
    session.execute(insert(DeliveryStep).from_select(columns, told))
    change = update(Delivery).where(mine, Delivery.state == "queued")
    session.execute(
        change.values(
            state="cancelled", reason=reason[:500], changed_at=moment, owner=None, lease_until=None
        ).execution_options(synchronize_session=False)
    )
    going = case((Delivery.state.in_((*OPEN, "sent")), 1), else_=0)
    over = select(Delivery.decision_id).where(mine).group_by(Delivery.decision_id)
    return list(session.scalars(over.having(func.max(going) == 0)))


def stale_in(session: Session, channels: Sequence[str], *, clock: datetime) -> list[DeliveryRecord]:
    """Deliveries for a channel that is none of these, held until the caller's transaction ends: those that
    did not begin in time, and those whose worker was lost."""
    now = naive(clock)
    query = select(Delivery).where(
        Delivery.channel.notin_(channels),
        or_(
            and_(Delivery.state == "queued", Delivery.expires_at < now),
            and_(Delivery.state == "sending", Delivery.lease_until <= now),
        ),
    )
    return [record_of(row) for row in session.scalars(query.with_for_update())]


def pending_in(session: Session, campaign_id: str) -> int:
    """How many deliveries of a campaign are still to be sent, or are being sent."""
    query = select(func.count()).where(
        Delivery.campaign_id == campaign_id, Delivery.state.in_(("queued", "sending"))
    )
    return int(session.scalar(query) or 0)


def unknown_in(session: Session, delivery_id: str) -> DeliveryRecord | None:
    """The delivery, held until the caller's transaction ends, if it is unknown what became of it."""
    row = session.get(Delivery, delivery_id, with_for_update=True)
    return record_of(row) if row is not None and row.state == "unknown" else None


def _record_move(session: Session, row: Delivery, before: str, actor: str | None) -> None:
    """Put on record what became of a delivery: by the worker that holds it, else by whoever acts."""
    request = hashlib.sha256(row.request).hexdigest() if row.request and row.state == "sending" else None
    on_record(
        session,
        f"delivery.{row.state}",
        "delivery",
        row.delivery_id,
        actor=actor,
        before=before,
        campaign_id=row.campaign_id,
        customer_id=row.customer_id,
        channel=row.channel,
        tries=row.tries,
        cents=row.planned_cents or None,
        cost_cents=row.cost_cents,
        request_sha256=request,
    )


def _step(
    delivery_id: str, before: str, state: str, fence: int, owner: str | None, reason: str, at: datetime
) -> DeliveryStep:
    return DeliveryStep(
        delivery_id=delivery_id,
        before=before,
        state=state,
        fence=fence,
        owner=owner,
        reason=reason[:500],
        at=at,
    )
