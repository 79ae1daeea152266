"""Compiled conditions applied to arrays, with the engine's own idea of what is missing or does not fit.

The engine reads a cell from left to right. Comparing something missing with `<` or `>` is an error there, and
a cell with an error does not hold; `or` and commas stop at the first part that holds, `and` at the first that
does not. So each part is followed as two arrays: where it holds, and where it failed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.tables.cells import Compare, Condition, Member, Range, Value

__all__ = ["holds"]

Mask = NDArray[np.bool_]
_SIGNS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, values: NDArray[Any]) -> Mask:
    """Where a condition holds; of the shape of `values`. An empty condition holds everywhere.

    >>> from retinue.decisions.tables.cells import read_cell
    >>> holds(read_cell("[1..3], > 9", "number"), np.array([0.5, 3.0, 10.0, np.nan])).tolist()
    [False, True, True, False]
    """
    if not condition:
        return np.ones(values.shape, dtype=np.bool_)
    missing = _missing(values)
    yes, failed = _part(condition[0], values, missing)
    for part in condition[1:]:
        more, wrong = _part(part, values, missing)
        yes, failed = yes | (more & ~failed), failed | (wrong & ~yes)
    return yes & ~failed


def _part(part: Any, values: NDArray[Any], missing: Mask) -> tuple[Mask, Mask]:
    yes, failed = _atom(part[0], values, missing)
    for atom in part[1:]:
        more, wrong = _atom(atom, values, missing)
        yes, failed = yes & more, failed | (wrong & yes)
    return yes, failed


def _atom(atom: Any, values: NDArray[Any], missing: Mask) -> tuple[Mask, Mask]:
    never = np.zeros(values.shape, dtype=np.bool_)
    if isinstance(atom, Compare):
        if atom.sign in _SIGNS:
            found = np.asarray(_SIGNS[atom.sign](_known(values, missing), atom.value))
            return found & ~missing, missing
        same = _equal(values, atom.value, missing)
        return (same if atom.sign == "==" else ~same), never
    if isinstance(atom, Range):
        given = _known(values, missing)
        above = given >= atom.low if atom.low_in else given > atom.low
        below = given <= atom.high if atom.high_in else given < atom.high
        inside = above & below & ~missing
        return (~inside & ~missing if atom.out else inside), missing
    assert isinstance(atom, Member)  # noqa: S101 - the last kind there is
    among = never
    for value in atom.values:
        among = among | _equal(values, value, missing)
    return (~among if atom.out else among), never


def _equal(values: NDArray[Any], value: Value, missing: Mask) -> Mask:
    return missing if value is None else np.asarray(values == value, dtype=np.bool_) & ~missing


def _missing(values: NDArray[Any]) -> Mask:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype == object:
        return np.asarray(values == None, dtype=np.bool_)  # noqa: E711 - element by element
    return np.zeros(values.shape, dtype=np.bool_)


def _known(values: NDArray[Any], missing: Mask) -> NDArray[Any]:
    """Something to compare where nothing is known; the result there is not used."""
    return np.where(missing, 0.0, values)
