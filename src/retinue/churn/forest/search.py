"""The intervals of one row, all features in one search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Search"]

Vector = npt.NDArray[np.float64]


class Search:
    """The edges of all features as complex numbers (feature, edge), which NumPy orders by both parts.

    Places are counted through: a feature has one for each interval and, after them, one for a missing value
    (a complex number with a missing part comes after all others).

    >>> search = Search([np.array([-1.0, 2.5]), np.array([7.0])])
    >>> search.first.tolist(), search.places
    ([0, 4], 7)
    >>> [search.of(np.array(row)).tolist() for row in ([0.0, np.nan], [-np.inf, 7.5], [np.inf, 7.0])]
    [[1, 6], [0, 5], [2, 4]]
    """

    def __init__(self, edges: Sequence[Vector]) -> None:
        sizes = np.array([len(each) for each in edges], dtype=np.int64)
        # One key more than edges, so that what comes after all keys is beyond the last feature as well.
        self.keys = np.append(np.repeat(np.arange(len(edges)), sizes), len(edges)).astype(np.complex128)
        self.keys.imag[:-1] = np.concatenate(edges)
        self.missing = np.cumsum(sizes + 2) - 1
        self.first = self.missing - sizes - 1
        self.places = int(self.missing[-1]) + 1
        self._feature = np.arange(len(edges)).astype(np.complex128)
        self._offset = 2 * np.arange(len(edges))

    def of(self, row: Vector) -> npt.NDArray[np.int64]:
        """The place of each value of a row."""
        wanted = self._feature.copy()
        wanted.imag = row
        places = self.keys.searchsorted(wanted)
        places += self._offset
        return np.minimum(places, self.missing)
