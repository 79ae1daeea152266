"""What became of decisions that were to be delivered, as far as the warehouse has been told."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import String, and_, case, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from retinue.store.base import Base, Store
from retinue.store.deliveries import Delivery

__all__ = ["ended", "tell"]


class _Fate(Base):
    __tablename__ = "decision_fates"

    decision_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(String(64))
    made: Mapped[bool] = mapped_column()


def ended(store: Store) -> dict[str, list[str]]:
    """Decisions whose fate the warehouse was not told yet, by campaign: those of which some delivery was or
    may have been sent, and those of which none ever will be."""
    went = func.sum(case((Delivery.state.in_(("sent", "unknown")), 1), else_=0))
    waits = func.sum(case((Delivery.state.in_(("queued", "sending")), 1), else_=0))
    not_known_as_made = or_(_Fate.made.is_(None), ~_Fate.made)
    query = (
        select(Delivery.campaign_id, Delivery.decision_id)
        .outerjoin(_Fate, _Fate.decision_id == Delivery.decision_id)
        .where(Delivery.kind.in_(("message", "grant")))
        .group_by(Delivery.campaign_id, Delivery.decision_id, _Fate.made)
        .having(or_(and_(went > 0, not_known_as_made), and_(went + waits == 0, _Fate.made.is_(None))))
        .order_by(Delivery.campaign_id, Delivery.decision_id)
    )
    found: dict[str, list[str]] = {}
    with store.reading() as session:
        for campaign_id, decision_id in session.execute(query):
            found.setdefault(campaign_id, []).append(decision_id)
    return found


def tell(store: Store, campaign_id: str, made: Mapping[str, bool]) -> None:
    """Note that the warehouse knows now whether these decisions' offers were made."""
    with store.transaction() as session:
        for decision_id, was in made.items():
            session.merge(_Fate(decision_id=decision_id, campaign_id=campaign_id, made=was))
