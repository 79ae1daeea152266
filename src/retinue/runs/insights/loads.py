"""What was loaded when, how new it is, and what was set aside."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.ingest.quarantine import summary
from retinue.warehouse import TABLES, Warehouse, utc_naive

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["loads", "set_aside", "tables"]

_COUNTS = ("read", "loaded", "unchanged", "corrected", "quarantined")


def loads(warehouse: Warehouse, clock: datetime) -> list[dict[str, Any]]:
    """Each source and table with its files and rows over all loads until now, and those of the last load.

    `loaded_at` is in ISO 8601, UTC.
    """
    rows = _table(warehouse, "loads")
    rows = rows.filter(rows.loaded_at <= utc_naive(clock))
    by = ("source", "table_name")
    sums = {name: rows[f"rows_{name}"].fill_null(0).sum() for name in _COUNTS}
    whole = rows.group_by(*by).agg(
        loads=rows.count(), files=rows.file.nunique(), loaded_at=rows.loaded_at.max(), **sums
    )
    newest = rows.group_by(*by).agg(last=rows.loaded_at.max())
    last = rows.inner_join(newest, [*by, rows.loaded_at == newest.last])
    of_last = last.group_by(*by).agg(**{name: last[f"rows_{name}"].fill_null(0).sum() for name in _COUNTS})
    lately = {(one["source"], one["table_name"]): one for one in of_last.to_pyarrow().to_pylist()}
    return [
        {
            "source": one["source"],
            "table": one["table_name"],
            "loads": int(one["loads"]),
            "files": int(one["files"]),
            "loaded_at": _moment(one["loaded_at"]),
            "rows": {name: int(one[name]) for name in _COUNTS},
            "last": {name: int(lately[one["source"], one["table_name"]][name]) for name in _COUNTS},
        }
        for one in sorted(whole.to_pyarrow().to_pylist(), key=lambda row: (row["source"], row["table_name"]))
    ]


def tables(warehouse: Warehouse, as_of: datetime) -> list[dict[str, Any]]:
    """Rows of each table that has any, and when the newest of them happened and was learned."""
    found = []
    for declared in TABLES:
        rows = warehouse.history(declared.name, as_of)
        measures = {"rows": rows.count(), "learned": rows.recorded_at.max()}
        if declared.happened is not None:
            measures["newest"] = rows[declared.happened].max()
        (one,) = rows.aggregate(**measures).to_pyarrow().to_pylist()
        if one["rows"]:
            found.append(
                {
                    "table": declared.name,
                    "rows": int(one["rows"]),
                    "newest": _moment(one.get("newest")),
                    "learned": _moment(one["learned"]),
                }
            )
    return found


def set_aside(warehouse: Warehouse) -> list[dict[str, Any]]:
    """How many rows are set aside, by table and reason, the most frequent first."""
    return [{"table": table, "reason": reason, "rows": rows} for table, reason, rows in summary(warehouse)]


def _table(warehouse: Warehouse, name: str) -> ir.Table:
    return warehouse.engine.connection.table(name)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else f"{utc_naive(value).isoformat()}Z"
