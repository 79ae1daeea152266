"""Deliveries: what was sent, waits, failed or is unknown, and what a person found out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit, sees_customer
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.once import Acting
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.common import PLAIN, DecisionId
from retinue.api.shapes.operations import Delivery, DeliveryPage, DeliveryState, Settlement, WholeDelivery
from retinue.campaigns.reconciling import settle_by_hand
from retinue.errors import NotFoundError
from retinue.security import Principal
from retinue.store.deliveries import DeliveryRecord, delivery_of, history, list_deliveries

__all__ = ["listed", "router"]

router = APIRouter(prefix="/api/v1/deliveries", tags=["deliveries"])

Read = Depends(permit("campaigns.read"))
Named = Annotated[str | None, Query(max_length=200, pattern=PLAIN)]


@router.get("", response_model=DeliveryPage, responses=NOT_MODIFIED)
def list_(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Read],
    state: Annotated[list[DeliveryState], Query()] = [],  # noqa: B006 - read only
    campaign_id: Named = None,
    customer_id: Named = None,
    decision_id: Named = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Deliveries in the order they are due, with state and reason; a csm sees those to own customers."""
    return tagged(
        request,
        listed(
            door,
            reads,
            customers_seen(who, door, "campaigns.read"),
            states=state,
            campaign_id=campaign_id,
            customer_id=customer_id,
            decision_id=decision_id,
            limit=limit,
            cursor=cursor,
        ),
    )


def listed(
    door: Door,
    reads: Reading,
    mine: Collection[str] | None,
    *,
    states: Sequence[DeliveryState] = (),
    campaign_id: str | None = None,
    customer_id: str | None = None,
    decision_id: str | None = None,
    limit: int,
    cursor: str | None,
) -> DeliveryPage:
    """A page of deliveries, to none but these customers; None for all.

    Raises RequestError: 422 for another cursor than one of ours.
    """
    asked = {"deliveries": [sorted(states), campaign_id, customer_id, decision_id]}
    place = read_cursor(reads.key, asked, cursor)
    found = list_deliveries(
        door.store,
        states=tuple(states),
        campaign_id=campaign_id,
        customer_id=customer_id,
        customers=mine,
        decision_id=decision_id,
        after=None if place is None else (datetime.fromisoformat(place[0]), place[1]),
        limit=limit + 1,
    )
    shown, more = found[:limit], len(found) > limit
    end = [shown[-1].due_at.isoformat(), shown[-1].delivery_id] if more else None
    return DeliveryPage(
        deliveries=[Delivery(**_plain(one)) for one in shown],
        next=made_cursor(reads.key, asked, end) if more else None,
    )


@router.get("/{delivery_id}", response_model=WholeDelivery, responses=NOT_MODIFIED)
def show(
    request: Request, door: Service, who: Annotated[Principal, Read], delivery_id: DecisionId
) -> Response:
    """One delivery with every change of its state. 404: there is none, or it is another's customer's."""
    found = _whole(door, delivery_id)
    if not sees_customer(who, door, found.customer_id, "campaigns.read"):
        raise _none(delivery_id)
    return tagged(request, found)


@router.post("/{delivery_id}/settle", response_model=WholeDelivery)
def settle(
    door: Service,
    delivery_id: DecisionId,
    given: Settlement,
    once: Acting,
    who: Annotated[Principal, Depends(permit("campaigns.run"))],
) -> Response:
    """Say what became of a delivery of which nobody knew. 409: nothing is unknown about it."""

    def work() -> WholeDelivery:
        settle_by_hand(
            door.store, delivery_id, given.state, who=who.subject, reason=given.reason, clock=door.clock()
        )
        return _whole(door, delivery_id)

    return once(who, work)


def _whole(door: Door, delivery_id: str) -> WholeDelivery:
    found = delivery_of(door.store, delivery_id)
    if found is None:
        raise _none(delivery_id)
    steps = [{**asdict(step), "at": f"{step.at.isoformat()}Z"} for step in history(door.store, delivery_id)]
    return WholeDelivery(**_plain(found), steps=steps)


def _none(delivery_id: str) -> NotFoundError:
    return NotFoundError(f"There is no delivery {delivery_id}.", fix="List them: GET /api/v1/deliveries")


def _plain(found: DeliveryRecord) -> dict[str, Any]:
    """The fields that are shown; what is sent, and to which address, is not among them."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in ((name, getattr(found, name)) for name in Delivery.model_fields)
    }
