"""The intervals of one row, all features in one search."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Search"]

Vector = npt.NDArray[np.float64]


class Search:
    """A value is looked up among the edges of all features together; a table says what that means to its own.

    Places are counted through: a feature has one for each interval and, after them, one for a missing value
    (NumPy orders NaN after all others, so it comes after infinity, the last of the keys).

    >>> search = Search([np.array([-1.0, 2.5]), np.array([7.0])])
    >>> search.first.tolist(), search.places
    ([0, 4], 7)
    >>> [search.of(np.array(row)).tolist() for row in ([0.0, np.nan], [-np.inf, 7.5], [np.inf, 7.0])]
    [[1, 6], [0, 5], [2, 4]]
    """

    def __init__(self, edges: Sequence[Vector]) -> None:
        sizes = np.array([len(each) for each in edges], dtype=np.int64)
        self.missing = np.cumsum(sizes + 2) - 1
        self.first = self.missing - sizes - 1
        self.places = int(self.missing[-1]) + 1
        keys = np.unique(np.concatenate([*edges, [np.inf]]))
        table = np.empty((len(edges), len(keys) + 1), dtype=np.min_scalar_type(self.places))
        for feature, own in enumerate(edges):
            table[feature, :-1] = self.first[feature] + own.searchsorted(keys)
        table[:, -1] = self.missing
        # Bound once: to look a method up takes as long as a tenth of the search.
        self._rank = keys.searchsorted
        self._offset = np.arange(len(edges)) * table.shape[1]
        self._place = table.ravel().take

    def of(self, row: Vector) -> npt.NDArray[np.unsignedinteger]:
        """The place of each value of a row."""
        rank = self._rank(row)
        rank += self._offset
        return self._place(rank)
