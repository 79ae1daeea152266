"""A block of rows as codes, column by column, in the smallest integers that hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest
from retinue.churn.forest.intervals import codes_of

__all__ = ["Columns"]

Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Columns:
    """The codes of a block of rows, and where each node of the forest sends them.

    A missing value is less than every interval where a node sends it left, and more where right: one
    comparison answers both.
    """

    def __init__(self, forest: Forest, matrix: Matrix) -> None:
        self.forest = forest
        self.first: list[npt.NDArray[Any]] = []
        self.last: list[npt.NDArray[Any]] = []
        for position, edges in enumerate(forest.edges):
            values = np.ascontiguousarray(matrix[:, position])
            codes = codes_of(edges, values)
            beyond = len(edges) + 2
            small = codes.astype(np.min_scalar_type(beyond))
            self.first.append(small)
            missing = codes == 0
            self.last.append(np.where(missing, small.dtype.type(beyond), small) if missing.any() else small)

    def leftward(self, feature: int, limit: int, missing_left: bool, out: Flags) -> None:
        """Whether a node with these entries sends each row left."""
        if limit < 0:
            np.take(self.forest.sets[-1 - limit], self.first[feature], out=out, mode="clip")
        else:
            np.less_equal(self.first[feature] if missing_left else self.last[feature], limit, out=out)

    def leftward_everywhere(self) -> Flags:
        """Whether each node of the forest sends each row left: (rows, nodes). For a few rows."""
        forest = self.forest
        first, last = (np.array(side, dtype=np.int64).T for side in (self.first, self.last))
        feature = forest.feature
        left: Flags = np.where(forest.missing_left, first[:, feature], last[:, feature]) <= forest.limit
        for node in np.flatnonzero(forest.limit < 0).tolist():
            left[:, node] = forest.sets[-1 - int(forest.limit[node])][first[:, feature[node]]]
        return left
