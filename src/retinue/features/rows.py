"""Which rows a snapshot may see, and how a declaration sees one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.calendar import Window
from retinue.features.expressions import Measure, Over
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.warehouse.base import Warehouse

__all__ = ["EVERYONE", "NEEDS_ORDER", "Chunk", "Plan", "RowView", "happened_column", "moments_of", "plan_of"]

NEEDS_ORDER = ("gap_squares", "first_day_sum")
"""The aggregates that need a row's neighbours."""


def happened_column(table: str) -> str:
    """The column that says when a row of a table happened."""
    column = declared_table(table).happened
    if column is None:
        raise ValueError(f"rows of {table} have no time")
    return column


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which customers: ids at or above `lower` and below `upper` (None: no bound), or only those listed."""

    lower: str | None = None
    upper: str | None = None
    only: tuple[str, ...] | None = None

    def of(self, population: Chunk) -> Chunk:
        """These customers, as far as they are in a population."""
        return replace(self, only=population.only)

    def keep(self, rows: ir.Table) -> ir.Table:
        """The rows of these customers."""
        if self.lower is not None:
            rows = rows.filter(rows.customer_id >= self.lower)
        if self.upper is not None:
            rows = rows.filter(rows.customer_id < self.upper)
        if self.only is not None:
            wanted = ibis.memtable({"wanted_id": list(self.only)}, schema={"wanted_id": "string"})
            rows = rows.semi_join(wanted, [rows.customer_id == wanted.wanted_id])
        return rows


EVERYONE = Chunk()
"""All customers."""


class RowView:
    """A row as a declaration may see it: columns that become known at a later clock are not there.

    Reading one raises AttributeError, so a declaration cannot look ahead by accident.
    """

    def __init__(self, rows: ir.Table, hidden: frozenset[str]) -> None:
        self._rows = rows
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(f"column '{name}' is not known yet at the time that places the row")
        return self._rows[name]

    @classmethod
    def at(cls, rows: ir.Table, table: str, clock: str) -> RowView:
        """What is known of a row of `table` at the moment in column `clock`."""
        later = {c.name for c in declared_table(table).columns if c.known_from not in (None, clock)}
        return cls(rows, frozenset(later | {"superseded_at"}))


@dataclass
class Plan:
    """The measures of one table, each with the columns that hold its partial."""

    table: str
    clocks: tuple[str, ...]
    measures: dict[Measure, str] = field(default_factory=dict)
    windows: dict[Measure, list[Window]] = field(default_factory=dict)

    @property
    def happened(self) -> str:
        """The column that says when a row happened."""
        return happened_column(self.table)

    def of(self, *aggregates: str) -> list[Measure]:
        """The measures of some aggregates, in order."""
        return [m for m in self.measures if m.aggregate in aggregates]

    @property
    def ordered(self) -> list[Measure]:
        """The measures that need a row's neighbours."""
        return self.of(*NEEDS_ORDER)

    @property
    def all_windows(self) -> list[Window]:
        """Every window in use, sorted."""
        used = {w for windows in self.windows.values() for w in windows}
        return sorted(used, key=lambda w: (w.days is None, w.days or 0, w.shift))


def plan_of(table: str, leaves: Sequence[Over]) -> Plan:
    """Group the leaves of one table into measures and their windows, in order of declaration."""
    clocks = [
        happened_column(table),
        *dict.fromkeys(leaf.measure.clock for leaf in leaves if leaf.measure.clock),
    ]
    plan = Plan(table, tuple(dict.fromkeys(clocks)))
    for leaf in leaves:
        measure = leaf.measure
        plan.measures.setdefault(measure, f"m{len(plan.measures)}")
        windows = plan.windows.setdefault(measure, [])
        window = Window(leaf.window, leaf.shift)
        if window not in windows:
            windows.append(window)
    return plan


def moments_of(
    warehouse: Warehouse, plan: Plan, chunk: Chunk, dates: Sequence[datetime], *, corrected: bool = True
) -> ir.Table:
    """The rows seen by any of the dates, placed at their clock: adds `clock_no`, `at` and `known`.

    Without `corrected`, rows stay as if nothing had ever replaced them.
    """
    if corrected:
        rows = chunk.keep(warehouse.facts(plan.table))
    else:
        rows = chunk.keep(warehouse.engine.connection.table(plan.table))
        rows = rows.mutate(superseded_at=ibis.null("timestamp"))
    first, final = (ibis.literal(d, "timestamp") for d in (dates[0], dates[-1]))
    rows = rows.filter(
        rows.customer_id.notnull(),
        rows[plan.happened] <= final,
        rows.recorded_at <= final,
        rows.superseded_at.isnull() | (rows.superseded_at > first),
    )
    if len(plan.clocks) == 1:
        return rows.mutate(clock_no=ibis.literal(0), at=rows[plan.happened], known=rows.recorded_at)
    numbers = ibis.memtable({"clock_no": list(range(len(plan.clocks)))}, schema={"clock_no": "int32"})
    rows = rows.cross_join(numbers)
    at = ibis.cases(*((rows.clock_no == i, rows[clock]) for i, clock in enumerate(plan.clocks)))
    # What belongs to a later clock cannot be seen before the row itself happened.
    known = ibis.ifelse(
        rows.clock_no == 0, rows.recorded_at, ibis.greatest(rows.recorded_at, rows[plan.happened])
    )
    rows = rows.mutate(at=at, known=known)
    return rows.filter(rows["at"] <= final)
