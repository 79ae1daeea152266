"""What happened to one customer over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Service
from retinue.api.reading import Reading, Reads
from retinue.api.shapes.common import CustomerId
from retinue.api.shapes.timeline import KindName, Timeline, entry_of
from retinue.api.showing import Shown
from retinue.errors import RequestError
from retinue.runs.customers import timelines
from retinue.security import Principal, may
from retinue.store.timeline import Entry, Place

__all__ = ["page_of", "place_of", "router"]

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])


@router.get("/{customer_id}/timeline", response_model=Timeline, responses=NOT_MODIFIED)
def timeline(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Depends(permit("customers.read"))],
    seen: Shown,
    customer_id: CustomerId,
    kind: Annotated[list[KindName], Query(description="of these kinds; default: of all")] = [],  # noqa: B006
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What happened to a customer, newest first: risk and decisions of past runs, deliveries and what came
    back, cases, reported outcomes, words on consent, the cancel button.

    Of the runs whose customers are kept, and of the store; what was only ever loaded from files is in the
    warehouse, which the service does not open. Who answered a case, and in which words, is told to those who
    may see cases. 404: nothing at all is known of that id.
    """
    kinds = sorted(set(kind))
    before = place_of(reads, customer_id, cursor, kinds)
    found = timelines(door.store, reads.runs, [customer_id], limit=limit + 1, before=before, kinds=kinds)[
        customer_id
    ]
    if not found and before is None and not kinds:
        held = reads.newest.at(door.clock())
        if held is None or held.state(customer_id) is None:
            raise RequestError(
                "Nothing is known of a customer of that id.",
                status=404,
                fix="See who is there: GET /api/v1/customers",
            )
    seen.one("timeline", customer_id, "")
    return tagged(request, page_of(reads, who, customer_id, found, limit, kinds))


def place_of(reads: Reading, customer_id: str, cursor: str | None, kinds: Sequence[str] = ()) -> Place | None:
    """Where the page before ended. Raises RequestError: 422 for another cursor than one of ours."""
    place = read_cursor(reads.key, _question(customer_id, kinds), cursor)
    return None if place is None else Place(datetime.fromisoformat(place[0]), place[1], place[2])


def page_of(
    reads: Reading,
    who: Principal,
    customer_id: str,
    found: Sequence[Entry],
    limit: int,
    kinds: Sequence[str] = (),
) -> Timeline:
    """A page of at most `limit` entries, as somebody sees them. found: with one more where there is more."""
    shown = found[:limit]
    last = shown[-1].place if len(found) > limit else None
    place = None if last is None else [last.at.isoformat(), last.kind, last.key]
    return Timeline(
        customer_id=customer_id,
        entries=[entry_of(one, reviewer=may(who, "reviews.read")) for one in shown],
        next=None if place is None else made_cursor(reads.key, _question(customer_id, kinds), place),
    )


def _question(customer_id: str, kinds: Sequence[str]) -> dict[str, object]:
    return {"timeline": customer_id, **({"kinds": list(kinds)} if kinds else {})}
