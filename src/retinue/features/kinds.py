"""Distinct kinds of a value, such as the event types a customer used.

Kinds are numbered and each gets a bit, 62 to a word; a cell holds the OR of its rows' words, and so does a
window, whose bits are then counted. Which kind gets which bit changes no count, so the numbering may look at
all the rows. A value with very many kinds is counted by distinct rows instead (`distinct_counts`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retinue.features.expressions import Measure
from retinue.features.scratch import Scratch

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MAXIMUM_WORDS", "KindWords"]

MAXIMUM_WORDS = 4
"""Above 4 × 62 = 248 kinds, distinct rows are counted instead."""

BITS = 62


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
