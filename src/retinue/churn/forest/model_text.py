"""LightGBM's model text read into arrays.

What is read is what LightGBM's `Tree::Decision` and `GBDT::PredictRaw` do (version 4 of the text format): a
numerical split sends x ≤ threshold left, a categorical one the codes in its bit set; a missing value goes
where the split says (missing type NaN), is read as 0 (type none), or is 0 itself (type zero). Values within
±1e-35 are read as 0. The score is the sum of the leaves, tree after tree. Anything else in a text, such as
several classes or linear leaves, is not read but named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from retinue.churn.forest.base import Forest, NotConvertible
from retinue.churn.forest.intervals import Split, intervals

__all__ = ["read_forest"]

Integers = npt.NDArray[np.int64]

CATEGORICAL, DEFAULT_LEFT = 1, 2
MISSING = ("none", "zero", "nan")
DEEPEST = 200
"""Splits on top of one another beyond which a tree is left to LightGBM."""


def read_forest(text: str) -> Forest:
    """The trees of a model text. Raises NotConvertible, with the reason, for what has no such form.

    >>> read_forest("tree\\nversion=v4\\nnum_class=3\\n")
    Traceback (most recent call last):
    retinue.churn.forest.base.NotConvertible: the model has 3 classes
    """
    try:
        return _read(text)
    except (KeyError, IndexError, ValueError) as error:
        if isinstance(error, NotConvertible):
            raise
        raise NotConvertible(f"its text cannot be read: {error!r}") from error


def _read(text: str) -> Forest:
    head, *blocks = text.split("\nTree=")
    said = _fields(head)
    _refuse_unknown(said, head)
    parsed = [_Parsed.of(_fields(block.split("\n\n", 1)[0])) for block in blocks]
    if not parsed:
        raise NotConvertible("the model has no trees")
    splits = [split for tree in parsed for split in tree.splits]
    edges, limits, sets = intervals(int(said["max_feature_idx"]) + 1, splits)
    return Forest(
        edges=edges,
        sets=sets,
        first_node=np.cumsum([0] + [len(tree.left) for tree in parsed]),
        first_leaf=np.cumsum([0] + [len(tree.value) for tree in parsed]),
        feature=np.array([split.feature for split in splits], dtype=np.int64),
        limit=limits,
        missing_left=np.array([split.missing_left for split in splits], dtype=bool),
        left=np.concatenate([tree.left for tree in parsed]),
        right=np.concatenate([tree.right for tree in parsed]),
        cover=np.concatenate([tree.cover for tree in parsed]),
        value=np.concatenate([tree.value for tree in parsed]),
        leaf_cover=np.concatenate([tree.leaf_cover for tree in parsed]),
    )


def _fields(block: str) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _refuse_unknown(said: Mapping[str, str], head: str) -> None:
    if said.get("version") != "v4":
        raise NotConvertible(f"its text has the version '{said.get('version')}', not 'v4'")
    if said.get("num_class") != "1" or said.get("num_tree_per_iteration", "1") != "1":
        raise NotConvertible(f"the model has {said.get('num_class')} classes")
    if "average_output" in head.splitlines():
        raise NotConvertible("the score is the mean of its trees, not their sum")


@dataclass(frozen=True, slots=True)
class _Parsed:
    splits: tuple[Split, ...]
    left: Integers
    right: Integers
    cover: npt.NDArray[np.float64]
    value: npt.NDArray[np.float64]
    leaf_cover: npt.NDArray[np.float64]

    @classmethod
    def of(cls, said: Mapping[str, str]) -> _Parsed:
        if said.get("is_linear", "0") != "0":
            raise NotConvertible("its leaves hold linear models")
        none = np.empty(0)
        value = _numbers(said["leaf_value"], np.float64)
        if said["num_leaves"] == "1":
            empty = none.astype(np.int64)
            return cls((), empty, empty, none, value, np.ones(1))
        left, right = _numbers(said["left_child"], np.int64), _numbers(said["right_child"], np.int64)
        if _depth(left.tolist(), right.tolist()) > DEEPEST:
            raise NotConvertible(f"a tree is deeper than {DEEPEST} splits")
        return cls(
            tuple(_splits(said)),
            left,
            right,
            _numbers(said["internal_count"], np.float64),
            value,
            _numbers(said["leaf_count"], np.float64),
        )


def _splits(said: Mapping[str, str]) -> Iterator[Split]:
    words = _numbers(said["cat_threshold"], np.uint32) if "cat_threshold" in said else None
    starts = _numbers(said["cat_boundaries"], np.int64) if words is not None else None
    rows = zip(
        _numbers(said["split_feature"], np.int64).tolist(),
        _numbers(said["threshold"], np.float64).tolist(),
        _numbers(said["decision_type"], np.int64).tolist(),
        strict=True,
    )
    for feature, threshold, kind in rows:
        if kind & CATEGORICAL:
            assert words is not None and starts is not None  # noqa: S101, PT018
            place = int(threshold)
            bits = words[starts[place] : starts[place + 1]].astype("<u4").view(np.uint8)
            codes = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
            yield Split.of_codes(feature, tuple(codes.tolist()))
        elif not threshold > -np.inf:
            raise NotConvertible("a threshold is no number")
        else:
            missing = MISSING[(kind >> 2) & 3]
            yield Split.of_threshold(feature, threshold, missing, default_left=bool(kind & DEFAULT_LEFT))


def _numbers(line: str, kind: Any) -> Any:
    return np.array(line.split(), dtype=kind)


def _depth(left: list[int], right: list[int]) -> int:
    """Splits on the longest path; a node always stands before its children."""
    depth = [1] * len(left)
    for node in range(len(left)):
        for child in (left[node], right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    return max(depth)
