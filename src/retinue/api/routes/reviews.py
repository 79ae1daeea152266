"""The review queue: what waits for a person, and the answers, within the limit of who gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit, sees_customer
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Door, Service
from retinue.api.once import Acting
from retinue.api.reading import Here, Reading, Reads
from retinue.api.shapes.common import PLAIN, DecisionId, Why
from retinue.api.shapes.reviews import (
    Answered,
    Assignment,
    Bulk,
    BulkAnswers,
    Case,
    CasePage,
    CaseState,
    Change,
    Rejection,
    Snooze,
    WholeCase,
)
from retinue.api.showing import Showing, Shown
from retinue.campaigns.people import Person, with_roles
from retinue.errors import NotFoundError, RequestError
from retinue.runs.people import person_named
from retinue.runs.reviews import Reviews
from retinue.security import Principal
from retinue.store.reviews import ReviewRecord, list_reviews, no_case, review_of

__all__ = ["answered", "case_shown", "queue_of", "reviews_of", "router", "see_case"]

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"])

Read = Depends(permit("reviews.read"))
Answering = Annotated[Principal, Depends(permit("reviews.answer"))]


def people_of(door: Door, who: Principal) -> Callable[[str], Person]:
    """Name to person: whoever asks by the proven roles, others as users or by `[review] people`."""

    def find(name: str) -> Person:
        review = door.settings.review
        return (
            with_roles(review, name, who.roles)
            if name == who.subject
            else person_named(door.store, review, name)
        )

    return find


@router.get("", response_model=CasePage, responses=NOT_MODIFIED)
def list_(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Read],
    seen: Shown,
    state: Annotated[list[CaseState], Query()] = ["waiting"],  # noqa: B006 - read only
    campaign_id: Annotated[str | None, Query(max_length=64, pattern=PLAIN)] = None,
    assigned_to: Annotated[str | None, Query(max_length=200, pattern=PLAIN)] = None,
    snoozed: Annotated[bool, Query(description="also those that are put off")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Cases: urgent ones first, then those that are expected to earn most; a csm sees own customers'."""
    return tagged(
        request,
        queue_of(
            door,
            reads,
            who,
            seen,
            states=state,
            campaign_id=campaign_id,
            assigned_to=assigned_to,
            snoozed=snoozed,
            limit=limit,
            cursor=cursor,
        ),
    )


def queue_of(
    door: Door,
    reads: Reading,
    who: Principal,
    seen: Showing,
    *,
    states: Sequence[CaseState],
    campaign_id: str | None,
    assigned_to: str | None,
    snoozed: bool,
    limit: int,
    cursor: str | None,
) -> CasePage:
    """A page of the cases that somebody sees. Raises RequestError: 422 for a wrong cursor."""
    asked = {"reviews": [sorted(states), campaign_id, assigned_to, snoozed]}
    after = read_cursor(reads.key, asked, cursor)
    here = Here.of(door)
    found = list_reviews(
        door.store,
        states=tuple(states),
        campaign_id=campaign_id,
        assigned_to=assigned_to,
        awake_at=None if snoozed else here.clock,
        customers=customers_seen(who, door, "reviews.read"),
    )
    rest = found if after is None else [case for case in found if _place(case) > after]
    shown, reviews = rest[:limit], Reviews(here)
    more = len(rest) > limit
    seen.many("reviews", campaign_id or "", customers=[case.customer_id for case in shown])
    return CasePage(
        reviews=[Case(**reviews.as_dict(case)) for case in shown],
        next=made_cursor(reads.key, asked, _place(shown[-1])) if more else None,
    )


@router.get("/{decision_id}", response_model=WholeCase, responses=NOT_MODIFIED)
def show(
    request: Request, door: Service, decision_id: DecisionId, who: Annotated[Principal, Read], seen: Shown
) -> Response:
    """One case: why the customer may leave, what is proposed, why a person decides, and what was done.

    404: there is no such case, or it is of somebody else's customer.
    """
    return tagged(request, case_shown(door, who, seen, decision_id))


def case_shown(door: Door, who: Principal, seen: Showing, decision_id: str) -> WholeCase:
    """One case. Raises NotFoundError, also for that of somebody else's customer."""
    case = see_case(who, door, decision_id, "reviews.read")
    seen.one("review", case.customer_id, case.campaign_id)
    return WholeCase(**Reviews(Here.of(door)).show(decision_id))


@router.post("/bulk", response_model=BulkAnswers)
def bulk(door: Service, given: Bulk, once: Acting, who: Answering) -> Response:
    """Approve or reject up to 200 cases; each is its own step, so some may be refused and others done."""
    if given.answer == "reject" and given.code is None:
        raise RequestError("A rejection needs its code.", status=422, where="code", fix="Send a code.")
    reviews, names = reviews_of(door, who), list(dict.fromkeys(given.decisions))
    unseen = _unseen(door, who, names)

    def work() -> BulkAnswers:
        mine = [name for name in names if name not in unseen]
        if given.answer == "approve":
            done = reviews.approve_all(mine, who=who.subject, reason=given.reason)
        else:
            done = reviews.reject_all(mine, given.code or "", who=who.subject, reason=given.reason)
        return BulkAnswers(results={name: unseen[name] if name in unseen else done[name] for name in names})

    return once(who, work)


@router.post("/{decision_id}/approve", response_model=Answered)
def approve(
    door: Service, decision_id: DecisionId, given: Annotated[Why, Body()], once: Acting, who: Answering
) -> Response:
    """Make the offer; where two people must approve, the first of two.

    403: it costs more than the role may approve, or the same person approved already. 409: the case is
    closed, the campaign does not run, or the money is not there.
    """
    reviews = reviews_of(door, who, decision_id)
    return once(who, lambda: answered(reviews.approve(decision_id, who=who.subject, reason=given.reason)))


@router.post("/{decision_id}/change", response_model=Answered)
def change(door: Service, decision_id: DecisionId, given: Change, once: Acting, who: Answering) -> Response:
    """Propose another of the offers that were weighed; it still needs an approval."""
    reviews = reviews_of(door, who, decision_id)

    def work() -> Answered:
        return answered(reviews.change(decision_id, given.offer, who=who.subject, reason=given.reason))

    return once(who, work)


@router.post("/{decision_id}/reject", response_model=Answered)
def reject(
    door: Service, decision_id: DecisionId, given: Rejection, once: Acting, who: Answering
) -> Response:
    """Make no offer, and say why; its money is free again."""
    reviews = reviews_of(door, who, decision_id)

    def work() -> Answered:
        return answered(reviews.reject(decision_id, given.code, who=who.subject, reason=given.reason))

    return once(who, work)


@router.post("/{decision_id}/snooze", response_model=Answered)
def snooze(door: Service, decision_id: DecisionId, given: Snooze, once: Acting, who: Answering) -> Response:
    """Put it off until a time before it expires."""
    reviews = reviews_of(door, who, decision_id)
    return once(who, lambda: answered(reviews.snooze(decision_id, given.until, who=who.subject)))


@router.post("/{decision_id}/assign", response_model=Answered)
def assign(
    door: Service, decision_id: DecisionId, given: Assignment, once: Acting, who: Answering
) -> Response:
    """Give it to somebody who may approve it: a user of the service, or one of `[review] people`."""
    reviews = reviews_of(door, who, decision_id)
    return once(who, lambda: answered(reviews.assign(decision_id, given.to, who=who.subject)))


def reviews_of(door: Door, who: Principal, decision_id: str | None = None) -> Reviews:
    """The queue for somebody who answers. Raises NotFoundError for the case of somebody else's customer."""
    if decision_id is not None:
        see_case(who, door, decision_id, "reviews.answer")
    return Reviews(Here.of(door), people=people_of(door, who))


def see_case(who: Principal, door: Door, decision_id: str, permission: str) -> ReviewRecord:
    """The case, where somebody may see its customer. Raises NotFoundError, in the same words for both."""
    case = review_of(door.store, decision_id)
    if not sees_customer(who, door, case.customer_id, permission):
        raise no_case(decision_id)
    return case


def _unseen(door: Door, who: Principal, names: list[str]) -> dict[str, dict[str, str]]:
    """Of those cases that are not there for somebody, what is answered."""
    found = {}
    for name in names if customers_seen(who, door, "reviews.answer") is not None else ():
        try:
            see_case(who, door, name, "reviews.answer")
        except NotFoundError as error:
            found[name] = {"refused": error.what}
    return found


def _place(case: ReviewRecord) -> list[Any]:
    return [not case.urgent, -case.expected_cents, case.decision_id]


def answered(case: ReviewRecord) -> Answered:
    """Where a case is now, as it is shown."""
    until = case.snoozed_until
    return Answered(
        decision_id=case.decision_id,
        state=case.state,
        offer=case.offer,
        cents=case.cents,
        assigned_to=case.assigned_to,
        snoozed_until=None if until is None else until.replace(tzinfo=UTC),
        first_by=case.first_by,
    )
