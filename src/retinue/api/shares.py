"""Figures with their intervals, as they are answered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from retinue.api.shapes.known import Between, Share, Sure
from retinue.privacy.cells import LEAST

__all__ = ["HIDDEN", "between", "share_of", "sure", "unknown"]

HIDDEN = "Hidden: the arms are not as they were drawn, so no difference between them means anything."
"""Why nothing is compared while the sample-ratio check fails."""


def share_of(count: int, of: int, reason: str) -> Share:
    """A share with Wilson's 95 % interval; `reason`: why there is none, where it is of nobody.

    >>> share_of(0, 0, "Nobody is judged yet.").reason
    'Nobody is judged yet.'
    >>> round(share_of(90, 100, "").low, 3)
    0.826
    """
    if of < LEAST:
        why = reason if of == 0 else f"Not enough data yet: fewer than {LEAST} customers."
        return Share(count=count, of=of, value=None, low=None, high=None, reason=why)
    from retinue.churn.metrics import share_interval

    low, high = share_interval(float(count), of)
    return Share(count=count, of=of, value=count / of, low=low, high=high, reason=None)


def between(found: Mapping[str, Any] | None, reason: str = "It is not known.") -> Between:
    """A measure with its interval (`value`, `low`, `high`, `reason`); None: not known."""
    known = found or {}
    value = known.get("value")
    return Between(
        value=value,
        low=known.get("low"),
        high=known.get("high"),
        reason=None if value is not None else known.get("reason") or reason,
    )


def sure(found: Any, *, customers: int | None = None) -> Sure:
    """An estimate (`outcomes.aipw.Estimate`, or its dictionary) with both intervals."""
    told = found if isinstance(found, Mapping) else found.as_dict()
    ends = {name: _finite(told[name]) for name in ("value", "low", "high", "always_low", "always_high")}
    return Sure(
        **ends,
        customers=told["units"] if customers is None else customers,
        reason=None if ends["value"] is not None else "It is not known.",
    )


def unknown(reason: str, customers: int = 0) -> Sure:
    """No estimate, and why."""
    return Sure(
        value=None,
        low=None,
        high=None,
        always_low=None,
        always_high=None,
        customers=customers,
        reason=reason,
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
