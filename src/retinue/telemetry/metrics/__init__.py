"""Metrics as Prometheus reads them: one table of what there is, and a meter that holds the numbers.

Names follow Prometheus: seconds, shares from 0 to 1, `_total` for what only rises. Labels come from short
lists (a route's template, a channel, a state); never from data, and never a customer.
"""

from __future__ import annotations

from retinue.telemetry.metrics.declared import METRICS, Metric
from retinue.telemetry.metrics.meter import Meter, Sample, counting, observe

__all__ = ["METRICS", "Meter", "Metric", "Sample", "counting", "observe"]
