"""Features as a linear model wants them: scaled, without gaps, without extremes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from retinue.incentives.uplift.effects import Floats

__all__ = ["standardised"]

REACH = 5.0
"""Standard deviations beyond which a feature counts no further."""


def standardised(X: Floats) -> Callable[[Floats], Floats]:
    """A function from rows (m x p) to scaled rows, as learned from X (n x p).

    NaN becomes the median; each feature with gaps gets a column that is 1 where it was missing.

    >>> standardised(np.array([[1.0], [3.0], [np.nan]]))(np.array([[2.0], [np.nan]])).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    absent = np.isnan(X)
    holes = absent.any(axis=0)
    known = ~absent.all(axis=0)
    median = np.zeros(X.shape[1])
    median[known] = np.nanmedian(X[:, known], axis=0)
    filled = np.where(absent, median, X)
    centre, scale = filled.mean(axis=0), filled.std(axis=0)
    scale[scale == 0] = 1.0

    def design(x: Floats) -> Floats:
        gone = np.isnan(x)
        scaled = np.clip((np.where(gone, median, x) - centre) / scale, -REACH, REACH)
        return np.hstack([scaled, gone[:, holes].astype(np.float64)])

    return design
