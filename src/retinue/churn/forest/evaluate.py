"""The score of many rows: every comparison of a tree on all rows at once.

From the leaves upwards, a node picks the left or the right leaf number of each row by masks of bytes, which
the processor does for 32 or 64 rows in one instruction; no row waits for a branch or for memory. The leaves
are summed tree after tree, as LightGBM does: the scores are LightGBM's own, bit for bit, for a row alone as
among others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest
from retinue.churn.forest.columns import Columns

__all__ = ["log_odds"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

ROWS = 32_768
"""Rows at once: the buffers of a tree stay in the processor's cache."""


def log_odds(forest: Forest, matrix: Matrix) -> Vector:
    """The raw score of each row: the sum of the leaves it falls into."""
    out = np.zeros(len(matrix))
    for start in range(0, len(matrix), ROWS):
        block = matrix[start : start + ROWS]
        total = out[start : start + ROWS]
        leaves = _Leaves(forest, Columns(forest, block), len(block))
        for tree in range(forest.trees):
            value = forest.value[forest.first_leaf[tree] : forest.first_leaf[tree + 1]]
            total += value[leaves.of(tree)] if len(value) > 1 else value[0]
    return out


class _Leaves:
    """The leaf of each row of a block, tree by tree."""

    def __init__(self, forest: Forest, columns: Columns, rows: int) -> None:
        self.forest, self.columns = forest, columns
        most = int(np.diff(forest.first_leaf).max())
        self.kind = np.uint8 if most <= 256 else np.uint32
        self.full = int(np.iinfo(self.kind).max)
        self.slots: list[npt.NDArray[Any]] = []
        self.rows = rows
        self.flags = np.empty(rows, dtype=bool)
        self.mask = np.empty(rows, dtype=self.kind)
        self.spare = np.empty(rows, dtype=self.kind)

    def of(self, tree: int) -> npt.NDArray[Any]:
        """Leaf numbers, overwritten by the next call."""
        nodes = slice(*self.forest.first_node[tree : tree + 2].tolist())
        whole = self.forest
        parts = (whole.feature, whole.limit, whole.missing_left, whole.left, whole.right)
        self.feature, self.limit, self.missing_left, self.left, self.right = (
            part[nodes].tolist() for part in parts
        )
        self._visit(0, 0)
        return self.slots[0]

    def _visit(self, node: int, slot: int) -> None:
        """Fill a slot with the leaf numbers below a node; slots beyond it are free."""
        while len(self.slots) <= slot + 1:
            self.slots.append(np.empty(self.rows, dtype=self.kind))
        left, right = self.left[node], self.right[node]
        out, other = self.slots[slot], self.slots[slot + 1]
        if right >= 0:
            self._visit(right, slot)
        if left >= 0:
            self._visit(left, slot + 1 if right >= 0 else slot)
        self.columns.leftward(self.feature[node], self.limit[node], self.missing_left[node], self.flags)
        np.copyto(self.mask, self.flags.view(np.uint8))
        if left < 0 and right < 0:
            # right + flag · (left − right), in wrapping integers
            np.multiply(self.mask, self.kind((right - left) & self.full), out=out)
            np.add(out, self.kind(-1 - right), out=out)
            return
        np.negative(self.mask, out=self.mask)  # all ones where a row goes left
        # b ^ ((a ^ b) & mask) is a where the mask is set, else b.
        if left >= 0 and right >= 0:
            np.bitwise_xor(other, out, out=other)
            np.bitwise_and(other, self.mask, out=other)
            np.bitwise_xor(out, other, out=out)
        elif left < 0:
            np.bitwise_xor(out, self.kind(-1 - left), out=self.spare)
            np.bitwise_and(self.spare, self.mask, out=self.spare)
            np.bitwise_xor(out, self.spare, out=out)
        else:
            alone = self.kind(-1 - right)
            np.bitwise_xor(out, alone, out=out)
            np.bitwise_and(out, self.mask, out=out)
            np.bitwise_xor(out, alone, out=out)
