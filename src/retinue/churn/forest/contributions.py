"""Exact TreeSHAP of many rows, by tables; of a few rows, leaf by leaf. Both give the same bits.

Many rows: for each leaf, φ of every pattern of fulfilled conditions is tabled once (`shapley.tables`); a row
then costs one look-up and one addition for each feature on the path. Where a path has too many features for
the number of rows, only the patterns that occur among them are worked out. Few rows: φ of the row's own
pattern at every leaf, without tables.

Sibling leaves that differ in one split share their conditions: their values are added before they are summed
up. The sums run leaf after leaf, so a row has the same bits alone as among others.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest
from retinue.churn.forest.columns import Columns
from retinue.churn.forest.paths import Paths
from retinue.churn.forest.shapley import shares, tables

__all__ = ["LONGEST", "base_value", "contributions"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ROWS = 32_768
"""Rows at once where tables are used."""
TABLES_FROM = 500
"""Fewer rows are cheaper without tables."""
ROWS_PER_PATTERN = 16
"""With fewer rows for each pattern, only the patterns that occur are tabled."""
CONDITIONS = 2**24
"""Rows × splits of a tree at once: four bytes each."""
FEW = 4
"""Rows at once where no tables are used."""
WORD = 16
"""Conditions that are gathered in small integers, many rows in one instruction."""
LONGEST = 60
"""Features on a path that fit the bits of a pattern."""


def contributions(forest: Forest, paths: Paths, matrix: Matrix) -> Matrix:
    """One column for each feature and, last, the base value; a row sums to its raw score."""
    many = len(matrix) >= TABLES_FROM
    widest = int(np.diff(forest.first_node).max())
    size = min(ROWS, max(TABLES_FROM, CONDITIONS // (widest + 1))) if many else FEW
    # Blocks of equal size: the tables are made for each, and a small last one would hardly use them.
    blocks = np.array_split(np.arange(len(matrix)), -(-len(matrix) // size) or 1)
    out = np.empty((len(matrix), forest.features + 1))
    out[:, -1] = base_value(forest, paths)
    explain = _by_tables if many else _by_leaves
    for rows in blocks:
        out[rows, :-1] = explain(forest, paths, Columns(forest, matrix[rows]), len(rows))
    return out


def base_value(forest: Forest, paths: Paths) -> float:
    """The mean score of the training rows: what is known when no feature is."""
    kept = np.ones(len(forest.value))
    some = np.diff(paths.start) > 0
    kept[some] = np.multiply.reduceat(paths.ratio, paths.start[:-1][some]) if some.any() else 1.0
    return math.fsum(forest.value * kept)


def _by_leaves(forest: Forest, paths: Paths, columns: Columns, rows: int) -> Matrix:
    left = columns.leftward_everywhere()
    found = np.zeros((rows, len(paths.feature)))
    if not found.size:
        return np.zeros((rows, forest.features))
    met = np.logical_and.reduceat(left[:, paths.node] == paths.leftward, paths.step[:-1], axis=1)
    for length, leaves in paths.by_length(0, len(forest.value)):
        if length == 0:
            continue
        elements = paths.start[leaves] + np.arange(length)[:, None]
        found[:, elements.ravel()] = (
            shares(
                forest.value[leaves],
                paths.ratio[elements],
                met[:, elements].transpose(1, 0, 2).astype(np.float64),
            )
            .transpose(1, 0, 2)
            .reshape(rows, -1)
        )
    lengths = np.diff(paths.start)
    lefts = np.flatnonzero(paths.twin >= 0)
    kept = np.ones(len(paths.feature), dtype=bool)
    for length in np.unique(lengths[lefts]).tolist():
        own = lefts[lengths[lefts] == length]
        ours, theirs = (paths.start[leaves] + np.arange(length)[:, None] for leaves in (own, paths.twin[own]))
        found[:, ours.ravel()] += found[:, theirs.ravel()]
        kept[theirs] = False
    feature = paths.feature[kept]
    sums = [np.bincount(feature, row[kept], minlength=forest.features) for row in found]
    return np.array(sums)


def _by_tables(forest: Forest, paths: Paths, columns: Columns, rows: int) -> Matrix:
    total = np.zeros((forest.features, rows))
    share = np.empty(rows)
    twins = set(paths.twin.tolist())
    for tree in range(forest.trees):
        patterns = _Patterns(forest, paths, columns, tree, rows)
        first, stop = forest.first_leaf[tree : tree + 2].tolist()
        tabled = _tables(forest, paths, first, stop, rows)
        for leaf in range(first, stop):
            start, end = paths.start[leaf : leaf + 2].tolist()
            if leaf in twins or start == end:
                continue
            pattern = patterns.of(leaf)
            if leaf in tabled:
                table = tabled[leaf]
            else:
                table, pattern = _occurring(forest, paths, leaf, pattern)
            for row, feature in zip(table, paths.feature[start:end].tolist(), strict=True):
                np.take(row, pattern, out=share, mode="clip")
                total[feature] += share
    return total.T


def _tables(forest: Forest, paths: Paths, first: int, stop: int, rows: int) -> dict[int, Matrix]:
    """For each leaf with a short path, φ of all patterns; the twin's are added to the left one's."""
    found: dict[int, Matrix] = {}
    for length, leaves in paths.by_length(first, stop):
        if length and rows >> length >= ROWS_PER_PATTERN:
            elements = paths.start[leaves] + np.arange(length)[:, None]
            made = tables(forest.value[leaves], paths.ratio[elements])
            found.update(zip(leaves.tolist(), made, strict=True))
    for leaf in [leaf for leaf in found if paths.twin[leaf] >= 0]:
        other = found.pop(int(paths.twin[leaf]))
        turned = other.reshape(len(other), -1, 2, 1 << int(paths.last[leaf]))[:, :, ::-1]
        found[leaf] += turned.reshape(other.shape)
    return found


def _occurring(forest: Forest, paths: Paths, leaf: int, pattern: Integers) -> tuple[Matrix, Integers]:
    """φ of the patterns that occur, and the place of each row's pattern among them."""
    known, place = _distinct(pattern, int(paths.start[leaf + 1] - paths.start[leaf]))
    twin = int(paths.twin[leaf])
    table = _of_patterns(forest, paths, leaf, known)
    if twin >= 0:
        table += _of_patterns(forest, paths, twin, known ^ (1 << int(paths.last[leaf])))
    return table, place


def _of_patterns(forest: Forest, paths: Paths, leaf: int, patterns: Integers) -> Matrix:
    elements = slice(int(paths.start[leaf]), int(paths.start[leaf + 1]))
    ratio = paths.ratio[elements][:, None]
    met = (patterns >> np.arange(len(ratio))[:, None]) & 1
    return shares(forest.value[leaf : leaf + 1], ratio, met[:, :, None].astype(np.float64))[:, :, 0]


def _distinct(pattern: Integers, length: int) -> tuple[Integers, Integers]:
    if length > 20:
        known, place = np.unique(pattern, return_inverse=True)
        return known, place
    there = np.zeros(1 << length, dtype=bool)
    there[pattern] = True
    known = np.flatnonzero(there)
    rank = np.empty(1 << length, dtype=np.int64)
    rank[known] = np.arange(len(known))
    return known, rank[pattern]


class _Patterns:
    """Which conditions of a leaf each row of a block fulfils, as the bits of a number."""

    def __init__(self, forest: Forest, paths: Paths, columns: Columns, tree: int, rows: int) -> None:
        self.paths = paths
        self.first, stop = forest.first_node[tree : tree + 2].tolist()
        flags = np.empty(rows, dtype=bool)
        self.sides = np.empty((2, stop - self.first, rows), dtype=np.uint16)
        for node in range(self.first, stop):
            columns.leftward(
                int(forest.feature[node]), int(forest.limit[node]), bool(forest.missing_left[node]), flags
            )
            self.sides[1, node - self.first] = flags
        np.bitwise_xor(self.sides[1], 1, out=self.sides[0])
        self.pattern = np.empty(rows, dtype=np.int64)

    def of(self, leaf: int) -> Integers:
        """The pattern of each row, overwritten by the next call."""
        paths = self.paths
        start, stop = paths.start[leaf : leaf + 2].tolist()
        self.pattern.fill(0)
        for low in range(start, stop, WORD):
            bits = np.zeros(len(self.pattern), dtype=np.uint16)
            for place, element in enumerate(range(low, min(low + WORD, stop))):
                begin, end = paths.step[element : element + 2].tolist()
                met = self._side(begin)
                for step in range(begin + 1, end):
                    met = met & self._side(step)
                bits |= met * np.uint16(1 << place)
            self.pattern += bits.astype(np.int64) << (low - start)
        return self.pattern

    def _side(self, step: int) -> npt.NDArray[np.uint16]:
        side: npt.NDArray[np.uint16] = self.sides[
            int(self.paths.leftward[step]), self.paths.node[step] - self.first
        ]
        return side
