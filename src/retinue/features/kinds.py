"""Distinct kinds of a value, such as the event types a customer used.

Kinds are numbered and each gets a bit, 62 to a word; a cell holds the OR of its rows' words, and so does a
window, whose bits are then counted. Which kind gets which bit changes no count, so the numbering may look at
all the rows. A value with very many kinds is counted by distinct rows instead (`distinct_counts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retinue.features.expressions import Measure
from retinue.features.rows import Plan, RowView
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["BITS", "MAXIMUM_WORDS", "KindWords", "kind_names", "too_many"]

MAXIMUM_WORDS = 4
"""Above 4 × 62 = 248 kinds, distinct rows are counted instead."""

BITS = 62
"""Kinds in one word."""


def kind_names(
    warehouse: Warehouse, plan: Plan, measure: Measure, settings: FeatureSettings
) -> tuple[str, ...]:
    """The kinds in all rows of a table, sorted; some one too many when there are too many to be numbered."""
    if measure.value is None:
        raise ValueError(f"the kinds of {plan.table} need a value")
    rows = warehouse.engine.connection.table(plan.table)
    view = RowView.at(rows, plan.table, measure.clock or plan.happened)
    values = rows.select(kind=measure.value(view, settings).cast("string")).distinct()
    values = values.filter(values.kind.notnull()).limit(MAXIMUM_WORDS * BITS + 1)
    return tuple(sorted(values.kind.to_pyarrow().to_pylist()))


def too_many(names: Sequence[str]) -> bool:
    """Whether so many kinds are counted by distinct rows instead."""
    return len(names) > MAXIMUM_WORDS * BITS


@dataclass(frozen=True)
class KindWords:
    """The numbering of one measure's kinds."""

    measure: Measure
    tag: str
    names: tuple[str, ...]

    @property
    def words(self) -> int:
        return max(1, -(-len(self.names) // BITS))

    def columns(self, name: str) -> list[str]:
        """The columns of the words."""
        return [f"{name}_word{i}" for i in range(self.words)]

    def join(self, rows: ir.Table, value: str, scratch: Scratch) -> ir.Table:
        """Adds the bit of the kind in column `value`; 0 where the value is null.

        An inner join, with a name for null: an outer join may build its table from the many rows.
        """
        nameless = "none"
        while nameless in self.names:
            nameless += "-"
        names = [*self.names, nameless]
        data: dict[str, Any] = {f"{self.tag}_name": names}
        for word in range(self.words):
            column = f"{self.tag}_bit{word}"
            own = [i // BITS == word and name != nameless for i, name in enumerate(names)]
            data[column] = [1 << (i % BITS) if mine else 0 for i, mine in enumerate(own)]
        bits = scratch.keep(data)
        rows = rows.mutate(**{f"{self.tag}_value": rows[value].fill_null(nameless)})
        return rows.inner_join(bits, [rows[f"{self.tag}_value"] == bits[f"{self.tag}_name"]])

    def aggregates(self, rows: ir.Table, name: str, where: Any) -> dict[str, Any]:
        """The OR of the words, by column."""
        return {
            column: rows[f"{self.tag}_bit{word}"].bit_or(where=where).fill_null(0)
            for word, column in enumerate(self.columns(name))
        }
