"""The words in which features are declared: measures of rows, and functions of them.

    logins = count("events", where=lambda row, settings: row.event_type == "login")
    logins.over(30) / logins.over(30, shift=30)

`where` and `value` are functions of (row, FeatureSettings) that give an ibis expression of that row; `row`
shows only what was known at the time that places it.
"""

from __future__ import annotations

from typing import Literal

from retinue.features.expressions import (
    AS_OF,
    MICROSECONDS_A_DAY,
    Constant,
    Expression,
    Function,
    Measure,
    RowExpression,
    Slope,
    Standing,
    wrapped,
)

__all__ = [
    "coalesce",
    "count",
    "days",
    "days_since",
    "earliest",
    "first",
    "first_day",
    "first_day_sum",
    "gap_squares",
    "given",
    "greatest",
    "kinds",
    "last",
    "last_day",
    "latest_is",
    "maximum",
    "minimum",
    "others",
    "slope",
    "square_root",
    "standing",
    "total",
]


def count(table: str, *, where: RowExpression | None = None, clock: str | None = None) -> Measure:
    """How many rows."""
    return Measure(table, "count", where=where, clock=clock)


def total(
    table: str,
    value: RowExpression,
    *,
    where: RowExpression | None = None,
    clock: str | None = None,
    scale: float = 10_000.0,
) -> Measure:
    """The sum of a value, kept exact as an integer number of ``1 / scale``."""
    return Measure(table, "sum", value, where, clock, scale)


def minimum(
    table: str, value: RowExpression, *, where: RowExpression | None = None, clock: str | None = None
) -> Measure:
    """The least value."""
    return Measure(table, "min", value, where, clock)


def maximum(
    table: str, value: RowExpression, *, where: RowExpression | None = None, clock: str | None = None
) -> Measure:
    """The greatest value."""
    return Measure(table, "max", value, where, clock)


def first(table: str, *, where: RowExpression | None = None, clock: str | None = None) -> Measure:
    """The moment of the earliest row, in microseconds since 1970."""
    return Measure(table, "first", where=where, clock=clock)


def last(table: str, *, where: RowExpression | None = None, clock: str | None = None) -> Measure:
    """The moment of the latest row, in microseconds since 1970."""
    return Measure(table, "last", where=where, clock=clock)


def first_day(table: str, *, where: RowExpression | None = None) -> Measure:
    """The UTC day of the earliest row, in days since 1970."""
    return Measure(table, "first_day", where=where)


def last_day(table: str, *, where: RowExpression | None = None) -> Measure:
    """The UTC day of the latest row, in days since 1970."""
    return Measure(table, "last_day", where=where)


def days(table: str, *, where: RowExpression | None = None) -> Measure:
    """How many distinct UTC days have a row."""
    return Measure(table, "days", where=where)


def kinds(table: str, value: RowExpression, *, where: RowExpression | None = None) -> Measure:
    """How many distinct values there are."""
    return Measure(table, "kinds", value, where)


def gap_squares(table: str, *, where: RowExpression | None = None) -> Measure:
    """The sum of the squared gaps, in days, between consecutive distinct days."""
    return Measure(table, "gap_squares", where=where)


def first_day_sum(
    table: str, value: RowExpression, *, where: RowExpression | None = None, scale: float = 10_000.0
) -> Measure:
    """The sum of a value over the rows of the customer's first day."""
    return Measure(table, "first_day_sum", value, where, None, scale)


def standing(
    table: str,
    aggregate: Literal["count", "sum", "min", "max"],
    value: RowExpression | None = None,
    *,
    where: RowExpression | None = None,
    scale: float = 1.0,
    before: int = 0,
) -> Expression:
    """A measure of the rows as they stand at the date. A timestamp becomes microseconds since 1970.

    With `before`, as they stood that many days earlier and were known then: the price before a price rise.
    It is there only for customers who have a row of the table at the date.
    """
    if before < 0:
        raise ValueError(f"rows are looked at before the date, never after it (before={before})")
    return Standing(table, aggregate, value, where, scale, before)


def others(
    table: str,
    aggregate: Literal["count", "sum", "max"],
    value: RowExpression | None = None,
    *,
    where: RowExpression | None = None,
    window: int | None = None,
    once: bool = False,
    scale: float = 1.0,
) -> Expression:
    """A measure of the rows of the other customers of the same account, as they stand at the date.

    `window`: only rows that happened in the last days; large tables need one. `once` counts customers, not
    rows. Counts and sums are 0 without other customers.
    """
    if window is not None and window < 1:
        raise ValueError(f"a window looks back at least one day (window={window})")
    if once and aggregate != "count":
        raise ValueError("only a count can count customers once")
    return Standing("customers", aggregate, value, where, scale, others=table, window=window, once=once)


def days_since(moment: Expression) -> Expression:
    """Days from a moment in microseconds to the date."""
    return (AS_OF - moment) / MICROSECONDS_A_DAY


def coalesce(*arguments: Expression) -> Expression:
    """The first argument that is a number. Available when any of its arguments is."""
    return Function("coalesce", arguments)


def earliest(*arguments: Expression) -> Expression:
    """The least of the arguments that are numbers. Available when any of its arguments is."""
    return Function("earliest", arguments)


def given(condition: Expression, value: Expression | float) -> Expression:
    """The value where the condition is above 0, NaN elsewhere."""
    return Function("given", (condition, wrapped(value)))


def greatest(left: Expression, right: Expression | float) -> Expression:
    """The greater of the two."""
    return Function("greatest", (left, wrapped(right)))


def square_root(value: Expression) -> Expression:
    """The square root; NaN below 0."""
    return Function("square_root", (value,))


def latest_is(one: Expression, other: Expression) -> Expression:
    """1.0 where moment `one` was and `other` was not later, else 0.0."""
    return one >= coalesce(other, Constant(float("-inf")))


def slope(measure: Measure, window: int) -> Expression:
    """Least-squares slope per day of the zero-filled daily values of a count or total over a window.

    Day k of age (k = 0 … w − 1) holds the rows with k ≤ age in days < k + 1; with t = −k the slope is
    Σ (t − t̄) y / Σ (t − t̄)², where t̄ = −(w − 1) / 2 and Σ (t − t̄)² = w (w² − 1) / 12.
    """
    if window < 2 or measure.aggregate not in ("count", "sum"):
        raise ValueError("a slope needs a count or a total and a window of at least two days")
    return Slope(measure, window)
