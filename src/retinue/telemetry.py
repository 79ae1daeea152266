"""Logs and timings: the only place that imports an observability library.

Logs go to stderr as one line each, JSON when `RETINUE_LOG=json`; data go to stdout, never logs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

__all__ = ["Timing", "logger", "peak_memory_mb", "timed"]

_configured = False


def logger(name: str) -> Any:
    """A structured logger; its level is WARNING unless `RETINUE_LOG` says `info`, `debug` or `json`."""
    global _configured
    import logging

    import structlog

    if not _configured:
        wanted = os.environ.get("RETINUE_LOG", "warning").lower()
        level = {"debug": logging.DEBUG, "info": logging.INFO, "json": logging.INFO}.get(
            wanted, logging.WARNING
        )
        renderer: Any = (
            structlog.processors.JSONRenderer()
            if wanted == "json"
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        )
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _one_line,
                renderer,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(level),
            # Asked for at each message: stderr may be another stream by then.
            logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        )
        _configured = True
    return structlog.get_logger(name)


def _one_line(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Control characters escaped: a value from data cannot fake a line of the log or move the cursor."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)
    return event


@dataclass(slots=True)
class Timing:
    """Wall and CPU seconds of a piece of work, filled when it ends."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Timing]:
    """Measure what happens inside.

    >>> with timed() as timing:
    ...     _ = sum(range(1000))
    >>> timing.wall >= 0
    True
    """
    timing = Timing()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield timing
    finally:
        timing.wall = time.perf_counter() - wall
        timing.cpu = time.process_time() - cpu


def peak_memory_mb() -> float:
    """Peak resident memory of this process so far, in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024**2
