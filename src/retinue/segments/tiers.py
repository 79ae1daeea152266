"""Value tiers: names for ranges of customer lifetime value, as configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retinue.errors import UsageError

__all__ = ["value_tier"]


def value_tier(clv: ArrayLike, tiers: Mapping[str, float]) -> NDArray[Any]:
    """The tier with the highest threshold that the value reaches; a threshold belongs to its tier.

    Parameters
    ----------
    clv: values in project currency. A missing value, or one below every threshold, gets the lowest tier.
    tiers: name → least value.

    Raises UsageError without tiers, or when two share a threshold.

    >>> value_tier([499.99, 500.0, float("nan")], {"Premium": 500.0, "Basic": 0.0}).tolist()
    ['Basic', 'Premium', 'Basic']
    """
    ordered = sorted(tiers.items(), key=lambda item: item[1])
    thresholds = np.array([threshold for _, threshold in ordered], dtype=np.float64)
    if len(ordered) == 0 or not np.isfinite(thresholds).all() or (np.diff(thresholds) <= 0).any():
        raise UsageError(
            "Value tiers need at least one name, and thresholds that differ.",
            where="settings value.tiers",
            fix='Write for example tiers = { Basic = 0, Premium = 2000 } under [value] in "retinue.toml".',
        )
    values = np.asarray(clv, dtype=np.float64).reshape(-1)
    safe = np.where(np.isnan(values), -np.inf, values)
    place = np.maximum(np.searchsorted(thresholds, safe, side="right") - 1, 0)
    names = np.array([name for name, _ in ordered], dtype=object)
    chosen: NDArray[Any] = names[place]
    return chosen
