"""How the values of one feature are grouped before they are counted, and the counting.

Bins are fixed when they are learned. Counting against them is one pass over the values, in blocks that fit
the cache: for each inner edge, how many values lie below it. That is exact for any edges, needs no sorting,
and whole numbers can be added up in any order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Bins",
    "Counts",
    "Vector",
    "blocks",
    "count_texts",
    "count_values",
    "quantile_edges",
    "sturges_edges",
]

Vector = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

BLOCK = 65_536
"""Values that are compared with all edges before the next are fetched: 512 kB."""
MOST = 0.8
"""Share of the values below an edge from which on it pays to gather the others."""


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of one feature.

    kind: `intervals` between the edges in `marks`, the first and the last without an end, each with its lower
        edge and without its upper; `numbers` or `texts`: one bin per value in `marks` and one, the last, for
        any other value.

    >>> Bins("intervals", (1.0, 5.0)).count_numbers(np.array([0.0, 1.0, 4.9, 5.0, 7.0])).tolist()
    [1, 2, 2]
    >>> Bins("numbers", (0.0, 1.0)).count_numbers(np.array([0.0, 1.0, 1.0, 9.0])).tolist()
    [1, 2, 1]
    """

    kind: Literal["intervals", "numbers", "texts"]
    marks: tuple[float, ...] | tuple[str, ...]

    @property
    def size(self) -> int:
        """How many bins; missing values are counted apart."""
        return len(self.marks) + 1

    def count_numbers(self, values: Vector) -> Counts:
        """How many finite values fall into each bin; NaN and infinities into none."""
        tally = _below if self.kind == "intervals" else _equal
        found = np.zeros(len(self.marks), dtype=np.int64)
        finite = 0
        for block in map(np.ascontiguousarray, blocks(values)):
            known = int(np.count_nonzero(np.isfinite(block)))
            finite += known
            found += tally(block, self.marks, all_finite=known == len(block))
        if self.kind == "intervals":
            return np.diff(found, prepend=0, append=finite)
        return np.append(found, finite - found.sum())

    def count_texts(self, counted: Mapping[str, int]) -> Counts:
        """The same for texts that were counted already (`count_texts`)."""
        found = [counted.get(str(mark), 0) for mark in self.marks]
        return np.array([*found, sum(counted.values()) - sum(found)], dtype=np.int64)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "marks": list(self.marks)}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Bins:
        return cls(body["kind"], tuple(body["marks"]))


def _below(block: Vector, edges: tuple[Any, ...], *, all_finite: bool) -> Counts:
    """How many values lie below each ascending edge; NaN lies below none, and minus infinity is no value.

    Where most values lie below an edge, only the others are compared with the next ones: of a long tail,
    which equal widths cut into many bins, hardly any are left after the first few.
    """
    buffer = np.empty(len(block), dtype=bool)
    below = np.zeros(len(edges), dtype=np.int64)
    endless = 0 if all_finite else np.count_nonzero(np.equal(block, -np.inf, out=buffer))
    done, rest = 0, block
    for place, edge in enumerate(edges):
        passed = np.less(rest, edge, out=buffer[: len(rest)])
        count = int(np.count_nonzero(passed))
        below[place:] = done + count
        if count == len(rest):
            break
        if count >= MOST * len(rest):
            done += count
            rest = rest.compress(np.logical_not(passed, out=passed))
    return below - endless


def _equal(block: Vector, values: tuple[Any, ...], *, all_finite: bool) -> Counts:
    buffer = np.empty(len(block), dtype=bool)
    found = [np.count_nonzero(np.equal(block, value, out=buffer)) for value in values]
    return np.array(found, dtype=np.int64)


def blocks(values: Vector) -> Iterator[Vector]:
    """The values in pieces that fit the processor's cache."""
    for start in range(0, len(values), BLOCK):
        yield values[start : start + BLOCK]


def quantile_edges(ordered: Vector, count: int) -> tuple[float, ...]:
    """Inner edges that cut sorted finite values into about `count` bins of equally many.

    A value that fills more than one bin gets one of its own, from it up to the next value that occurs. Edges
    are values that occur, so that a bin can be named in words.

    >>> quantile_edges(np.arange(100.0), 4)
    (25.0, 50.0, 75.0)
    >>> quantile_edges(np.array([0.0] * 60 + list(range(1, 41))), 5)
    (1.0, 21.0)
    """
    rows = len(ordered)
    at = ordered[[rows * k // count for k in range(1, count)]] if rows else ordered
    edges = set(at.tolist())
    for value in {value for value in edges if np.count_nonzero(at == value) > 1}:
        beyond = int(np.searchsorted(ordered, value, side="right"))
        if beyond < rows:
            edges.add(float(ordered[beyond]))
    # Nothing lies below the least value, so an edge there would bound an empty bin.
    return tuple(sorted(edge for edge in edges if edge > ordered[0]))


def sturges_edges(low: float, high: float, rows: int, *, whole: bool = False) -> tuple[float, ...]:
    """Inner edges of bins of equal width from `low` to `high`, as many as Sturges' rule gives `rows` values.

    The same numbers as `numpy.histogram_bin_edges(values, "sturges")`, without its two outer edges. `whole`:
    the values were integers, whose bins NumPy makes at least 1 wide.

    Source: H. A. Sturges (1926), The Choice of a Class Interval, JASA 21.

    >>> values = np.random.default_rng(7).normal(size=1000)
    >>> ours = sturges_edges(values.min(), values.max(), 1000)
    >>> ours == tuple(np.histogram_bin_edges(values, "sturges")[1:-1].tolist())
    True
    """
    width = (high - low) / (math.log2(rows) + 1)
    if whole:
        width = max(width, 1.0)
    bins = math.ceil((high - low) / width) if width > 0 else 1
    if low == high:
        low, high = low - 0.5, high + 0.5
    return tuple(np.linspace(low, high, bins + 1)[1:-1].tolist())


def count_values(chunks: Iterable[Vector], most: int) -> dict[float, int] | None:
    """How often each finite value occurs, or None when there are more than `most` different ones.

    >>> count_values([np.array([2.0, 1.0, np.nan]), np.array([2.0])], 20)
    {1.0: 1, 2.0: 2}
    """
    found: dict[float, int] = {}
    for chunk in chunks:
        for block in blocks(chunk):
            counts = Bins("numbers", tuple(found)).count_numbers(block)
            if counts[-1]:  # the block holds a value that was not seen yet
                values, counts = np.unique(block[np.isfinite(block)], return_counts=True)
                if len(values) > most:
                    return None
                counted = zip(values.tolist(), counts.tolist(), strict=True)
            else:
                counted = zip(tuple(found), counts[:-1].tolist(), strict=True)
            for value, count in counted:
                found[value] = found.get(value, 0) + count
            if len(found) > most:
                return None
    return found


def count_texts(values: pa.Array) -> dict[str, int]:
    """How often each text occurs; nulls are left out."""
    import pyarrow.compute as pc

    counted = pc.value_counts(values.drop_null())
    return dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
