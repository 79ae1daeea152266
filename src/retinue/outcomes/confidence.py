"""Intervals for a mean: one for a single look at a planned time, and one for looking every day.

With n independent units of mean m and standard deviation s, level 1 - alpha:

    fixed time        m ± z s / sqrt(n)
    at every time     m ± s sqrt( 2 (n r^2 + 1) / (n^2 r^2) * log( sqrt(n r^2 + 1) / alpha ) )

The second is an asymptotic confidence sequence: the chance that it *ever* misses the mean, over all n from
the first look on, is alpha as the first look comes late enough. r > 0 says where it is tightest: at n* units

    r^2 = x / n*,   x = -W_{-1}(-alpha^2 exp(-1)) - 1      (W: Lambert's function)

It must be chosen before looking. At n* the sequence is about 1.55 times as wide as the fixed interval.

Assumptions: independent units with more than two moments (or martingale differences whose variance settles);
a first look after some dozens of units (`effects.LEAST_CUSTOMERS` in every arm).

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), "Time-uniform central limit theory and
asymptotic confidence sequences", Annals of Statistics 52(6), theorem 2.2 and appendix on r.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import lambertw, ndtri

__all__ = ["ALPHA", "BEST_AT", "fixed_margin", "tuning", "units_needed", "valid_margin"]

ALPHA = 0.05
BEST_AT = 2_000
"""Units at which the sequence is tightest unless told otherwise; ten times more or fewer costs a tenth."""


@lru_cache
def tuning(best_at: float = BEST_AT, alpha: float = ALPHA) -> float:
    """r^2 for a sequence that is tightest at so many units.

    >>> round(tuning(1000) * 1000, 2)
    8.21
    """
    x = -float(lambertw(-(alpha**2) * np.exp(-1.0), k=-1).real) - 1.0
    return x / best_at


def valid_margin(
    units: NDArray[np.float64] | float,
    sd: NDArray[np.float64] | float,
    *,
    alpha: float = ALPHA,
    best_at: float = BEST_AT,
) -> NDArray[np.float64]:
    """Half the width of the sequence after so many units of that standard deviation; infinite before two.

    >>> bool(valid_margin(2000, 1.0) / fixed_margin(2000, 1.0) < 1.56)
    True
    """
    n = np.asarray(units, dtype=np.float64)
    r2 = tuning(best_at, alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = 2.0 * (n * r2 + 1.0) / (n**2 * r2) * np.log(np.sqrt(n * r2 + 1.0) / alpha)
        return np.asarray(np.where(n >= 2, np.asarray(sd) * np.sqrt(inside), np.inf))


def fixed_margin(
    units: NDArray[np.float64] | float, sd: NDArray[np.float64] | float, *, alpha: float = ALPHA
) -> NDArray[np.float64]:
    """Half the width of the normal interval for one look at a planned time."""
    n = np.asarray(units, dtype=np.float64)
    z = float(-ndtri(alpha / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n >= 2, z * np.asarray(sd) / np.sqrt(n), np.inf))


def units_needed(sd: float, half_width: float, *, alpha: float = ALPHA, best_at: float = BEST_AT) -> float:
    """The number of units at which the sequence has narrowed to this half width; infinite for 0.

    >>> n = units_needed(1.0, 0.1)
    >>> round(float(valid_margin(n, 1.0)), 6)
    0.1
    """
    if not half_width > 0 or not np.isfinite(sd):
        return float("inf")
    low, high = 2.0, 4.0
    while float(valid_margin(high, sd, alpha=alpha, best_at=best_at)) > half_width:
        high *= 2.0
        if high > 1e15:
            return float("inf")
    for _ in range(80):
        middle = (low + high) / 2
        wide = float(valid_margin(middle, sd, alpha=alpha, best_at=best_at)) > half_width
        low, high = (middle, high) if wide else (low, middle)
    return high
