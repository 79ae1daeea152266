"""Evidently's way of binning, so that its numbers can be had and compared with: the same to the last digits.

Evidently 0.7 leaves out missing and infinite values. A number with more than 20 distinct values in the
reference is cut into bins of equal width over both data sets together (Sturges' rule); any other feature gets
a bin per value. Zeros are replaced (`filled_as_evidently`). Its bins depend on the current data, so that a
profile cannot be kept and one large value moves all bins: for monitoring use `retinue.monitoring.compare`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from retinue.errors import DataError
from retinue.monitoring.bins import Bins, Counts, Vector, blocks, count_texts, count_values, sturges_edges
from retinue.monitoring.columns import Columns, Data, columns_of
from retinue.monitoring.divergence import filled_as_evidently, jensen_shannon, kl_divergence, psi
from retinue.monitoring.profile import KEYS, each, tallied

__all__ = ["Divergences", "compare_as_evidently"]

MOST_VALUES = 20
MANY_VALUES = 200
"""From here on sorting finds the distinct values sooner."""


@dataclass(frozen=True, slots=True)
class Divergences:
    """PSI, KL divergence (nats) and Jensen–Shannon distance (nats) of one feature."""

    psi: float
    kl: float
    js: float


def compare_as_evidently(
    reference: Data, current: Data, *, threads: int | None = None
) -> dict[str, Divergences]:
    """The numbers of Evidently's `psi`, `kl_div` and `jensenshannon` for every feature of both data sets.

    Raises DataError for a feature without values on a side, as Evidently does.

    >>> rng = np.random.default_rng(7)
    >>> then, now = {"spend": rng.normal(size=1000)}, {"spend": rng.normal(0.5, 1, size=1000)}
    >>> found = compare_as_evidently(then, now)["spend"]
    >>> round(found.psi, 3), round(found.kl, 3), round(found.js, 3)
    (0.389, 0.175, 0.21)
    """
    sides = (columns_of(reference), columns_of(current))

    def divergences(name: str) -> Divergences:
        counts = (_texts if sides[0].kind(name) == "text" else _numbers)(name, *sides)
        if not all(side.sum() for side in counts):
            raise DataError(
                f"Feature '{name}' has no value on one side.", fix="Leave it out, or use retinue drift."
            )
        r, c = filled_as_evidently(*counts)
        shares = (side / side.sum() for side in counts)
        return Divergences(psi(r, c), kl_divergence(r, c), jensen_shannon(*shares))

    names = [name for name in sides[0].names if name in sides[1].names and name not in KEYS]
    return each(names, divergences, threads)


def _numbers(name: str, reference: Columns, current: Columns) -> tuple[Counts, Counts]:
    before, now = list(reference.chunks(name)), list(current.chunks(name))
    values = count_values(before, MOST_VALUES)
    if values is not None:
        return _aligned(values, _all_values(now))
    lows, highs, rows = zip(*(_range(chunk) for chunk in (*before, *now)), strict=True)
    whole = reference.whole(name) and current.whole(name)
    bins = Bins("intervals", sturges_edges(min(lows), max(highs), sum(rows), whole=whole))
    return tallied(bins, before, reference.rows).counts, tallied(bins, now, current.rows).counts


def _all_values(chunks: list[Vector]) -> dict[float, int]:
    found = count_values(chunks, MANY_VALUES)
    if found is not None:
        return found
    together = np.concatenate(chunks)
    values, counts = np.unique(together[np.isfinite(together)], return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _aligned(before: Mapping[Any, int], now: Mapping[Any, int]) -> tuple[Counts, Counts]:
    """A bin per value of either side."""
    values = sorted({*before, *now})
    sides = ([side.get(value, 0) for value in values] for side in (before, now))
    first, second = (np.array(side, dtype=np.int64) for side in sides)
    return first, second


def _range(values: Vector) -> tuple[float, float, int]:
    """The least and the greatest finite value, and how many there are; ∞, −∞ and 0 if there is none."""
    found = [(np.inf, -np.inf, 0), *(_range_of_block(block) for block in blocks(values))]
    lows, highs, finite = zip(*found, strict=True)
    return min(lows), max(highs), sum(finite)


def _range_of_block(block: Vector) -> tuple[float, float, int]:
    low, high = float(block.min()), float(block.max())
    if math.isfinite(low) and math.isfinite(high):  # either would be NaN if any value were
        return low, high, len(block)
    finite = np.isfinite(block)
    low, high = float(np.fmin.reduce(block)), float(np.fmax.reduce(block))
    if not (math.isfinite(low) and math.isfinite(high)):
        known = block[finite]
        low, high = float(known.min(initial=np.inf)), float(known.max(initial=-np.inf))
    return low, high, int(np.count_nonzero(finite))


def _texts(name: str, reference: Columns, current: Columns) -> tuple[Counts, Counts]:
    counted: list[Counter[str]] = []
    for side in (reference, current):
        counted.append(Counter())
        for chunk in side.chunks(name):
            counted[-1].update(count_texts(chunk))
    return _aligned(*counted)
