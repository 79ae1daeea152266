"""Which tables hold rows, and how customers are split so that memory stays flat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from retinue.features.rows import Chunk
from retinue.features.scratch import Scratch
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.warehouse.base import Warehouse

__all__ = ["POPULATION", "customer_ids", "present_tables", "split"]

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


def split(ids: ir.Table, dates: int, rows: int) -> tuple[int, list[Chunk]]:
    """How many customers there are, and ranges of their ids with about `rows` customers × dates each.

    ids: a column `customer_id` without repeats or nulls.
    """
    number = int(ids.count().execute())
    parts = -(-number * dates // rows)
    if parts <= 1:
        return number, [Chunk()]
    ids = ids.mutate(part=ibis.ntile(parts).over(ibis.window(order_by=ids.customer_id)))
    bounds = ids.group_by("part").aggregate(lower=ids.customer_id.min()).order_by("part")
    lower = [str(b) for b in bounds.lower.to_pyarrow().to_pylist()]
    edges: list[str | None] = [None, *sorted(lower)[1:], None]
    return number, [Chunk(a, b) for a, b in pairwise(edges)]


def customer_ids(tables: Sequence[ir.Table], scratch: Scratch) -> ir.Table:
    """Every id in the column `customer_id` of any of the tables, once."""
    ids: ir.Table = reduce(
        lambda left, right: left.union(right), [t.select("customer_id").distinct() for t in tables]
    )
    return scratch.keep(ids.filter(ids.customer_id.notnull()).distinct())
