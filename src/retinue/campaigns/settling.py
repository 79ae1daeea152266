"""Writing down what came of a delivery, and giving its money back when surely nothing did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.store.accounts import naive
from retinue.store.campaigns import state_of_campaign_in
from retinue.store.deliveries import OPEN, DeliveryRecord, DeliveryState, siblings_in, state_in
from retinue.store.ledger import give_back_in, spent_after_all_in
from retinue.store.outbox import settle_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.channels.base import Sent

__all__ = ["Settled", "settle", "told_late"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a delivery becomes.

    due_in: seconds until it is looked at again, for `queued` and `sending`. uncount: the try does not count.
    over: whether no call can still be under way, so that at most its effect is unknown.
    """

    state: DeliveryState
    reason: str = ""
    sent: Sent | None = None
    due_in: float = 0.0
    uncount: bool = False
    over: bool = True


def settle(session: Session, held: DeliveryRecord, outcome: Settled, *, clock: datetime) -> DeliveryRecord:
    """Move a delivery that the caller's transaction holds; free its money when nothing can come of it.

    What would wait again in a campaign that was stopped meanwhile is cancelled: nobody would ever take it.
    """
    if outcome.state == "queued" and state_of_campaign_in(session, held.campaign_id) == "stopped":
        outcome = replace(outcome, state="cancelled", reason=f"The campaign was stopped. {outcome.reason}")
    later = naive(clock) + timedelta(seconds=outcome.due_in)
    changes: dict[str, Any] = {"over": outcome.over}
    if outcome.state == "queued":
        changes |= {"due_at": later, "lease_until": None, "owner": None}
    elif outcome.state == "sending":
        changes |= {"lease_until": later, "owner": None}
    if outcome.uncount:
        changes["tries"] = max(0, held.tries - 1)
    if outcome.sent is not None:
        changes |= {"reference": outcome.sent.reference, "cost_cents": outcome.sent.cost_cents}
    done = settle_in(
        session,
        held.delivery_id,
        outcome.state,
        clock=clock,
        reason=outcome.reason,
        keep_claim=outcome.state == "sending",
        **changes,
    )
    if done.state in ("failed", "withheld", "cancelled", "expired"):
        _free(session, done.decision_id)
    return done


def _free(session: Session, decision_id: str) -> None:
    """Give the money of a decision back, unless something of it went out or still may."""
    if all(sibling.state not in (*OPEN, "sent") for sibling in siblings_in(session, decision_id)):
        give_back_in(session, decision_id)


def told_late(session: Session, delivery: DeliveryRecord, sent: Sent, *, clock: datetime) -> None:
    """A worker that lost its claim tells that it did send.

    That settles what nobody knew, and corrects a person who said that it was not done. While another worker
    is at it under the same key, that one will hear the same.
    """
    state = state_in(session, delivery.delivery_id)
    if state not in ("unknown", "failed"):
        return
    settle_in(
        session,
        delivery.delivery_id,
        "sent",
        clock=clock,
        reason="told late by its worker" + (", after it counted as failed" if state == "failed" else ""),
        reference=sent.reference,
        cost_cents=sent.cost_cents,
        over=True,
    )
    if delivery.planned_cents:
        spent_after_all_in(session, delivery.decision_id)
