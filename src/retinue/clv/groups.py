"""Customers with the same purchase history, counted together.

The likelihoods of BG/NBD and MBG/NBD depend on a customer only through (x, t_x, T). Customers counted in days
share far fewer such triples than there are customers; gamma functions need only each distinct x.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retinue.clv.histories import check_histories, check_weight, float_columns
from retinue.clv.maximise import Floats

__all__ = ["PurchaseGroups", "group_purchases", "sort_within"]

Number = TypeVar("Number", np.float64, np.complex128)

_LARGEST_KEY = float(2**62)


@dataclass(frozen=True)
class PurchaseGroups:
    """Distinct (x, t_x, T), sorted by x, then t_x, then T, with the number of customers that share each.

    Times are in one unit of the caller's choice.
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats

    @cached_property
    def customers(self) -> float:
        return float(self.weight.sum())

    @cached_property
    def share(self) -> Floats:
        """The part of all customers that each group holds."""
        return self.weight / self.customers

    @cached_property
    def _first_of_x(self) -> NDArray[np.int64]:
        return _starts(self.x)

    @cached_property
    def x_values(self) -> Floats:
        """The distinct x, in order."""
        return self.x[self._first_of_x]

    @cached_property
    def x_code(self) -> NDArray[np.int64]:
        """Which of `x_values` each group has."""
        sizes = np.diff(self._first_of_x, append=len(self))
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def share_by_x(self) -> Floats:
        """The part of all customers with each distinct x."""
        return np.add.reduceat(self.share, self._first_of_x)

    def __len__(self) -> int:
        return len(self.weight)

    def thinned(self, limit: int) -> PurchaseGroups:
        """Every k-th group, so that at most `limit` remain: for trying starting points."""
        part = slice(None, None, -(-len(self) // limit))
        return PurchaseGroups(self.x[part], self.t_x[part], self.T[part], self.weight[part])


def group_purchases(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, weight: ArrayLike | None = None
) -> PurchaseGroups:
    """Group customers by (x, t_x, T).

    Parameters
    ----------
    x: repeat purchases, whole numbers >= 0.
    t_x: time from the first to the last purchase, 0 when x = 0.
    T: time from the first purchase to now; t_x <= T.
    weight: how many customers each row stands for, not negative; 1 by default. Rows of weight 0 are left out.

    The order of the rows changes no bit of the result. Raises DataError with the first row's number for
    anything that is not such a history.

    >>> g = group_purchases([0, 2, 0], [0.0, 30.0, 0.0], [39.0, 39.0, 39.0])
    >>> g.weight.tolist(), g.customers
    ([2.0, 1.0], 3.0)
    """
    xs, ts, ages = float_columns(x=x, t_x=t_x, T=T)
    check_histories(xs, ts, ages)
    if weight is not None:
        return _weighted(xs, ts, ages, check_weight(weight, len(xs)))
    if not len(xs):
        return PurchaseGroups(xs, ts, ages, xs)
    sizes = [float(part.max()) + 1.0 for part in (xs, ts, ages)]
    # Products of whole numbers below 2^62 are exact in int64, whatever the rounding of this float.
    if sizes[0] * sizes[1] * sizes[2] < _LARGEST_KEY and all((v == np.floor(v)).all() for v in (ts, ages)):
        return _whole(xs, ts, ages, int(sizes[1]), int(sizes[2]))
    return _fractional(xs, ts, ages)


def sort_within(x: Floats, values: NDArray[Number]) -> tuple[Floats, NDArray[Number]]:
    """Rows in order of whole x and, within equal x, of `values` (floats, or complex as pairs).

    Sorting each part by itself needs no permutation of the whole, which is several times faster than
    a sort by several keys.
    """
    # Small whole numbers are sorted by radix; larger ones by comparison.
    small = len(x) > 0 and float(x.max()) < 65_536.0
    order = np.argsort(x.astype(np.uint16) if small else x, kind="stable")
    ordered, parts = x[order], values[order]
    first = _starts(ordered)
    last = np.append(first[1:], len(ordered))
    several = last > first + 1
    for start, stop in zip(first[several].tolist(), last[several].tolist(), strict=True):
        parts[start:stop].sort()
    return ordered, parts


def _whole(x: Floats, t_x: Floats, T: Floats, size_t: int, size_T: int) -> PurchaseGroups:
    """Whole numbers, as days are: one integer holds all three, and sorting integers is fast."""
    key = (x.astype(np.int64) * size_t + t_x.astype(np.int64)) * size_T + T.astype(np.int64)
    keys, counts = np.unique(key, return_counts=True)
    rest, last = np.divmod(keys, size_T)
    first, middle = np.divmod(rest, size_t)
    return PurchaseGroups(*(part.astype(np.float64) for part in (first, middle, last, counts)))


def _fractional(x: Floats, t_x: Floats, T: Floats) -> PurchaseGroups:
    """Times with fractions: pairs (t_x, T) as complex numbers, which are sorted by part after part."""
    pairs = np.empty(len(x), dtype=np.complex128)
    pairs.real, pairs.imag = t_x, T
    xs, sorted_pairs = sort_within(x, pairs)
    first = _starts(xs, sorted_pairs)
    counts = np.diff(first, append=len(xs)).astype(np.float64)
    kept = sorted_pairs[first]
    return PurchaseGroups(xs[first], np.ascontiguousarray(kept.real), np.ascontiguousarray(kept.imag), counts)


def _weighted(x: Floats, t_x: Floats, T: Floats, weight: Floats) -> PurchaseGroups:
    used = weight > 0
    x, t_x, T, weight = x[used], t_x[used], T[used], weight[used]
    # The weight is the last key, so that equal histories are added up in one order.
    order = np.lexsort((weight, T, t_x, x))
    x, t_x, T, weight = x[order], t_x[order], T[order], weight[order]
    first = _starts(x, t_x, T)
    sums = np.add.reduceat(weight, first) if len(first) else weight
    return PurchaseGroups(x[first], t_x[first], T[first], sums)


def _starts(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """Where, in sorted rows, a new combination of values begins."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for values in columns:
        new[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(new)
