"""Where the splits of all trees cut a feature: exact comparisons of small integers.

A row's value is replaced by the interval it falls into. Since no split of any tree changes its mind within
an interval, nothing is lost: the rounding of a threshold, which makes a conversion to 32-bit numbers send
rows the wrong way, does not occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Split", "codes_of", "intervals"]

Vector = npt.NDArray[np.float64]
Codes = npt.NDArray[np.unsignedinteger]

ZERO = float(np.float32(1e-35))
"""LightGBM reads what is no further from 0 than this as 0."""
BELOW_ZERO = float(np.nextafter(-ZERO, -np.inf))


@dataclass(frozen=True, slots=True)
class Split:
    """One split: a threshold, or the category codes that go left (None: a threshold).

    zero_left: where 0 goes when it counts as missing; None: by the threshold.
    """

    feature: int
    threshold: float
    missing_left: bool
    zero_left: bool | None = None
    codes: tuple[int, ...] | None = None

    @classmethod
    def of_threshold(cls, feature: int, threshold: float, missing: str, *, default_left: bool) -> Split:
        """A numerical split; `missing` is none, zero or nan."""
        if -ZERO <= threshold <= ZERO:
            # A value this small is 0 to the split, whichever side of the threshold it lies on.
            threshold = ZERO if threshold >= 0 else BELOW_ZERO
        missing_left = threshold >= 0 if missing == "none" else default_left
        return cls(feature, threshold, missing_left, default_left if missing == "zero" else None)

    @classmethod
    def of_codes(cls, feature: int, codes: tuple[int, ...]) -> Split:
        """A categorical split; a missing or unknown code goes right."""
        return cls(feature, np.nan, False, None, codes)

    def edges(self) -> list[float]:
        """The last value of every interval on which this split decides the same."""
        if self.codes is not None:
            # A number is cut to its whole part; −0.5 is category 0, −1 none.
            ends = {code for known in self.codes for code in (known, known + 1)}
            return [-1.0 if end == 0 else float(np.nextafter(end, -np.inf)) for end in ends]
        # Whatever is there is at most ∞: this split only asks whether the value is missing.
        own = [self.threshold] if self.threshold < np.inf else []
        return own if self.zero_left is None else [*own, BELOW_ZERO, ZERO]

    def table(self, edges: Vector) -> npt.NDArray[np.bool_] | None:
        """For each code, whether it goes left; None when that is codes up to the threshold's."""
        ends = np.append(edges, np.inf)
        if self.codes is not None:
            left = (ends > -1.0) & np.isin(np.trunc(ends), np.array(self.codes, dtype=np.float64))
        elif self.zero_left is not None:
            left = np.where((ends > BELOW_ZERO) & (ends <= ZERO), self.zero_left, ends <= self.threshold)
        else:
            return None
        return np.concatenate([[self.missing_left], left])


def intervals(
    features: int, splits: Sequence[Split]
) -> tuple[tuple[Vector, ...], npt.NDArray[np.int64], tuple[npt.NDArray[np.bool_], ...]]:
    """The edges of every feature, and each split as a limit or a set (see `Forest`).

    >>> edges, limits, _ = intervals(1, [Split(0, 2.5, True), Split(0, -1.0, True), Split(0, 2.5, False)])
    >>> edges[0].tolist(), limits.tolist()
    ([-1.0, 2.5], [2, 1, 2])
    """
    ends: list[set[float]] = [set() for _ in range(features)]
    for split in splits:
        ends[split.feature].update(split.edges())
    edges = tuple(np.array(sorted(found), dtype=np.float64) for found in ends)
    places = [{end: code for code, end in enumerate([*found.tolist(), np.inf], 1)} for found in edges]
    known: dict[bytes, int] = {}
    sets: list[npt.NDArray[np.bool_]] = []
    limits = np.empty(len(splits), dtype=np.int64)
    for position, split in enumerate(splits):
        table = split.table(edges[split.feature])
        if table is None:
            limits[position] = places[split.feature][split.threshold]
            continue
        name = table.tobytes() + bytes([split.feature % 251])
        if name not in known:
            known[name] = len(sets)
            sets.append(table)
        limits[position] = -1 - known[name]
    return edges, limits, tuple(sets)


def codes_of(edges: Vector, values: Vector) -> npt.NDArray[np.int64]:
    """The code of each value: 0 when missing, else 1 + the number of edges below it.

    >>> codes_of(np.array([-1.0, 2.5]), np.array([-1.0, 0.0, 2.5, 2.6, np.inf, np.nan])).tolist()
    [1, 2, 2, 3, 3, 0]
    """
    codes = np.searchsorted(edges, values, side="left") + 1
    codes[np.isnan(values)] = 0
    return codes
