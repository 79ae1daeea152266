"""What the likelihoods may be given: columns of equal length, possible histories, usable weights.

Everything else is refused with the number of the first offending row, before a fit can go astray on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from retinue.clv.maximise import Floats
from retinue.errors import DataError

__all__ = ["check_histories", "check_weight", "float_columns", "refuse", "usable_amounts"]

_LARGEST = 1e100
"""Beyond it, or below its inverse, products of numbers leave what a float can hold; no unit needs it."""


def float_columns(**columns: ArrayLike) -> tuple[Floats, ...]:
    """The columns as flat float64 arrays; DataError unless they are numbers and of one length.

    >>> [c.tolist() for c in float_columns(x=[1, 2], m=[3.5, 4])]
    [[1.0, 2.0], [3.5, 4.0]]
    """
    arrays = []
    for name, values in columns.items():
        try:
            arrays.append(np.ascontiguousarray(values, dtype=np.float64).reshape(-1))
        except (TypeError, ValueError) as error:
            raise DataError(
                f"Column {name} does not hold numbers.",
                where=name,
                fix="Pass numbers; leave missing ones out.",
            ) from error
    lengths = {name: len(array) for name, array in zip(columns, arrays, strict=True)}
    if len(set(lengths.values())) > 1:
        raise DataError(
            "The columns differ in length.",
            where=", ".join(f"{name}: {length}" for name, length in lengths.items()),
            fix="Pass one value per customer in each column.",
        )
    return tuple(arrays)


def refuse(bad: NDArray[np.bool_], what: str, fix: str, **columns: Floats) -> None:
    """DataError naming the first row in which `bad` is true, its values and how many such rows there are."""
    if not bad.any():
        return
    row = int(np.flatnonzero(bad)[0])
    shown = ", ".join(f"{name}={values[row]:g}" for name, values in columns.items())
    count = int(bad.sum())
    raise DataError(
        what, where=f"row {row}: {shown}" + (f" (and {count - 1} more rows)" if count > 1 else ""), fix=fix
    )


def check_histories(x: Floats, t_x: Floats, T: Floats) -> None:
    """DataError unless every row is a possible history (x, t_x, T) as `group_purchases` describes it."""
    fine = np.isfinite(x) & np.isfinite(t_x) & np.isfinite(T)
    fine &= (x < _LARGEST) & (T < _LARGEST)
    fine &= (x >= 0) & (x == np.floor(x)) & (t_x >= 0) & (t_x <= T) & ((x > 0) | (t_x == 0))
    refuse(
        ~fine,
        "A purchase history is impossible.",
        "x must be a whole number >= 0, 0 <= t_x <= T, and t_x = 0 when x = 0.",
        x=x,
        t_x=t_x,
        T=T,
    )


def usable_amounts(amounts: Floats) -> NDArray[np.bool_]:
    """Which amounts are positive, finite and of a size that money can have in any currency.

    >>> usable_amounts(np.array([12.5, 0.0, -1.0, np.nan, np.inf, 1e12])).tolist()
    [True, False, False, False, False, True]
    """
    return (amounts > 1.0 / _LARGEST) & (amounts < _LARGEST)


def check_weight(weight: ArrayLike, rows: int) -> Floats:
    """Weights as floats; DataError unless there is one per row, finite and not negative."""
    (weights,) = float_columns(weight=weight)
    if len(weights) != rows:
        raise DataError(
            "There must be one weight per row.",
            where=f"{len(weights)} weights, {rows} rows",
            fix="Pass both.",
        )
    refuse(
        ~(np.isfinite(weights) & (weights >= 0)),
        "A weight is not a number of customers.",
        "Weights must be finite and not negative.",
        weight=weights,
    )
    return weights
