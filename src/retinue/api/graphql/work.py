"""The review queue: what waits for a person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from retinue.api.cursors import Cursor, Limit
from retinue.api.graphql.asking import Asking
from retinue.api.graphql.fields import answers
from retinue.api.routes.reviews import case_shown, queue_of
from retinue.api.shapes.common import PLAIN, DecisionId
from retinue.api.shapes.reviews import CasePage, CaseState, WholeCase

__all__ = ["QUERIES"]


@answers("reviews.read")
def reviews(
    asking: Asking,
    state: list[CaseState] = ["waiting"],  # noqa: B006 - read only
    campaign_id: Annotated[str | None, Query(max_length=64, pattern=PLAIN)] = None,
    assigned_to: Annotated[str | None, Query(max_length=200, pattern=PLAIN)] = None,
    snoozed: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CasePage:
    """Cases: urgent ones first, then those that are expected to earn most; a csm sees own customers'."""
    return queue_of(
        asking.door,
        asking.reads,
        asking.who,
        asking.seen,
        states=state,
        campaign_id=campaign_id,
        assigned_to=assigned_to,
        snoozed=snoozed,
        limit=limit,
        cursor=cursor,
    )


@answers("reviews.read")
def review(asking: Asking, decision_id: DecisionId) -> WholeCase:
    """One case: why the customer may leave, what is proposed, why a person decides, and what was done."""
    return case_shown(asking.door, asking.who, asking.seen, decision_id)


QUERIES = (reviews, review)
