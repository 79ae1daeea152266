"""The trees as arrays: what every way of reading them shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Forest", "NotConvertible"]

Vector = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class NotConvertible(ValueError):
    """These trees have no form as arrays; the message says why and completes 'because …'."""


@dataclass(frozen=True, slots=True)
class Forest:
    """All nodes and leaves of all trees, one tree after the other.

    A row is read through the intervals of its features: code 0 is a missing value, code i > 0 the interval
    (edges[i − 2], edges[i − 1]], from −∞ and up to ∞ at the ends. Which way a node sends a row depends on the
    code alone, so that comparing small integers is exact.

    edges: for each feature, where any split of any tree changes its mind, ascending.
    sets: for splits that are no threshold: for each code, whether it goes left.
    first_node, first_leaf: where each tree begins, and the end.
    feature, limit: a node sends codes 1 … limit left; a negative limit −1 − s means the set s.
    missing_left: whether code 0 goes left (with a set, the set says it).
    left, right: a child in the same tree: a node, or −1 − leaf.
    cover, leaf_cover: training rows that came by.
    value: log-odds of the leaves.
    """

    edges: tuple[Vector, ...]
    sets: tuple[npt.NDArray[np.bool_], ...]
    first_node: Integers
    first_leaf: Integers
    feature: Integers
    limit: Integers
    missing_left: npt.NDArray[np.bool_]
    left: Integers
    right: Integers
    cover: Vector
    value: Vector
    leaf_cover: Vector

    @property
    def trees(self) -> int:
        return len(self.first_leaf) - 1

    @property
    def features(self) -> int:
        return len(self.edges)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The forest as plain arrays by name."""
        body = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("edges", "sets"):
            body |= _joined(name, body.pop(name))
        return body

    @classmethod
    def of_arrays(cls, body: Mapping[str, npt.NDArray[Any]]) -> Forest:
        """What `arrays` gave."""
        plain = {f.name: body[f.name] for f in fields(cls) if f.name not in ("edges", "sets")}
        return cls(edges=_parted("edges", body), sets=_parted("sets", body), **plain)


def _joined(name: str, parts: Sequence[npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    whole = np.concatenate(parts) if parts else np.empty(0, dtype=bool)
    return {name: whole, f"{name}_sizes": np.array([len(part) for part in parts], dtype=np.int64)}


def _parted(name: str, body: Mapping[str, npt.NDArray[Any]]) -> tuple[npt.NDArray[Any], ...]:
    sizes = body[f"{name}_sizes"]
    return tuple(np.split(body[name], np.cumsum(sizes)[:-1])) if len(sizes) else ()
