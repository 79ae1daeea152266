"""What became of customers, as machines report it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Request, Response

from retinue.api.access import permit
from retinue.api.bulk import LINES, checked_key, taken_in
from retinue.api.deps import Door, Service
from retinue.api.once import claimed, scope_of
from retinue.api.schemas import Accepted, AcceptedOutcome, OutcomeIn
from retinue.api.uploads import outcomes_in
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.idempotency import drop, finish
from retinue.store.inbox import keep

__all__ = ["router"]

router = APIRouter(prefix="/api/v1/feedback", tags=["feedback"])

Reporter = Annotated[Principal, Depends(permit("outcomes.report"))]
_SCOPE = "feedback"
MOST = 1_000
"""Outcomes in one request; more go through the upload."""

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="the same key and body get the answer of before; another body is refused",
    ),
]


@router.post("/outcome", status_code=202, response_model=Accepted)
def outcome(
    door: Service, who: Reporter, given: Annotated[OutcomeIn | list[OutcomeIn], Body()], key: Key = None
) -> Response:
    """Keep one outcome, or up to 1,000: all of them, on disk before this answers, or none.

    202: they will be loaded by the next `retinue outcomes collect`. 409: the same key is being worked on.
    422: something cannot be used, or the key came with another body before.
    """
    reported = given if isinstance(given, list) else [given]
    _check(reported, door)
    bodies = [one.body() for one in reported]
    text = json.dumps([isinstance(given, list), bodies], sort_keys=True)
    if key is None:
        return _answer(*_kept(door, bodies))
    scope, digest = scope_of(_SCOPE, who), hashlib.sha256(text.encode()).hexdigest()
    found = claimed(door, scope, checked_key(key), digest)
    if found.state == "answered":
        return _answer(found.status, found.answer, replayed=True)
    return _answer(*_kept(door, bodies, (scope, key)))


@router.post("/outcomes/bulk", **LINES)
async def bulk(request: Request, door: Service, who: Reporter, key: Key = None) -> Response:
    """Keep outcomes from an upload: NDJSON, or CSV with a first line of names (Content-Type text/csv).

    Streams in and out, whatever the length. The answer has one line of JSON for each line: its number, and
    accepted, unchanged, or rejected with the reason; last a line that counts them. Lines that cannot be used
    do not hold up the others.
    """
    return await taken_in(request, door, outcomes_in(door.clock), key, scope=scope_of(_SCOPE, who))


def _check(reported: Sequence[OutcomeIn], door: Door) -> None:
    """Raises RequestError for what the form alone does not show."""
    if not 1 <= len(reported) <= MOST:
        raise RequestError(
            f"A request has 1 to {MOST:,} outcomes, not {len(reported):,}.",
            status=422,
            fix="Upload more to /api/v1/feedback/outcomes/bulk.",
        )
    now = door.clock()
    problems = [
        {"pointer": f"/{place}/observed_at", "detail": "lies in the future"}
        for place, one in enumerate(reported)
        if one.late(now)
    ]
    if problems:
        raise RequestError("An outcome is of the past.", status=422, problems=problems)


def _kept(
    door: Door, bodies: Sequence[dict[str, Any]], key: tuple[str, str] | None = None
) -> tuple[int, str]:
    try:
        with door.store.transaction() as session:
            kept = keep(session, bodies, now=door.clock())
            answer = Accepted(
                accepted=sum(one.fresh for one in kept),
                unchanged=sum(not one.fresh for one in kept),
                outcomes=[
                    AcceptedOutcome(
                        outcome_id=one.outcome_id, status="accepted" if one.fresh else "unchanged"
                    )
                    for one in kept
                ],
            ).model_dump_json()
            if key is not None:
                finish(session, *key, status=202, answer=answer)
    except BaseException:
        if key is not None:
            drop(door.store, *key)
        raise
    return 202, answer


def _answer(status: int, text: str, *, replayed: bool = False) -> Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(text, status_code=status, media_type="application/json", headers=headers)
