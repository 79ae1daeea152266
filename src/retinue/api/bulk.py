"""Uploads of many records: taken in once for a key, answered line by line."""

from __future__ import annotations

from typing import IO, Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from retinue.api.deps import Door
from retinue.api.once import claimed
from retinue.api.uploads import Intake, Uploaded, spooled, take_upload
from retinue.errors import RequestError
from retinue.store.idempotency import drop, finish

__all__ = ["LINES", "LONGEST_KEY", "checked_key", "taken_in"]

LONGEST_KEY = 200
LINES: dict[str, Any] = {
    "response_class": StreamingResponse,
    "responses": {
        200: {
            "description": "A line of JSON for each line.",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        }
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/x-ndjson": {"schema": {"type": "string"}},
                "text/csv": {"schema": {"type": "string"}},
            },
        }
    },
}
"""How a route of uploads is described."""

_KINDS = ("application/x-ndjson", "application/ndjson", "application/jsonl", "text/csv")


async def taken_in(request: Request, door: Door, intake: Intake, key: str | None, *, scope: str) -> Response:
    """The answer to an upload, a line for each line; the one it had before, where the key is known.

    Raises RequestError: 415 for another kind, 409 and 422 as `claimed`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS:
        raise RequestError(
            "An upload is NDJSON or CSV.",
            status=415,
            where="Content-Type",
            fix="Send application/x-ndjson or text/csv.",
        )
    name = None if key is None else f"bulk:{checked_key(key)}"
    upload, digest = await spooled(request)
    with upload:
        if name is not None:
            before = await run_in_threadpool(claimed, door, scope, name, digest)
            if before.state == "answered":
                return Response(
                    before.answer,
                    status_code=before.status,
                    media_type="application/x-ndjson",
                    headers={"Idempotency-Replayed": "true"},
                )
        answer = await run_in_threadpool(_uploaded, door, upload, kind == "text/csv", intake, scope, name)
    return StreamingResponse(answer.lines(), media_type="application/x-ndjson")


def _uploaded(
    door: Door, upload: IO[bytes], csv: bool, intake: Intake, scope: str, key: str | None
) -> Uploaded:
    try:
        answer = take_upload(door.store, upload, csv=csv, intake=intake)
        if key is not None:
            with door.store.transaction() as session:
                finish(session, scope, key, status=200, answer=answer.last)
    except BaseException:
        if key is not None:
            drop(door.store, scope, key)
        raise
    return answer


def checked_key(given: str) -> str:
    """The key, where it is one. Raises RequestError (422)."""
    if not 1 <= len(given) <= LONGEST_KEY or not given.isascii() or not given.isprintable():
        raise RequestError(
            f"An Idempotency-Key is 1 to {LONGEST_KEY} printable ASCII characters.",
            status=422,
            where="Idempotency-Key",
            fix="Use a UUID.",
        )
    return given
