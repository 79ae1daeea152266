"""The decisions behind each number of campaign effectiveness."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.api.access import customers_seen, permit
from retinue.api.answers import NOT_MODIFIED, tagged
from retinue.api.cursors import Cursor, Limit, made_cursor, read_cursor
from retinue.api.deps import Service
from retinue.api.periods import Asked, period_of
from retinue.api.reading import Reads
from retinue.api.shapes.common import PLAIN
from retinue.api.shapes.effectiveness import DecisionRow, DecisionRows, OutcomeName
from retinue.api.showing import Shown
from retinue.privacy.erased import ERASED
from retinue.security import Principal

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/analytics/campaigns", tags=["analytics"])

Incentive = Annotated[
    str | None,
    Query(
        max_length=200, pattern=PLAIN, description="one incentive; `none`: no offer; left out: every offer"
    ),
]


@router.get("/decisions", response_model=DecisionRows, responses=NOT_MODIFIED)
def decisions(
    request: Request,
    door: Service,
    reads: Reads,
    who: Annotated[Principal, Depends(permit("customers.read"))],
    seen: Shown,
    asked: Annotated[Asked, Depends()],
    outcome: OutcomeName = "made",
    incentive: Incentive = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The decisions behind a number of campaign effectiveness, by customer; a csm sees those of own cases.

    A customer stands there once for each decision. A cursor stays with the run it began in. 404: there is no
    finished run, or that one is not kept any more.
    """
    question = {"decisions": [outcome, incentive, str(asked.first), str(asked.last)]}
    place = read_cursor(reads.key, question, cursor)
    run, journey = reads.journey_since(place)
    window = asked.window(reads.last_run().as_of if journey.told is None else journey.told.as_of)
    only = customers_seen(who, door, "customers.read")
    after = (str(place[1]), int(place[2])) if place else ("", 0)
    total, rows = journey.decisions(window, outcome, incentive, limit=limit + 1, after=after, only=only)
    more, shown = len(rows) > limit, rows[:limit]
    named = [None if row["customer_id"].startswith(ERASED) else row["customer_id"] for row in shown]
    seen.many(
        "decisions",
        run,
        customers=[name for name in named if name is not None],
        asked={
            "outcome": outcome,
            "incentive": incentive,
            "from": str(window.first),
            "to": str(window.last),
        },
    )
    end = [run, shown[-1]["customer_id"], shown[-1]["place"]] if more else None
    return tagged(
        request,
        DecisionRows(
            run=run,
            currency=reads.settings.project.currency,
            period=period_of(journey, window),
            outcome=outcome,
            total=total,
            own_only=only is not None,
            decisions=[
                DecisionRow(**row | {"customer_id": name}) for row, name in zip(shown, named, strict=True)
            ],
            next=None if end is None else made_cursor(reads.key, question, end),
        ),
    )
