"""What customers do, as machines report it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import ValidationError

from retinue.api.access import permit
from retinue.api.bulk import LINES, taken_in
from retinue.api.deps import Door, Service
from retinue.api.once import Acting, Key, scope_of
from retinue.api.shapes.events import EventIn, EventsTaken, EventTaken
from retinue.api.uploads import Intake, why
from retinue.errors import RequestError
from retinue.security import Principal
from retinue.store.inbox import Kept
from retinue.store.inbox_events import keep, named

__all__ = ["MOST", "UPLOAD", "router"]

router = APIRouter(prefix="/api/v1/events", tags=["events"])

UPLOAD = "/api/v1/events/bulk"
MOST = 1_000
"""Events in one request; more go through the upload."""

Reporter = Annotated[Principal, Depends(permit("events.report"))]
_FORM = EventIn.model_json_schema()
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [_FORM, {"type": "array", "items": _FORM, "maxItems": MOST}]},
                "example": _FORM["examples"],
            }
        },
    }
}


@router.post("", status_code=202, response_model=EventsTaken, openapi_extra=_BODY)
def report(
    door: Service,
    given: Annotated[dict[str, Any] | list[Any], Body()],
    once: Acting,
    who: Reporter,
) -> Response:
    """Keep one event, or up to 1,000: those that can be used are on disk before this answers, together.

    One that cannot be used does not hold up the others: it is answered as rejected, with the reason. Loaded
    by the next run. 422: none of them can be used, or there are too many.
    """
    events = given if isinstance(given, list) else [given]
    if not 1 <= len(events) <= MOST:
        raise RequestError(
            f"A request has 1 to {MOST:,} events, not {len(events):,}.",
            status=422,
            fix="Upload more to /api/v1/events/bulk.",
        )

    def work() -> EventsTaken:
        judged = [_judged(one, door) for one in events]
        good = [one for one in judged if not isinstance(one, str)]
        if not good:
            problems = [{"pointer": f"/{n}", "detail": str(one)} for n, one in enumerate(judged[:100])]
            raise RequestError("None of the events can be used.", status=422, problems=problems)
        with door.store.transaction() as session:
            keep(session, good, now=door.clock())
        return EventsTaken(
            accepted=len(good),
            rejected=len(judged) - len(good),
            events=[
                EventTaken(event_id=None, status="rejected", reason=one)
                if isinstance(one, str)
                else EventTaken(event_id=one["event_id"], status="accepted")
                for one in judged
            ],
        )

    return once(who, work, status=202)


@router.post("/bulk", **LINES)
async def bulk(request: Request, door: Service, who: Reporter, key: Key = None) -> Response:
    """Keep events from an upload: NDJSON, or CSV with a first line of names (Content-Type text/csv).

    Streams in and out, whatever the length. The answer has one line of JSON for each line: its number, and
    accepted, or rejected with the reason; last a line that counts them. In CSV, `metadata` is JSON.
    """

    def keep_rows(session: Any, rows: Sequence[dict[str, Any]]) -> list[Kept]:
        keep(session, rows, now=door.clock())
        return [Kept(row["event_id"], fresh=True) for row in rows]

    intake = Intake(lambda given: _judged(given, door), keep_rows)
    return await taken_in(request, door, intake, key, scope=scope_of("events", who))


def _judged(given: Any, door: Door) -> dict[str, Any] | str:
    """The row of an event, or why it cannot be used."""
    if not isinstance(given, Mapping):
        return "is no JSON object"
    try:
        one = EventIn.model_validate(_with_metadata(given))
    except ValidationError as error:
        return why(error)
    return "timestamp: lies more than a day in the future" if one.ahead(door.clock()) else named(one.body())


def _with_metadata(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with metadata read, where it is text: in CSV everything is."""
    text = given.get("metadata")
    if not isinstance(text, str):
        return given
    try:
        return {**given, "metadata": json.loads(text)}
    except (ValueError, RecursionError):
        return given
