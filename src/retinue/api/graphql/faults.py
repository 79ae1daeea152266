"""Errors of answers: in `extensions` what the problems of REST say; never where in the code they arose."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

from retinue.api.errors import problem_of
from retinue.api.graphql.questions import Invalid
from retinue.errors import RequestError, RetinueError
from retinue.telemetry import logger

__all__ = ["faults_of", "told"]

ROUTE = "/api/v1/graphql"


def told(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """The errors of an answer as they are sent."""
    return [_told(error) for error in errors]


def faults_of(error: RetinueError) -> tuple[list[dict[str, Any]], int, dict[str, str]]:
    """The errors of a question that is not answered at all, the HTTP status, and headers beside it."""
    if isinstance(error, Invalid):
        return told(error.faults), error.status, {}
    response = problem_of(error, ROUTE)
    after = response.headers.get("retry-after")
    return [_ours(error)], response.status_code, {} if after is None else {"Retry-After": after}


def _told(error: GraphQLError) -> dict[str, Any]:
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, RetinueError):
        found = _ours(cause)
    elif cause is None:
        said = {"code": RequestError.code, "status": 400}
        found = {"message": error.message, "extensions": said}
    else:
        logger("api").error("request.failed", route=ROUTE, path=_path(error), exc_info=cause)
        said = {"code": RetinueError.code, "status": 500}
        found = {"message": "The service could not answer.", "extensions": said}
    if error.locations:
        found["locations"] = [place.formatted for place in error.locations]
    if error.path:
        found["path"] = list(error.path)
    return found


def _ours(error: RetinueError) -> dict[str, Any]:
    body = json.loads(bytes(problem_of(error, ROUTE).body))
    return {"message": body.pop("detail"), "extensions": body}


def _path(error: GraphQLError) -> str:
    return ".".join(str(part) for part in error.path or ())
