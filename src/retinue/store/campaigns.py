"""The life of a campaign: which state it is in, what was planned, who approved what.

| from | may become |
| --- | --- |
| draft | planned, stopped |
| planned | planned (planned anew), approved, stopped |
| approved | planned (an approval is for one plan only), running, stopped |
| running | paused, finished, stopped |
| paused | running, stopped |
| finished, stopped | nothing |

Every move is a row that is only ever added. A plan has a hash; an approval names the hash it was given for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import DateTime, Integer, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from retinue.errors import NotFoundError, StateError
from retinue.store.accounts import naive
from retinue.store.audit.record import on_record
from retinue.store.base import Base, Store
from retinue.store.history import only_added

__all__ = [
    "MOVES",
    "Campaign",
    "CampaignRecord",
    "CampaignState",
    "Move",
    "campaign_of",
    "list_campaigns",
    "move",
    "moves_of",
    "open_campaign",
    "open_in",
    "record_in",
    "state_of_campaign_in",
]

CampaignState = Literal["draft", "planned", "approved", "running", "paused", "finished", "stopped"]

MOVES: dict[CampaignState, tuple[CampaignState, ...]] = {
    "draft": ("planned", "stopped"),
    "planned": ("planned", "approved", "stopped"),
    "approved": ("planned", "running", "stopped"),
    "running": ("paused", "finished", "stopped"),
    "paused": ("running", "stopped"),
    "finished": (),
    "stopped": (),
}


class Campaign(Base):
    """One campaign."""

    __tablename__ = "campaigns"

    campaign_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[datetime] = mapped_column(DateTime)
    state: Mapped[str] = mapped_column(String(10), index=True)
    plan: Mapped[bytes | None] = mapped_column(LargeBinary)
    plan_sha256: Mapped[str | None] = mapped_column(String(64))
    approved_sha256: Mapped[str | None] = mapped_column(String(64))
    approved_by: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(DateTime)
    changed_at: Mapped[datetime] = mapped_column(DateTime)


class _Move(Base):
    __tablename__ = "campaign_moves"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    campaign_id: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(10))
    before: Mapped[str] = mapped_column(String(10))
    plan_sha256: Mapped[str | None] = mapped_column(String(64))
    who: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime] = mapped_column(DateTime)


only_added(_Move.__table__, "the history of campaigns is only ever added to")


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """One campaign; times naive UTC. `plan`: canonical JSON, whose SHA-256 is `plan_sha256`."""

    campaign_id: str
    run_id: str
    as_of: datetime
    state: CampaignState
    plan: bytes | None
    plan_sha256: str | None
    approved_sha256: str | None
    approved_by: str | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One change of state: who made it, when (naive UTC), why, and for which plan."""

    number: int
    campaign_id: str
    state: str
    before: str
    plan_sha256: str | None
    who: str
    reason: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "state": self.state,
            "before": self.before,
            "plan_sha256": self.plan_sha256,
            "who": self.who,
            "reason": self.reason,
            "at": f"{self.at.isoformat()}Z",
        }


def open_campaign(
    store: Store, campaign_id: str, *, run_id: str, as_of: datetime, clock: datetime
) -> CampaignRecord:
    """Find the campaign, or open it as a draft."""
    with store.transaction() as session:
        return open_in(session, campaign_id, run_id=run_id, as_of=as_of, clock=clock)


def open_in(
    session: Session, campaign_id: str, *, run_id: str, as_of: datetime, clock: datetime
) -> CampaignRecord:
    """The same within the caller's transaction."""
    found = session.get(Campaign, campaign_id)
    if found is None:
        found = Campaign(
            campaign_id=campaign_id,
            run_id=run_id,
            as_of=naive(as_of),
            state="draft",
            created_at=naive(clock),
            changed_at=naive(clock),
        )
        session.add(found)
        session.flush()
        on_record(session, "campaign.opened", "campaign", campaign_id, run_id=run_id)
    return _record(found)


def campaign_of(store: Store, campaign_id: str) -> CampaignRecord:
    """The campaign. Raises NotFoundError when there is none of that name."""
    with Session(store.engine) as session:
        return _record(_found(session, campaign_id))


def record_in(session: Session, campaign_id: str) -> CampaignRecord:
    """The same within the caller's transaction."""
    return _record(_found(session, campaign_id))


def state_of_campaign_in(session: Session, campaign_id: str) -> str | None:
    """The campaign's state, read without its plan, which may be large; None when there is none."""
    return session.scalar(select(Campaign.state).where(Campaign.campaign_id == campaign_id))


def list_campaigns(store: Store, *, states: tuple[CampaignState, ...] = ()) -> list[CampaignRecord]:
    """Campaigns, newest first; without their plans, which may be large: `campaign_of` has them."""
    columns = [getattr(Campaign, name) for name in CampaignRecord.__slots__ if name != "plan"]
    query = select(*columns).order_by(Campaign.as_of.desc(), Campaign.campaign_id.desc())
    if states:
        query = query.where(Campaign.state.in_(states))
    with Session(store.engine) as session:
        return [CampaignRecord(plan=None, **row) for row in session.execute(query).mappings()]


def moves_of(store: Store, campaign_id: str) -> list[Move]:
    """Every change of the campaign's state, oldest first."""
    query = select(_Move).where(_Move.campaign_id == campaign_id).order_by(_Move.number)
    with Session(store.engine) as session:
        return [
            Move(r.number, r.campaign_id, r.state, r.before, r.plan_sha256, r.who, r.reason, r.at)
            for r in session.scalars(query)
        ]


def move(
    session: Session,
    campaign_id: str,
    to: CampaignState,
    *,
    who: str,
    clock: datetime,
    reason: str = "",
    plan: tuple[bytes, str] | None = None,
) -> CampaignRecord:
    """Change the state, within the caller's transaction.

    plan: with `planned`: the new plan and its hash. An earlier approval is void then.

    Raises StateError when the campaign may not become that.
    """
    row = _found(session, campaign_id)
    before: CampaignState = row.state  # type: ignore[assignment]
    if to not in MOVES[before]:
        allowed = ", ".join(MOVES[before]) or "nothing any more"
        raise StateError(
            f"Campaign {campaign_id} is {before} and cannot become {to}.",
            where=campaign_id,
            fix=f"From {before} it may become {allowed}.",
        )
    if to == "planned":
        if plan is None:
            raise ValueError("a planned campaign has a plan")
        row.plan, row.plan_sha256 = plan
        row.approved_sha256 = row.approved_by = None
    if to == "approved":
        row.approved_sha256, row.approved_by = row.plan_sha256, who[:200]
    row.state, row.changed_at = to, naive(clock)
    session.add(
        _Move(
            campaign_id=campaign_id,
            state=to,
            before=before,
            plan_sha256=row.plan_sha256,
            who=who[:200],
            reason=reason[:2000],
            at=naive(clock),
        )
    )
    session.flush()
    on_record(
        session,
        f"campaign.{to}",
        "campaign",
        campaign_id,
        actor=who,
        before=before,
        plan_sha256=row.plan_sha256,
        approved_sha256=row.approved_sha256,
    )
    return _record(row)


def _found(session: Session, campaign_id: str) -> Campaign:
    row = session.get(Campaign, campaign_id)
    if row is None:
        raise NotFoundError(
            f"There is no campaign {campaign_id}.", where="store", fix="List them: retinue campaign list"
        )
    return row


def _record(row: Campaign) -> CampaignRecord:
    return CampaignRecord(
        row.campaign_id,
        row.run_id,
        row.as_of,
        row.state,  # type: ignore[arg-type]
        row.plan,
        row.plan_sha256,
        row.approved_sha256,
        row.approved_by,
        row.created_at,
        row.changed_at,
    )
