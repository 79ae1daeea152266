"""The description of the service: names of operations, and every status that may come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from retinue.api.access import PUBLIC
from retinue.api.shapes.common import Problem

__all__ = ["describe", "operation_name"]

_MORE = {
    "feedback_bulk": (415,),
    "events_bulk": (415,),
    "prediction_jobs_upload": (415,),
    "campaigns_plan": (409,),
    "campaigns_preview": (409,),
    "campaigns_approve": (412,),
    "service_remove_sample": (409,),
    "session_renew": (403,),
    "session_look_as": (403,),
    "session_sign_out": (403,),
}

_WORDS = {
    400: "It cannot be done as it was asked.",
    401: "Nobody is proven to ask.",
    403: "Whoever asks may not.",
    404: "There is nothing of that name.",
    409: "It is in another state, or the same request is being worked on.",
    412: "`If-Match` names another version.",
    413: "The body is too long.",
    415: "The body is of another kind.",
    422: "Something has not the form it needs.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    500: "The service could not answer.",
    503: "The store does not answer now; `Retry-After` says how long to wait.",
}
_PROBLEM = "#/components/schemas/Problem"
_VALIDATION = ("HTTPValidationError", "ValidationError")


def operation_name(route: APIRoute) -> str:
    """A stable name: the stage and what is done, such as `customers_list`."""
    stage = str(route.tags[0]).replace("-", "_") if route.tags else "service"
    return f"{stage}_{route.name.strip('_')}"


def describe(app: FastAPI) -> None:
    """Let the application describe itself with every status documented; the form is made once."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(found: dict[str, Any]) -> dict[str, Any]:
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in _VALIDATION:
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _complete(path, method, operation)
    return found


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    answers = operation.setdefault("responses", {})
    statuses = [422, 429, 500, 503]
    if path not in PUBLIC:
        statuses += [401, 403, 404]
    elif path.startswith("/api/v1/"):
        statuses += [401, 404]
    if method == "post":
        statuses += [400, 409, 413]
    statuses += _MORE.get(operation.get("operationId", ""), ())
    for status in statuses:
        known = answers.get(str(status))
        if known is None or _is_default(known):
            answers[str(status)] = _problem(status)
    for status, known in answers.items():
        if status.isdigit() and int(status) >= 400:
            known.setdefault("content", _problem(422)["content"])
    operation["responses"] = dict(sorted(answers.items()))


def _is_default(answer: Mapping[str, Any]) -> bool:
    return "HTTPValidationError" in str(answer)


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": _WORDS[status],
        "content": {"application/problem+json": {"schema": {"$ref": _PROBLEM}}},
    }
