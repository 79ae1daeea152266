"""How many, without the list: customers behind a filter, and the review queue in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.deps import Service
from retinue.api.reading import Reads
from retinue.api.routes.customers import Filters, RunName, wanted_of
from retinue.api.shapes.common import PLAIN
from retinue.api.shapes.counts import CustomerCount, QueueCount, QueueOfCampaign
from retinue.api.showing import Shown
from retinue.campaigns.contests import is_contest
from retinue.runs.customers import Wanted
from retinue.runs.people import reviewers
from retinue.security import Principal
from retinue.store.accounts import naive
from retinue.store.reviews import ReviewRecord, list_reviews

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/counts")


@router.get("/customers", response_model=CustomerCount, responses=NOT_MODIFIED, tags=["customers"])
def customers(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Depends(permit("customers.read"))],
    seen: Shown,
    filters: Annotated[Filters, Depends()],
    run: RunName = None,
) -> Response:
    """How many active customers of a run the asker may see, filtered as in the list.

    Nobody is named, but a narrow filter tells as much as a list, so it is on record all the same.

    404: there is no such run, or its customers are not kept any more.
    """
    found = reads.customers(door.clock(), run)
    only = customers_seen(who, door, "customers.read")
    total = found.count(replace(wanted_of(filters, "customer_id", descending=False), only=only))
    name = found.shared.campaign_id
    seen.many("count", name, count=total, asked=filters.as_dict())
    return tagged(
        request,
        CustomerCount(
            run=name,
            as_of=found.shared.as_of,
            total=total,
            of=found.count(Wanted(only=only)),
            own_only=only is not None,
        ),
    )


@router.get("/reviews", response_model=QueueCount, responses=NOT_MODIFIED, tags=["reviews"])
def reviews(
    request: Request,
    door: Service,
    who: Annotated[Principal, Depends(permit("reviews.read"))],
    campaign_id: Annotated[str | None, Query(max_length=64, pattern=PLAIN)] = None,
) -> Response:
    """What waits, in numbers: how urgent, worth what, and who may be given a case; a csm's own customers'.

    Cases that are snoozed count in `snoozed` alone. `due_today` is what falls due before midnight (UTC).
    """
    seen = customers_seen(who, door, "reviews.read")
    waiting = list_reviews(door.store, campaign_id=campaign_id, customers=seen)
    return tagged(
        request,
        queue_in_numbers(
            waiting,
            who.subject,
            door.clock(),
            currency=door.settings.project.currency,
            people=reviewers(door.store, door.settings.review, who.subject),
        ),
    )


def queue_in_numbers(
    waiting: list[ReviewRecord], who: str, now: datetime, *, currency: str, people: list[str]
) -> QueueCount:
    """Cases that wait as their sums. who: whose cases are `mine`. now: aware UTC."""
    moment = naive(now)
    awake = [case for case in waiting if case.snoozed_until is None or case.snoozed_until <= moment]
    overdue = [case for case in awake if case.due_at <= moment]
    today = [case for case in awake if moment < case.due_at and case.due_at.date() == moment.date()]
    offers = [case for case in awake if not is_contest(case)]  # the others ask for no money
    campaigns = Counter(case.campaign_id for case in awake)
    return QueueCount(
        as_of=naive(now).replace(tzinfo=UTC),
        currency=currency,
        waiting=len(awake),
        offers=len(offers),
        urgent=sum(case.urgent for case in awake),
        overdue=len(overdue),
        due_today=len(today),
        escalated=sum(case.escalated for case in awake),
        mine=sum(case.assigned_to == who for case in awake),
        nobodys=sum(case.assigned_to is None for case in awake),
        second_approval=sum(case.first_by is not None for case in awake),
        snoozed=len(waiting) - len(awake),
        expected_cents=sum(case.expected_cents for case in offers),
        cents=sum(case.cents for case in offers),
        campaigns=[QueueOfCampaign(campaign_id=name, waiting=many) for name, many in campaigns.most_common()],
        people=people,
    )
