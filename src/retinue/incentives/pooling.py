"""Numbers made non-decreasing: the nearest in weighted least squares, row by row."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pooled"]

Floats = NDArray[np.float64]


def pooled(values: Floats, weights: Floats) -> Floats:
    """The non-decreasing rows nearest to `values` (n x d), sum of weights x squares (weights n x d, above 0).

    Neighbours that fall are pooled into their weighted mean, by the min-max formula

        fitted_j = max over i <= j of min over l >= j of the mean of values i to l

    which is what pooling adjacent violators gives, for all rows at once in d^3 steps. Rows that do not fall
    come back as they are.

    Source: Ayer et al. (1955), "An empirical distribution function for sampling with incomplete information";
    Barlow, Bartholomew, Bremner and Brunk (1972), "Statistical inference under order restrictions".

    >>> pooled(np.array([[1.0, 3.0, 2.0], [0.0, 1.0, 2.0]]), np.ones((2, 3))).tolist()
    [[1.0, 2.5, 2.5], [0.0, 1.0, 2.0]]
    """
    found = values.copy()
    falls = (np.diff(values, axis=1) < 0).any(axis=1)
    if not falls.any():
        return found
    value, weight = values[falls], weights[falls]
    many = value.shape[1]
    mean = {
        (i, last): (value[:, i : last + 1] * weight[:, i : last + 1]).sum(axis=1)
        / weight[:, i : last + 1].sum(axis=1)
        for i in range(many)
        for last in range(i, many)
    }
    found[falls] = np.column_stack(
        [
            np.max([np.min([mean[i, last] for last in range(j, many)], axis=0) for i in range(j + 1)], axis=0)
            for j in range(many)
        ]
    )
    return found
