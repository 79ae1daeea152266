"""Logs, metrics, traces and timings: the only place that imports an observability library.

In:  what happens, told by whoever does it.
Out: logs on stderr (`logs`), metrics as Prometheus reads them (`metrics`), spans (`tracing`). Nothing leaves
     the process unless somebody asks for it, and nothing of it names a person.
"""

from __future__ import annotations

from retinue.telemetry.logs import bound, logger
from retinue.telemetry.timing import Timing, peak_memory_mb, timed
from retinue.telemetry.tracing import span

__all__ = ["Timing", "bound", "logger", "peak_memory_mb", "span", "timed"]
