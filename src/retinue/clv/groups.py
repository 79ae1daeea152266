"""Customers with the same purchase history, counted together.

The likelihoods of BG/NBD and MBG/NBD depend on a customer only through (x, t_x, T). A million customers
share far fewer such triples, and their logarithms and gamma functions need only each distinct part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retinue.clv.maximise import Floats
from retinue.errors import DataError

__all__ = ["PurchaseGroups", "group_purchases"]

_TABLE_LIMIT = 1 << 20


@dataclass(frozen=True)
class PurchaseGroups:
    """Distinct (x, t_x, T) with the number of customers that share each, in sorted order.

    `x_values`, `t_x_values`, `T_values` are the distinct parts; `x_code` and so on say which part
    a group has. Times are in one unit of the caller's choice.
    """

    x_values: Floats
    t_x_values: Floats
    T_values: Floats
    x_code: NDArray[np.int64]
    t_x_code: NDArray[np.int64]
    T_code: NDArray[np.int64]
    weight: Floats

    @cached_property
    def customers(self) -> float:
        return float(self.weight.sum())

    @cached_property
    def share(self) -> Floats:
        """The part of all customers that each group holds."""
        return self.weight / self.customers

    @cached_property
    def x_of(self) -> Floats:
        """x of each group."""
        return self.x_values[self.x_code]

    @cached_property
    def share_by_x(self) -> Floats:
        """The part of all customers with each distinct x."""
        return _sums(self.x_code, self.share, len(self.x_values))

    @cached_property
    def share_by_T(self) -> Floats:
        """The part of all customers with each distinct T."""
        return _sums(self.T_code, self.share, len(self.T_values))

    @cached_property
    def purchases_by_T(self) -> Floats:
        """The sum of x over the customers with each distinct T, by the number of all customers."""
        return _sums(self.T_code, self.share * self.x_of, len(self.T_values))

    def __len__(self) -> int:
        return len(self.weight)

    def thinned(self, limit: int) -> PurchaseGroups:
        """Every k-th group, so that at most `limit` remain: for trying starting points."""
        part = slice(None, None, -(-len(self) // limit))
        return PurchaseGroups(
            self.x_values,
            self.t_x_values,
            self.T_values,
            self.x_code[part],
            self.t_x_code[part],
            self.T_code[part],
            self.weight[part],
        )


def group_purchases(
    x: ArrayLike, t_x: ArrayLike, T: ArrayLike, weight: ArrayLike | None = None
) -> PurchaseGroups:
    """Group customers by (x, t_x, T).

    Parameters
    ----------
    x: repeat purchases, whole numbers >= 0.
    t_x: time from the first to the last purchase, 0 when x = 0.
    T: time from the first purchase to now; t_x <= T.
    weight: how many customers each row stands for; 1 by default.

    Raises DataError for anything that is not such a history.

    >>> g = group_purchases([0, 2, 0], [0.0, 30.0, 0.0], [39.0, 39.0, 39.0])
    >>> g.weight.tolist(), g.customers
    ([2.0, 1.0], 3.0)
    """
    xs, ts, ages = (np.ascontiguousarray(v, dtype=np.float64).reshape(-1) for v in (x, t_x, T))
    _check(xs, ts, ages)
    x_values, x_code = _codes(xs)
    t_values, t_code = _codes(ts)
    T_values, T_code = _codes(ages)
    key = (x_code * len(t_values) + t_code) * len(T_values) + T_code
    if weight is None:
        keys, counts = np.unique(key, return_counts=True)
        weights = counts.astype(np.float64)
    else:
        keys, inverse = np.unique(key, return_inverse=True)
        given = np.ascontiguousarray(weight, dtype=np.float64).reshape(-1)
        weights = np.bincount(inverse.reshape(-1), weights=given, minlength=len(keys))
    rest, T_of = np.divmod(keys, max(len(T_values), 1))
    x_of, t_of = np.divmod(rest, max(len(t_values), 1))
    return PurchaseGroups(x_values, t_values, T_values, x_of, t_of, T_of, weights)


def _sums(code: NDArray[np.int64], values: Floats, size: int) -> Floats:
    """The sum of the values that share each code."""
    return np.asarray(np.bincount(code, weights=values, minlength=size), dtype=np.float64)


def _check(x: Floats, t_x: Floats, T: Floats) -> None:
    fine = np.isfinite(x) & np.isfinite(t_x) & np.isfinite(T)
    fine &= (x >= 0) & (x == np.floor(x)) & (t_x >= 0) & (t_x <= T) & ((x > 0) | (t_x == 0))
    if not fine.all():
        row = int(np.flatnonzero(~fine)[0])
        raise DataError(
            "A purchase history is impossible.",
            where=f"row {row}: x={x[row]:g}, t_x={t_x[row]:g}, T={T[row]:g}",
            fix="x must be a whole number >= 0, 0 <= t_x <= T, and t_x = 0 when x = 0.",
        )


def _codes(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Distinct values in order and which of them each row has; small integers are not sorted for it."""
    if len(values) and values.max() < _TABLE_LIMIT:
        whole = values.astype(np.int64)
        if (whole == values).all():
            present = np.bincount(whole) > 0
            distinct = np.flatnonzero(present).astype(np.float64)
            return distinct, (np.cumsum(present) - 1)[whole]
    distinct, inverse = np.unique(values, return_inverse=True)
    return distinct, inverse.reshape(-1).astype(np.int64)
