"""The small algebra in which features are declared (`retinue.features.declare` has the words for it).

A feature is a formula over *leaves*. A leaf is a number per customer and date that the warehouse computes:

* `Over(measure, days)`: a measure of the rows that happened in the last `days` days (all history without);
* `Standing(...)`: a measure of the rows that stand at the date, such as the contracts that run on it.

Leaves combine with ``+ - * /`` and a few functions into float64 formulas, evaluated at the very end, so
that everything before is integers, whose sums do not depend on the order in which rows are read.

Two rules hold everywhere: a division by zero is NaN, and NaN spreads.

>>> from retinue.features.declare import count
>>> logins = count("events", where=lambda row, settings: row.event_type.isin(settings.login_events))
>>> change = logins.over(30) / logins.over(30, shift=30)
>>> sorted(tables_of(change))
['events']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = [
    "AS_OF",
    "AS_OF_DAY",
    "MICROSECONDS_A_DAY",
    "Aggregate",
    "Arithmetic",
    "AsOf",
    "Constant",
    "Expression",
    "Function",
    "Measure",
    "Over",
    "RowExpression",
    "Slope",
    "Standing",
    "available",
    "leaves",
    "tables_of",
    "wrapped",
]

RowExpression: TypeAlias = Callable[[Any, Any], Any]
"""(row, FeatureSettings) → ibis expression of that row. `row` shows only what was known at its clock."""

Aggregate = Literal[
    "count",
    "sum",
    "min",
    "max",
    "first",
    "last",
    "first_day",
    "last_day",
    "days",
    "kinds",
    "moment",
    "gap_squares",
    "first_day_sum",
]
"""How rows become one number.

`count`, `sum`, `min`, `max` as named; `first`/`last`: moment of the earliest/latest row, microseconds since
1970; `first_day`/`last_day`: its UTC day number; `days`: distinct UTC days; `kinds`: distinct values;
`moment`: sum of value × day of age (for slopes); `gap_squares`: sum of squared gaps, in days, between
consecutive distinct days; `first_day_sum`: sum over the rows of the customer's first day.
"""

MICROSECONDS_A_DAY = 86_400_000_000


class Expression:
    """Anything a feature's formula may contain."""

    __slots__ = ()

    def __add__(self, other: Expression | float) -> Expression:
        return Arithmetic("+", self, wrapped(other))

    def __sub__(self, other: Expression | float) -> Expression:
        return Arithmetic("-", self, wrapped(other))

    def __mul__(self, other: Expression | float) -> Expression:
        return Arithmetic("*", self, wrapped(other))

    def __truediv__(self, other: Expression | float) -> Expression:
        """The quotient; NaN where the divisor is 0."""
        return Arithmetic("/", self, wrapped(other))

    def __gt__(self, other: Expression | float) -> Expression:
        """1.0 where greater, else 0.0; a comparison with NaN is 0.0."""
        return Arithmetic(">", self, wrapped(other))

    def __ge__(self, other: Expression | float) -> Expression:
        return Arithmetic(">=", self, wrapped(other))


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class AsOf(Expression):
    """The date itself: microseconds since 1970, or days since 1970 with their fraction."""

    unit: Literal["microseconds", "days"]


@dataclass(frozen=True, slots=True)
class Arithmetic(Expression):
    """Two operands and an operator."""

    operator: Literal["+", "-", "*", "/", ">", ">="]
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Function(Expression):
    """A function of one or more formulas."""

    name: Literal["coalesce", "earliest", "given", "greatest", "square_root"]
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted or summed over the rows of one table.

    Parameters
    ----------
    table: the table whose rows are measured.
    aggregate: how rows become one number.
    value: the number taken from a row; `kinds` takes the value whose distinct values are counted.
    where: which rows count; rows for which it is null do not.
    clock: the time column that places a row; default the time at which it happened. On another clock (a
        ticket's `resolved_at`) a row counts from that moment on, and columns that belong to it are visible.
    scale: sums are taken over ``round(value × scale)``, exact as long as they stay below 2^53.
    """

    table: str
    aggregate: Aggregate
    value: RowExpression | None = None
    where: RowExpression | None = None
    clock: str | None = None
    scale: float = 1.0

    def over(self, window: int, *, shift: int = 0) -> Expression:
        """The measure over ``as_of − shift − window < time ≤ as_of − shift``, in days of 86,400 seconds."""
        if window < 1 or shift < 0:
            raise ValueError(
                f"a window looks back at least one day and never ahead (window={window}, shift={shift})"
            )
        if self.aggregate in ("gap_squares", "first_day_sum"):
            raise ValueError(f"{self.aggregate} is taken over all history: use .ever()")
        return Over(self, window, shift)

    def ever(self) -> Expression:
        """The measure over all history up to the date."""
        return Over(self, None, 0)


@dataclass(frozen=True, slots=True)
class Over(Expression):
    """A measure over a window of `window` days that ended `shift` days before the date."""

    measure: Measure
    window: int | None
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Slope(Expression):
    """The trend of a measure's daily values over a window; made by `slope`."""

    measure: Measure
    window: int

    @property
    def total(self) -> Over:
        """Σ y."""
        return Over(self.measure, self.window)

    @property
    def moment(self) -> Over:
        """Σ day × y, the days counted from the first date."""
        m = self.measure
        return Over(Measure(m.table, "moment", m.value, m.where, m.clock, m.scale), self.window)


@dataclass(frozen=True, slots=True)
class Standing(Expression):
    """A measure of the rows as they stand at the date; `row.as_of` is the date.

    Parameters
    ----------
    before: days; the rows as they stood, and were known, that long before the date (and `row.as_of` is then).
    others: the table whose rows of the other customers of the same account are measured; `table` is then
        `customers`, which tells who they are.
    window: of the others, only rows that happened in the last `window` days.
    once: count each of the others once, however many such rows they have.
    """

    table: str
    aggregate: Literal["count", "sum", "min", "max"]
    value: RowExpression | None = None
    where: RowExpression | None = None
    scale: float = 1.0
    before: int = 0
    others: str | None = None
    window: int | None = None
    once: bool = False

    @property
    def tables(self) -> frozenset[str]:
        """The tables it reads."""
        return frozenset({self.table, self.others or self.table})


AS_OF = AsOf("microseconds")
AS_OF_DAY = AsOf("days")


def wrapped(value: Expression | float) -> Expression:
    """A number as a formula."""
    return value if isinstance(value, Expression) else Constant(float(value))


def leaves(expression: Expression) -> Iterator[Over | Standing]:
    """Every leaf of a formula, repeats included."""
    if isinstance(expression, Over | Standing):
        yield expression
    elif isinstance(expression, Slope):
        yield expression.total
        yield expression.moment
    elif isinstance(expression, Arithmetic):
        yield from leaves(expression.left)
        yield from leaves(expression.right)
    elif isinstance(expression, Function):
        for argument in expression.arguments:
            yield from leaves(argument)


def tables_of(expression: Expression) -> frozenset[str]:
    """The tables a formula reads."""
    found: set[str] = set()
    for leaf in leaves(expression):
        found |= {leaf.measure.table} if isinstance(leaf, Over) else leaf.tables
    return frozenset(found)


def available(expression: Expression, present: frozenset[str]) -> bool:
    """Whether the formula can be computed when only the tables in `present` hold rows."""
    if isinstance(expression, Over):
        return expression.measure.table in present
    if isinstance(expression, Standing):
        return expression.tables <= present
    if isinstance(expression, Slope):
        return expression.measure.table in present
    if isinstance(expression, Arithmetic):
        return available(expression.left, present) and available(expression.right, present)
    if isinstance(expression, Function):
        parts = [available(argument, present) for argument in expression.arguments]
        return any(parts) if expression.name in ("coalesce", "earliest") else all(parts)
    return True
