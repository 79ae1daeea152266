"""The score of one row at once, by bit vectors.

Each tree has a word with a bit for every leaf, from left to right. A split that sends the row right rules out
the leaves on its left: their bits go. What is left of all splits, whether the row passes them or not, has the
row's own leaf as its lowest bit (Lucchese et al., "QuickScorer: A Fast Algorithm to Rank Documents with
Additive Ensembles of Regression Trees", SIGIR 2015). For each interval of each feature the words of all its
splits are combined beforehand, so that a row is one search and one row of words for each feature.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest
from retinue.churn.forest.search import Search

__all__ = ["MOST_LEAVES", "BitVectors"]

Vector = npt.NDArray[np.float64]
Words = npt.NDArray[Any]

MOST_LEAVES = 64


class BitVectors:
    """A forest of trees with at most 64 leaves, ready to score one row after the other, in any thread.

    Takes a word (of 16, 32 or 64 bits) for each tree and each interval of each feature.
    """

    def __init__(self, forest: Forest) -> None:
        self.search = Search(forest.edges)
        leaf_values, masks = _ordered(forest)
        self.words = _words(forest, masks, self.search)
        self.values = leaf_values.ravel()
        self.ones = np.ones(forest.trees, dtype=self.words.dtype)
        self.place = np.arange(forest.trees) * MOST_LEAVES - 1
        self.spare: list[tuple[Words, ...]] = []

    def log_odds(self, row: Vector) -> float:
        """The raw score of one row: the same bits as `evaluate.log_odds`."""
        try:
            room = self.spare.pop()  # ours alone: no other thread can take it as well
        except IndexError:
            room = self._room()
        words, left, below, count, place, value = room
        self.words.take(self.search.of(row), 0, words, "clip")
        np.bitwise_and.reduce(words, 0, out=left)
        # All bits up to the lowest one set: as many as the leaf's place, counted from 1.
        np.subtract(left, self.ones, below)
        np.bitwise_xor(left, below, below)
        np.bitwise_count(below, count)
        np.add(count, self.place, place)
        self.values.take(place, None, value, "clip")
        score: float = np.add.accumulate(value, 0, out=value).item(-1)
        self.spare.append(room)
        return score

    def _room(self) -> tuple[Words, ...]:
        """Where the arrays of a score are written, so that the next finds them in the processor's cache."""
        trees, word = len(self.ones), self.ones.dtype
        kinds = (word, word, np.uint8, np.int64, np.float64)
        words = np.empty((len(self.search.first), trees), dtype=word)
        return words, *(np.empty(trees, dtype=kind) for kind in kinds)


def _word(forest: Forest) -> Any:
    """The smallest word with a bit for every leaf of the largest tree."""
    most = int(np.diff(forest.first_leaf).max())
    return np.uint16 if most <= 16 else np.uint32 if most <= 32 else np.uint64


def _ordered(forest: Forest) -> tuple[npt.NDArray[np.float64], Words]:
    """The leaf values of each tree from left to right, and for each node the word without its left leaves."""
    values = np.zeros((forest.trees, MOST_LEAVES))
    masks = np.empty(len(forest.feature), dtype=_word(forest))
    for tree in range(forest.trees):
        node, stop = forest.first_node[tree : tree + 2].tolist()
        leaf = int(forest.first_leaf[tree])
        left, right = forest.left[node:stop].tolist(), forest.right[node:stop].tolist()
        order: list[int] = []
        if not left:
            order = [0]
        else:
            _walk(0, left, right, order, masks[node:stop])
        values[tree, : len(order)] = forest.value[leaf + np.array(order)]
    return values, masks


def _walk(node: int, left: list[int], right: list[int], order: list[int], masks: Words) -> None:
    if node < 0:
        order.append(-1 - node)
        return
    before = len(order)
    _walk(left[node], left, right, order, masks)
    masks[node] = int(np.iinfo(masks.dtype).max) ^ ((1 << len(order)) - (1 << before))
    _walk(right[node], left, right, order, masks)


def _words(forest: Forest, masks: Words, search: Search) -> Words:
    """What each interval of each feature, or its being missing, leaves of every tree."""
    words = np.full((search.places, forest.trees), np.iinfo(masks.dtype).max, dtype=masks.dtype)
    tree = np.repeat(np.arange(forest.trees), np.diff(forest.first_node))
    plain = forest.limit >= 0
    # A threshold rules out from the interval after its own on: said once, then carried to all that follow.
    begin = search.first[forest.feature] + forest.limit
    said = plain & (begin < search.missing[forest.feature])
    np.bitwise_and.at(words, (begin[said], tree[said]), masks[said])
    for start, stop in zip(search.first.tolist(), search.missing.tolist(), strict=True):
        np.bitwise_and.accumulate(words[start:stop], axis=0, out=words[start:stop])
    missing = plain & ~forest.missing_left
    np.bitwise_and.at(words, (search.missing[forest.feature[missing]], tree[missing]), masks[missing])
    for node in np.flatnonzero(~plain).tolist():
        feature = int(forest.feature[node])
        start, stop = int(search.first[feature]), int(search.missing[feature]) + 1
        leftward = np.roll(forest.sets[-1 - int(forest.limit[node])], -1)  # a missing value comes last here
        words[start:stop, tree[node]][~leftward] &= masks[node]
    return words
