"""A line of the log in the fields of the Elastic Common Schema, with the few that Datadog looks for beside.

Dotted keys stand for nested objects in both. What the schema has no field for goes below `retinue.`, so that
it never meets a field of another kind in the same index.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

__all__ = ["ecs", "foreign", "server_logs"]

_FIELDS = {
    "timestamp": "@timestamp",
    "level": "log.level",
    "event": "message",
    "log_name": "log.logger",
    "request_id": "http.request.id",
    "trace_id": "trace.id",
    "span_id": "span.id",
    "method": "http.request.method",
    "status": "http.response.status_code",
    "route": "url.template",
    "code": "error.code",
    "kind": "error.type",
    "error": "error.message",
    "stack": "error.stack_trace",
}
_NO_ACTION = re.compile(r"[^a-z0-9]+")


def ecs(_: Any, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The same event in the schema's fields.

    >>> line = ecs(None, "", {"event": "job done", "level": "info", "job": "drift", "seconds": 0.5})
    >>> line["message"], line["event.action"], line["event.duration"], line["retinue.job"]
    ('job done', 'job-done', 500000000, 'drift')
    """
    found: dict[str, Any] = {
        "@timestamp": event.get("timestamp"),
        "log.level": event.get("level"),
        "message": event.get("event"),
        "ecs.version": "8.11.0",
        "service.name": "retinue",
        "service.version": _version(),
        "event.action": _NO_ACTION.sub("-", str(event.get("event", "")).lower()).strip("-")[:100],
        # Datadog knows the level by this name, and the service by the other.
        "level": event.get("level"),
        "dd.service": "retinue",
    }
    for key, value in event.items():
        if key == "seconds" and isinstance(value, int | float):
            found["event.duration"] = round(value * 1e9)
        else:
            found[_FIELDS.get(key, f"retinue.{key}")] = _flat(value)
    if event.get("trace_id"):
        found["dd.trace_id"] = event["trace_id"]
    return found


def _flat(value: Any) -> Any:
    """A mapping as text: its keys are data, and each would be a field of the index."""
    return json.dumps(value, default=str) if isinstance(value, dict) else value


@lru_cache
def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("retinue")
    except PackageNotFoundError:
        return "unknown"


def server_logs() -> dict[str, Any] | None:
    """How the web server is to log, so that its lines have the same form; None where they are for people."""
    if os.environ.get("RETINUE_LOG", "").lower() != "json":
        return None
    ours = {"()": "retinue.telemetry.ecs.foreign"}
    return {"version": 1, "disable_existing_loggers": False, "handlers": {"console": ours, "access": ours}}


def foreign() -> logging.Handler:
    """A handler by which warnings of other libraries become lines of the same form.

    Their words may quote data, so only what does not look personal is shown.
    """
    from retinue.telemetry.logs import logger

    class Foreign(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            try:
                said = record.getMessage()
                told = {"exc_info": record.exc_info} if record.exc_info else {}
                logger(record.name).log(record.levelno, said, **told)
            except Exception:
                self.handleError(record)

    return Foreign(logging.WARNING)
