"""For every leaf, what a row must fulfil to come there, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest

__all__ = ["Paths", "paths_of"]

Vector = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Paths:
    """The features on the way to each leaf (its *elements*, by feature), and the splits on each feature.

    start: where the elements of a leaf begin, and the end.
    feature, ratio: of an element; the ratio is the share of training rows that its splits keep on the path.
    step: where the splits of an element begin. node, leftward: the splits, and which way the path goes.
    twin: for a leaf, its sibling, where both have the same elements; −1 otherwise, and for the right one.
    last: for a leaf with a twin, the element that tells the two apart.
    """

    start: Integers
    feature: Integers
    ratio: Vector
    step: Integers
    node: Integers
    leftward: npt.NDArray[np.bool_]
    twin: Integers
    last: Integers

    def by_length(self, first: int, stop: int) -> Iterator[tuple[int, Integers]]:
        """The leaves from `first` to `stop`, by their number of elements (0: a tree of one leaf)."""
        lengths = np.diff(self.start[first : stop + 1])
        for length in np.unique(lengths).tolist():
            yield length, first + np.flatnonzero(lengths == length)


def paths_of(forest: Forest) -> Paths:
    """All paths of a forest."""
    leaf, node, leftward, height, share = _climb(forest)
    feature = forest.feature[node]
    order = np.lexsort((-height, feature, leaf))
    leaf, node, leftward = leaf[order], node[order], leftward[order]
    feature, share = feature[order], share[order]
    fresh = np.ones(len(leaf), dtype=bool)
    fresh[1:] = (leaf[1:] != leaf[:-1]) | (feature[1:] != feature[:-1])
    step = np.flatnonzero(fresh)
    start = np.searchsorted(leaf[step], np.arange(len(forest.value) + 1))
    elements = feature[step]
    ratio = np.multiply.reduceat(share, step) if len(step) else share
    twin, last = _twins(forest, start, elements, np.diff(np.append(step, len(leaf))))
    return Paths(start, elements, ratio, np.append(step, len(leaf)), node, leftward, twin, last)


def _climb(forest: Forest) -> tuple[Integers, Integers, npt.NDArray[np.bool_], Integers, Vector]:
    """Every step of every path: leaf, node, direction, height above the leaf, share of rows that go there."""
    nodes, leaves = len(forest.feature), len(forest.value)
    tree_of_node = np.repeat(np.arange(forest.trees), np.diff(forest.first_node))
    parent = np.full(nodes + leaves, -1)  # leaves stand behind the nodes
    leftward = np.zeros(nodes + leaves, dtype=bool)
    for children, is_left in ((forest.left, True), (forest.right, False)):
        own = np.where(
            children >= 0,
            children + forest.first_node[tree_of_node],
            nodes + forest.first_leaf[tree_of_node] - 1 - children,
        )
        parent[own] = np.arange(nodes)
        leftward[own] = is_left
    cover = np.concatenate([forest.cover, forest.leaf_cover])
    found = []
    at, leaf, height = nodes + np.arange(leaves), np.arange(leaves), 0
    while True:
        inside = parent[at] >= 0
        at, leaf = at[inside], leaf[inside]
        if not len(at):
            break
        above = parent[at]
        found.append((leaf, above, leftward[at], np.full(len(at), height), cover[at] / cover[above]))
        at, height = above, height + 1
    if not found:
        none = np.empty(0, dtype=np.int64)
        return none, none, none.astype(bool), none, np.empty(0)
    whole = [np.concatenate(part) for part in zip(*found, strict=True)]
    return whole[0], whole[1], whole[2], whole[3], whole[4]


def _twins(forest: Forest, start: Integers, feature: Integers, steps: Integers) -> tuple[Integers, Integers]:
    """Sibling leaves whose parent splits on a feature that is nowhere above it."""
    twin, last = np.full(len(forest.value), -1), np.full(len(forest.value), -1)
    offset = np.repeat(forest.first_leaf[:-1], np.diff(forest.first_node))
    for node in np.flatnonzero((forest.left < 0) & (forest.right < 0)).tolist():
        left = offset[node] - 1 - forest.left[node]
        own = start[left] + int(np.searchsorted(feature[start[left] : start[left + 1]], forest.feature[node]))
        if steps[own] == 1:
            twin[left], last[left] = offset[node] - 1 - forest.right[node], own - start[left]
    return twin, last
