"""Which tables hold rows, and how customers are split so that memory stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from retinue.features.rows import Chunk
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.warehouse.base import Warehouse

__all__ = ["POPULATION", "present_tables", "split"]

POPULATION = ("customers", "subscriptions", "transactions", "events", "tickets")
"""A customer is known at a date when one of these tables shows a row of theirs."""


def present_tables(warehouse: Warehouse, as_of: datetime) -> frozenset[str]:
    """The tables with at least one row known at a time."""
    final = ibis.literal(as_of, "timestamp")
    found = set()
    for name in POPULATION:
        rows = warehouse.engine.connection.table(name)
        happened = rows[declared_table(name).happened]
        rows = rows.filter(
            rows.customer_id.notnull(), rows.recorded_at <= final, happened.isnull() | (happened <= final)
        )
        if int(rows.limit(1).count().execute()):
            found.add(name)
    return frozenset(found)


def split(
    warehouse: Warehouse, tables: Sequence[str], dates: int, customers: Sequence[str] | None, rows: int
) -> list[Chunk]:
    """Ranges of customer ids, each with about `rows` customers × dates; in order of the ids."""
    if customers is not None:
        wanted = sorted(set(customers))
        step = max(1, rows // dates)
        return [Chunk(only=tuple(wanted[i : i + step])) for i in range(0, len(wanted), step)]
    connection = warehouse.engine.connection
    estimate = max(int(connection.table(t).customer_id.approx_nunique().execute() or 0) for t in tables)
    wanted_chunks = -(-estimate * dates // rows)
    if wanted_chunks <= 1:
        return [Chunk()]
    ids: ir.Table = reduce(
        lambda left, right: left.union(right),
        [connection.table(t).select("customer_id").distinct() for t in tables],
    ).distinct()
    ids = ids.filter(ids.customer_id.notnull())
    ids = ids.mutate(part=ibis.ntile(wanted_chunks).over(ibis.window(order_by=ids.customer_id)))
    bounds = ids.group_by("part").aggregate(lower=ids.customer_id.min()).order_by("part")
    lower = [str(b) for b in bounds.lower.to_pyarrow().to_pylist()]
    edges: list[str | None] = [None, *sorted(lower)[1:], None]
    return [Chunk(a, b) for a, b in pairwise(edges)]
