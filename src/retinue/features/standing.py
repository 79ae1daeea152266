"""Rows as they stand at each date: small tables joined with the dates.

Contracts and customers are few and long-lived, and what they say of a date (does it run, how old is it)
depends on the date itself, so nothing is gained by cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from retinue.features.expressions import Standing
from retinue.features.partials import microseconds
from retinue.features.rows import Chunk, RowView
from retinue.warehouse.tables import table as declared_table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from retinue.settings import FeatureSettings
    from retinue.warehouse.base import Warehouse

__all__ = ["measured", "seen_at", "standing_rows"]


def standing_rows(
    warehouse: Warehouse,
    table: str,
    leaves: Mapping[Standing, str],
    chunk: Chunk,
    dates: tuple[datetime, ...],
    settings: FeatureSettings,
) -> ir.Table:
    """One row per customer and date with a visible row of the table; a column per leaf."""
    from retinue.features.account import others_columns

    own = {leaf: name for leaf, name in leaves.items() if leaf.others is None}
    shared = {leaf: name for leaf, name in leaves.items() if leaf.others is not None}
    before = tuple(sorted({0, *(leaf.before for leaf in own)}))
    rows = seen_at(chunk.keep(warehouse.facts(table)), table, dates, before)
    found = measured(rows, table, own, settings)
    if before != (0,):
        # Who is seen is who has a row at the date itself.
        found = found.filter(found.rows_now > 0)
    found = found.drop("rows_now")
    if not shared:
        return found
    columns = others_columns(warehouse, shared, chunk, dates, settings)
    if columns is None:
        return found.mutate(**{name: _nothing(leaf) for leaf, name in shared.items()})
    of_others = ibis.memtable(columns)
    joined = found.left_join(
        of_others,
        [found.customer_id == of_others.member, found.date_no == of_others.member_date],
    ).drop("member", "member_date")
    sums = [name for leaf, name in shared.items() if leaf.aggregate != "max"]
    return joined.mutate(**{name: joined[name].fill_null(0.0) for name in sums})


def seen_at(
    facts: ir.Table, table: str, dates: tuple[datetime, ...], before: tuple[int, ...] = (0,)
) -> ir.Table:
    """The rows visible at each date, with `date_no` and `as_of`; what is known later is null.

    With several `before`, the rows visible that many days before each date, with `before` and the earlier
    `as_of`.
    """
    import pyarrow as pa

    declared = declared_table(table)
    places = [(no, back, date - timedelta(days=back)) for no, date in enumerate(dates) for back in before]
    numbers, backs, moments = zip(*places, strict=True)
    looked = ibis.memtable(
        pa.table(
            {
                "date_no": pa.array(numbers, pa.int32()),
                "before": pa.array(backs, pa.int32()),
                "as_of": pa.array(moments, pa.timestamp("us")),
            }
        )
    )
    rows = facts.filter(
        facts.customer_id.notnull(), facts.recorded_at <= ibis.literal(dates[-1], "timestamp")
    )
    rows = rows.cross_join(looked)
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
    return rows.mutate(**masked) if masked else rows


def measured(
    rows: ir.Table, table: str, leaves: Mapping[Standing, str], settings: FeatureSettings
) -> ir.Table:
    """The leaves of rows that `seen_at` gave: one row per customer and date, with `rows_now` at the date."""
    view = RowView(rows, frozenset({"superseded_at"}))
    several = len({leaf.before for leaf in leaves} | {0}) > 1
    columns: dict[str, Any] = {}
    for leaf, name in leaves.items():
        conditions = [] if leaf.where is None else [leaf.where(view, settings)]
        if several:
            conditions.append(rows.before == leaf.before)
        if leaf.window is not None:
            happened = rows[str(declared_table(table).happened)]
            conditions.append(happened > rows.as_of - ibis.interval(days=leaf.window))
        columns[name] = _aggregate(rows, view, leaf, ibis.and_(*conditions) if conditions else None, settings)
    now = rows.count(where=rows.before == 0) if several else rows.count()
    found = rows.group_by("customer_id", "date_no").aggregate(rows_now=now, **columns)
    moments = {n: microseconds(found[n]) for n in columns if found[n].type().is_timestamp()}
    return found.mutate(**moments) if moments else found


def _aggregate(rows: ir.Table, view: RowView, leaf: Standing, where: Any, settings: FeatureSettings) -> Any:
    if leaf.aggregate == "count":
        number = rows.count(where=where)
        return (number > 0).cast("float64") if leaf.once else number.cast("float64")
    if leaf.value is None:
        raise ValueError(f"a {leaf.aggregate} of {leaf.others or leaf.table} needs a value")
    value = leaf.value(view, settings)
    if leaf.aggregate == "sum":
        return (value.cast("float64") * leaf.scale).round().cast("float64").sum(where=where)
    if not value.type().is_timestamp():
        value = value.cast("float64")
    return value.min(where=where) if leaf.aggregate == "min" else value.max(where=where)


def _nothing(leaf: Standing) -> Any:
    return ibis.null("float64") if leaf.aggregate == "max" else ibis.literal(0.0)
