"""Logs: one line each on stderr, silent below WARNING unless `RETINUE_LOG` says otherwise.

It may say `error`, `info`, `debug` or `json`. With `json` each line is an object in the fields of the Elastic
Common Schema, which Datadog reads as well. Values that look personal are hidden in every form (`hiding`).
Data go to stdout, never logs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["bound", "logger"]

_configured = False


def logger(name: str) -> Any:
    """A structured logger; its level is WARNING unless `RETINUE_LOG` says otherwise."""
    import structlog

    if not _configured:
        _configure()
    return structlog.get_logger(log_name=name)


@contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Every line that is written inside, also in threads that inherit the context, carries these fields.

    >>> with bound(job="drift"):
    ...     logger("doc").debug("not shown")
    """
    from structlog.contextvars import bound_contextvars

    with bound_contextvars(**fields):
        yield


def _configure() -> None:
    global _configured
    import logging

    import structlog

    wanted = os.environ.get("RETINUE_LOG", "warning").lower()
    levels = {"debug": logging.DEBUG, "info": logging.INFO, "json": logging.INFO, "error": logging.ERROR}
    level = levels.get(wanted, logging.WARNING)
    ending: list[Any] = [_without_name, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if wanted == "json":
        from retinue.telemetry.ecs import ecs, foreign

        ending = [ecs, structlog.processors.JSONRenderer()]
        logging.getLogger().addHandler(foreign())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _told,
            _impersonal,
            *ending,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked for at each message: stderr may be another stream by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    _configured = True


_OURS = ("event", "level", "timestamp", "log_name", "trace_id", "span_id", "request_id")


def _told(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An error by its kind and the places it came through: its words, and source lines, may quote data."""
    told = event.pop("exc_info", None)
    if told:
        error = told if isinstance(told, BaseException) else (sys.exc_info()[1] if told is True else told[1])
        if error is not None:
            import traceback

            frames = traceback.extract_tb(error.__traceback__)
            event["kind"] = type(error).__name__
            event["stack"] = " < ".join(
                f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames)
            )
    return event


def _impersonal(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Nothing personal, and control characters escaped: a value cannot fake a line or move the cursor."""
    from retinue.telemetry.hiding import hidden, plain

    for key, value in event.items():
        if key not in _OURS:
            event[key] = value = hidden(key, value)
        elif key == "event":
            event[key] = value = plain(str(value))
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
    return event


def _without_name(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("log_name", None)
    return event
