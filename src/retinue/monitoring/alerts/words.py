"""An alert as a person reads it."""

from __future__ import annotations

from typing import Literal

from retinue.monitoring.alerts.figures import ALERTS
from retinue.settings import AlertLimits

__all__ = ["figure", "in_words"]


def in_words(name: str, what: Literal["fired", "cleared"], value: float, limits: AlertLimits) -> str:
    """What happened, in two sentences.

    >>> in_words("drift", "fired", 0.31, AlertLimits(0.25, 0.15, 0))
    "31.0 % of the customers' features drifted. It is told from 25.0 % on."
    """
    alert = ALERTS[name]
    said = alert.words.format(value=figure(alert.unit, value))
    if what == "cleared":
        return f"Over: {said}"
    low = " down" if not limits.high_is_bad else ""
    return f"{said} It is told from {figure(alert.unit, limits.fire)}{low} on."


def figure(unit: str, value: float) -> str:
    """A figure with its unit.

    >>> figure("share", 0.0042), figure("hours", 30.25), figure("count", 3.0)
    ('0.42 %', '30.2 hours', '3')
    """
    if unit == "share":
        return f"{value * 100:.2f} %" if abs(value) < 0.05 else f"{value * 100:.1f} %"
    if unit in ("hours", "minutes"):
        return f"{value:,.1f} {unit}"
    if unit == "seconds":
        return f"{value:.3f} seconds"
    return f"{value:.3f}" if unit == "number" else f"{value:,.0f}"
