"""Alerts: when a figure that somebody must know of is bad, and when it is good again.

In:  the samples of `retinue.monitoring.samples`, how requests went, and the limits of `[alerts]`.
Out: for each alert its figure, where it stands, and whether it fired or cleared just now.
"""

from __future__ import annotations

from retinue.monitoring.alerts.figures import ALERTS, Alert, current
from retinue.monitoring.alerts.hysteresis import step
from retinue.monitoring.alerts.words import in_words

__all__ = ["ALERTS", "Alert", "current", "in_words", "step"]
