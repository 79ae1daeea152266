"""Rows as they stand at each date: small tables joined with the dates.

Contracts and customers are few and long-lived, and what they say of a date (does it run, how old is it)
depends on the date itself, so nothing is gained by cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.exact import date_table
from retinue.features.expressions import Standing
from retinue.features.partials import microseconds
from retinue.features.rows import Chunk, RowView
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["standing_rows"]


def standing_rows(
    warehouse: Warehouse,
    table: str,
    leaves: Mapping[Standing, str],
    chunk: Chunk,
    dates: tuple[datetime, ...],
    settings: FeatureSettings,
) -> ir.Table:
    """One row per customer and date with a visible row of the table; a column per leaf."""
    declared = declared_table(table)
    rows = chunk.keep(warehouse.facts(table))
    rows = rows.filter(rows.customer_id.notnull(), rows.recorded_at <= ibis.literal(dates[-1], "timestamp"))
    rows = rows.cross_join(date_table(dates))
    seen = [
        rows.recorded_at <= rows.as_of,
        rows.superseded_at.isnull() | (rows.superseded_at > rows.as_of),
    ]
    if declared.happened is not None:
        happened = rows[declared.happened]
        seen.append(happened.isnull() | (happened <= rows.as_of))
    rows = rows.filter(*seen)
    masked = {
        c.name: ibis.ifelse(rows[c.known_from] <= rows.as_of, rows[c.name], None)
        for c in declared.columns
        if c.known_from is not None
    }
    if masked:
        rows = rows.mutate(**masked)
    view = RowView(rows, frozenset({"superseded_at"}))
    columns: dict[str, Any] = {name: _aggregate(rows, view, leaf, settings) for leaf, name in leaves.items()}
    found = rows.group_by("customer_id", "date_no").aggregate(rows_seen=rows.count(), **columns)
    moments = {n: microseconds(found[n]) for n in columns if found[n].type().is_timestamp()}
    return found.mutate(**moments) if moments else found


def _aggregate(rows: ir.Table, view: RowView, leaf: Standing, settings: FeatureSettings) -> Any:
    where = None if leaf.where is None else leaf.where(view, settings)
    if leaf.aggregate == "count":
        return rows.count(where=where).cast("float64")
    if leaf.value is None:
        raise ValueError(f"a {leaf.aggregate} of {leaf.table} needs a value")
    value = leaf.value(view, settings)
    if leaf.aggregate == "sum":
        return (value.cast("float64") * leaf.scale).round().cast("float64").sum(where=where)
    if not value.type().is_timestamp():
        value = value.cast("float64")
    return value.min(where=where) if leaf.aggregate == "min" else value.max(where=where)
