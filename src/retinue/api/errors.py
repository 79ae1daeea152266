"""Errors as RFC 9457 problems: `application/problem+json` with the code that the documentation explains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from retinue.api.observing import route_of
from retinue.api.schemas import OutcomeIn
from retinue.errors import (
    AuditError,
    BudgetError,
    DataError,
    LimitError,
    NotFoundError,
    RequestError,
    RetinueError,
    SettingsError,
    StateError,
    StoreUnavailable,
    UsageError,
)
from retinue.telemetry import logger

__all__ = ["install", "problem", "problem_of"]

_STATUS: tuple[tuple[type[RetinueError], int], ...] = (
    (SettingsError, 500),
    (LimitError, 403),
    (NotFoundError, 404),
    (StateError, 409),
    (UsageError, 400),
    (DataError, 422),
    (BudgetError, 409),
)
_ONE, _MANY = OutcomeIn.__name__, f"list[{OutcomeIn.__name__}]"
"""How a fault names which form of a body it is about, where there are two."""

_MOST_FAULTS = 100
"""An answer must not be many times as long as what was asked."""

_TITLES = {
    400: "Bad request",
    401: "Not authorised",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "Body too long",
    415: "Unsupported media type",
    422: "Cannot be used as it is",
    429: "Too many requests",
    500: "Internal error",
    503: "Service unavailable",
}


def problem(
    status: int,
    detail: str,
    *,
    code: str = RequestError.code,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """One problem; empty members are left out."""
    body = {
        "type": f"urn:retinue:error:{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        **{name: value for name, value in more.items() if value},
    }
    return JSONResponse(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def install(app: FastAPI) -> None:
    """Make every error of the service a problem."""

    @app.exception_handler(RetinueError)
    async def of_ours(request: Request, error: RetinueError) -> JSONResponse:
        return problem_of(error, route_of(request.scope))

    @app.exception_handler(RequestValidationError)
    async def of_body(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, "The request does not have the form it needs.", errors=_parts(error))

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> JSONResponse:
        headers = error.headers
        if error.status_code == 405:
            headers = {**(headers or {}), "Allow": ", ".join(_methods(app, request.scope["path"]))}
        return problem(error.status_code, str(error.detail), headers=headers)

    @app.exception_handler(Exception)
    async def of_anything(request: Request, error: Exception) -> JSONResponse:
        logger("api").error("request.failed", route=route_of(request.scope), exc_info=error)
        return problem(500, "The service could not answer.", code=RetinueError.code)


def _methods(app: FastAPI, path: str) -> list[str]:
    """How a path may be asked; the framework alone names the methods of one of its routes only."""
    same = [
        route
        for route in iter_route_contexts(app.routes)
        if route.methods and route.path_regex.match(path) is not None
    ]
    written_out = [route for route in same if route.path == path]
    return sorted({method for route in written_out or same for method in route.methods or ()})


def problem_of(error: RetinueError, route: str) -> JSONResponse:
    """The problem of an error of ours; what is nobody's business outside is logged, and said in general."""
    if isinstance(error, RequestError):
        return _refusal(error)
    if isinstance(error, StoreUnavailable | AuditError):
        happened = "store.unavailable" if isinstance(error, StoreUnavailable) else "audit.unwritten"
        logger("api").error(happened, route=route, why=error.fix)
        said = "The service cannot answer now: try again."
        return problem(503, said, code=error.code, headers={"Retry-After": "5"})
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:  # places on this machine are nobody's business outside
        logger("api").error("request.failed", route=route, code=error.code, error=error.what)
        return problem(500, "The service could not answer.", code=error.code)
    return problem(status, error.what, code=error.code, fix=error.fix)


def _refusal(error: RequestError) -> JSONResponse:
    headers = {}
    if error.after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.after)))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(
        error.status,
        error.what,
        code=error.code,
        headers=headers,
        where=error.where,
        fix=error.fix,
        errors=list(error.problems),
    )


def _parts(error: RequestValidationError) -> list[dict[str, str]]:
    """Where each fault is, as a JSON pointer; never the value, which may be personal."""
    found = []
    other = _ONE if isinstance(error.body, list) else _MANY  # the form that was not meant
    for fault in error.errors():
        place = [str(part) for part in fault["loc"] if part != "body"]
        if other in place:
            continue
        named = "".join(f"/{part}" for part in place if part not in (_ONE, _MANY))
        found.append({"pointer": named, "detail": str(fault["msg"])})
        if len(found) == _MOST_FAULTS:
            break
    return found
