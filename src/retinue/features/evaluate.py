"""From leaves to features: the float64 formulas, on one array per leaf.

Arrays run over dates × customers, date by date, customers in order of their ids, so that the result needs no
sorting. A leaf is scattered from its sparse roll-up when a formula asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from retinue.features.calendar import Window, epoch_microseconds
from retinue.features.expressions import (
    MICROSECONDS_A_DAY,
    Arithmetic,
    AsOf,
    Constant,
    Expression,
    Function,
    Over,
    Slope,
    Standing,
    available,
)
from retinue.features.rollup import column_of

if TYPE_CHECKING:
    import pyarrow as pa

    from retinue.features.kinds import KindWords
    from retinue.features.rows import Plan

__all__ = ["Grid", "TableValues", "evaluate"]

FloatArray = npt.NDArray[np.float64]

_SUMS = frozenset({"count", "sum", "days", "kinds", "moment", "gap_squares", "first_day_sum"})


@dataclass
class TableValues:
    """The roll-up of one table: sparse columns and the place of each row in the grid."""

    columns: pa.Table
    place: npt.NDArray[np.int64]
    plan: Plan | None = None
    words: Mapping[Any, KindWords] = field(default_factory=dict)
    standing: Mapping[Standing, str] = field(default_factory=dict)
    overrides: list[tuple[pa.Table, npt.NDArray[np.int64]]] = field(default_factory=list)
    """Columns of other roll-ups that replace values at their places."""


@dataclass
class Grid:
    """All leaves of one chunk of customers, as dense arrays on demand."""

    customers: int
    dates: tuple[datetime, ...]
    tables: dict[str, TableValues]

    @property
    def size(self) -> int:
        return self.customers * len(self.dates)

    def leaf(self, leaf: Over | Standing) -> FloatArray:
        """The array of a leaf: 0 where nothing was counted or summed, NaN where there is no extreme."""
        scale = leaf.scale if isinstance(leaf, Standing) else leaf.measure.scale
        dense = self.whole(leaf)
        return dense / scale if scale != 1.0 else dense

    def whole(self, leaf: Over | Standing) -> FloatArray:
        """The array of a leaf before it is divided by its scale: whole numbers where it is a sum."""
        if isinstance(leaf, Standing):
            values = self.tables[leaf.table]
            return self._scatter(values, values.standing[leaf], leaf.aggregate in ("count", "sum"))
        values = self.tables[leaf.measure.table]
        if values.plan is None:
            raise ValueError(f"{leaf.measure.table} was not measured over windows")
        name = values.plan.measures[leaf.measure]
        window = Window(leaf.window, leaf.shift)
        if leaf.measure in values.words:
            dense = np.zeros(self.size)
            for word in values.words[leaf.measure].columns(name):
                bits = values.columns[column_of(word, window)].to_numpy()
                dense[values.place] += np.bitwise_count(bits.astype(np.int64))
            return dense
        return self._scatter(values, column_of(name, window), leaf.measure.aggregate in _SUMS)

    def slope(self, slope: Slope) -> FloatArray:
        """The trend; its sums are whole numbers, so that it matters not from where days are counted."""
        day = [epoch_microseconds(d) // MICROSECONDS_A_DAY for d in self.dates]
        age_0 = np.repeat(np.array([d - day[0] for d in day], dtype=np.float64), self.customers)
        total = self.whole(slope.total)
        w = slope.window
        doubled = 2 * (self.whole(slope.moment) - age_0 * total) + (w - 1) * total
        return doubled / (w * (w**2 - 1) / 6) / slope.measure.scale

    def as_of(self, unit: str) -> FloatArray:
        """The date of each place."""
        stamps = np.array([epoch_microseconds(d) for d in self.dates], dtype=np.float64)
        return np.repeat(stamps / MICROSECONDS_A_DAY if unit == "days" else stamps, self.customers)

    def _scatter(self, values: TableValues, column: str, zero: bool) -> FloatArray:
        dense = np.zeros(self.size) if zero else np.full(self.size, math.nan)
        if column in values.columns.column_names:
            dense[values.place] = _numbers(values.columns, column)
        for table, place in values.overrides:
            if column in table.column_names:
                dense[place] = _numbers(table, column)
        return dense


def _numbers(table: pa.Table, column: str) -> FloatArray:
    numbers: FloatArray = table[column].to_numpy().astype(np.float64, copy=False)
    return numbers


def evaluate(expression: Expression, grid: Grid) -> FloatArray:
    """A formula on the grid; divisions by zero are NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(_value(expression, grid), dtype=np.float64)


def _value(expression: Expression, grid: Grid) -> Any:
    if isinstance(expression, Over | Standing):
        return grid.leaf(expression)
    if isinstance(expression, Slope):
        return grid.slope(expression)
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, AsOf):
        return grid.as_of(expression.unit)
    if isinstance(expression, Arithmetic):
        return _arithmetic(expression, _value(expression.left, grid), _value(expression.right, grid))
    if isinstance(expression, Function):
        return _function(expression, grid)
    raise TypeError(f"not a formula: {expression!r}")


def _arithmetic(expression: Arithmetic, left: Any, right: Any) -> Any:
    if expression.operator == "+":
        return left + right
    if expression.operator == "-":
        return left - right
    if expression.operator == "*":
        return left * right
    if expression.operator == "/":
        return np.where(np.equal(right, 0), math.nan, np.divide(left, right))
    if expression.operator == ">":
        return np.greater(left, right).astype(np.float64)
    return np.greater_equal(left, right).astype(np.float64)


def _function(expression: Function, grid: Grid) -> Any:
    if expression.name in ("coalesce", "earliest"):
        present = frozenset(grid.tables)
        arguments = _known(expression.arguments, present)
        values = [np.broadcast_to(_value(a, grid), grid.size) for a in arguments]
        result = values[0]
        for value in values[1:]:
            if expression.name == "coalesce":
                result = np.where(np.isnan(result), value, result)
            else:
                result = np.fmin(result, value)
        return result
    values = [_value(a, grid) for a in expression.arguments]
    if expression.name == "given":
        return np.where(np.greater(values[0], 0), values[1], math.nan)
    if expression.name == "greatest":
        return np.maximum(values[0], values[1])
    return np.sqrt(values[0])


def _known(arguments: Sequence[Expression], present: frozenset[str]) -> list[Expression]:
    """The arguments whose tables hold rows."""
    return [a for a in arguments if available(a, present)]
