"""All that the warehouse keeps of one customer: read, and taken out.

Facts are never changed; this is the one exception, since the law asks for it. It knows the tables by the map
of `retinue.privacy.places`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from retinue.privacy.erased import ERASED
from retinue.privacy.places import DERIVED, WAREHOUSE, named_rows
from retinue.warehouse.base import declared_tables
from retinue.warehouse.tables import TABLES, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from retinue.warehouse.base import Warehouse

__all__ = ["decisions_of", "derived_tables", "erase", "known_customers", "rows_of"]

_DERIVED_OUTCOME = "derived_"
_SUMMED = ("interventions", "outcomes", "subscriptions", "transactions")
_CLEARED: Mapping[str, tuple[str, ...]] = {
    "subscriptions": ("plan", "mrr", "current_period_end", "cancel_requested_at"),
    "transactions": ("product_id", "payment_method"),
}
"""Columns that no sum needs, emptied in rows that stay."""


def rows_of(warehouse: Warehouse, customer_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Every table that leads to a person, and its rows of this one, all versions of them, by time learned."""
    keys: list[tuple[str, str]] = []
    aside: list[str] = []
    for name, link in named_rows(WAREHOUSE).items():
        if link.by == "customer":
            rows = _where(warehouse, name, "customer_id", [customer_id])
            keys += [(name, str(row[table(name).key])) for row in rows]
        elif link.by == "inside":
            rows = _set_aside(warehouse, customer_id)
            aside = [str(row["quarantine_id"]) for row in rows]
        elif link.by == "set aside":
            rows = _where(warehouse, name, link.column, aside)
        else:
            rows = _corrections(warehouse, keys)
        yield name, rows
    for name in derived_tables(warehouse):
        yield name, _where(warehouse, name, "customer_id", [customer_id])


def decisions_of(warehouse: Warehouse, customer_id: str) -> set[str]:
    """The decisions that the warehouse knows of a customer."""
    names = ("interventions", "outcomes")
    rows = (row for name in names for row in _where(warehouse, name, "customer_id", [customer_id]))
    return {str(row["decision_id"]) for row in rows if row["decision_id"] is not None}


def derived_tables(warehouse: Warehouse) -> list[str]:
    """Tables that hold sums of a customer's days, made of others."""
    declared = {one.name for one in declared_tables()}
    there = warehouse.engine.connection.list_tables()
    return sorted(name for name in there if name.startswith(DERIVED) and name not in declared)


def known_customers(warehouse: Warehouse) -> set[str]:
    """Every id of a customer in any table, those of erased ones apart."""
    found: set[str] = set()
    for declared in TABLES:
        rows = warehouse.engine.connection.table(declared.name)
        found |= set(rows.select("customer_id").distinct().to_pyarrow()["customer_id"].to_pylist())
    return {name for name in found if name is not None and not name.startswith(ERASED)}


def erase(
    warehouse: Warehouse, customer_id: str, renamed: Callable[[str, str], str], *, keep_days: float | None
) -> None:
    """Take a customer out, in one transaction; `Engine.rewrite` then takes their bytes out of the file.

    Parameters
    ----------
    renamed: kind and name to the random name in its place.
    keep_days: the rows of which measurements are made stay under those names, payments so many days around
        the customer's decisions; None: nothing stays.
    """
    engine = warehouse.engine
    found = dict(rows_of(warehouse, customer_id))
    measured = keep_days is not None and bool(found["interventions"])
    around = _around(found["interventions"], keep_days or 0.0)
    with warehouse.transaction():
        for name in (one.name for one in TABLES):
            for row in found[name]:
                key, column = str(row[table(name).key]), table(name).key
                inside = name != "transactions" or (row["date"] is not None and around(row["date"]))
                if measured and name in _SUMMED and inside:
                    changed = _anonymous(name, row, renamed)
                    engine.change(name, column, [key], changed)
                    new = {"row_key": changed[column]}
                    engine.change("supersessions", "row_key", [key], new, where=("table_name", name))
                else:
                    engine.change(name, column, [key], None)
                    engine.change("supersessions", "row_key", [key], None, where=("table_name", name))
        aside = [str(row["quarantine_id"]) for row in found["quarantine"]]
        for name in ("quarantine", "quarantine_releases"):
            engine.change(name, "quarantine_id", aside, None)
        for name in derived_tables(warehouse):
            engine.connection.drop_table(name)
        engine.connection.truncate_table("daily_partials")
        engine.connection.truncate_table("daily_ledger")


def _anonymous(name: str, row: Mapping[str, Any], renamed: Callable[[str, str], str]) -> dict[str, Any]:
    """The columns of a row that stays, as they become."""
    new: dict[str, Any] = {"customer_id": renamed("customer", row["customer_id"])}
    new |= dict.fromkeys(_CLEARED.get(name, ()))
    if row.get("decision_id") is not None:
        new["decision_id"] = renamed("decision", row["decision_id"])
    key = table(name).key
    if name == "outcomes" and str(row[key]).startswith(_DERIVED_OUTCOME):
        of_decision = str(row[key]).removeprefix(_DERIVED_OUTCOME)
        new[key] = _DERIVED_OUTCOME + renamed("decision", of_decision)
    elif key not in new:
        new[key] = renamed(key, str(row[key]))
    return new


def _around(interventions: list[dict[str, Any]], days: float) -> Callable[[Any], bool]:
    """Whether a time lies in a window that a measurement looks at."""
    moments = [row["executed_at"] for row in interventions if row["executed_at"] is not None]
    if not moments:
        return lambda _: False
    first, last = min(moments) - timedelta(days=days), max(moments) + timedelta(days=days)
    return lambda moment: first <= moment <= last


def _where(warehouse: Warehouse, name: str, column: str, values: list[str]) -> list[dict[str, Any]]:
    if not values:
        return []
    rows = warehouse.engine.connection.table(name)
    found = rows.filter(rows[column].isin(values)).to_pyarrow().to_pylist()
    return sorted(found, key=lambda row: str(row.get("recorded_at")))


def _set_aside(warehouse: Warehouse, customer_id: str) -> list[dict[str, Any]]:
    """Rows set aside in which the customer's id is the value of some column."""
    rows = warehouse.engine.connection.table("quarantine")
    found = rows.filter(rows.raw.contains(customer_id)).to_pyarrow().to_pylist()
    return [row for row in found if _holds(json.loads(row["raw"]), customer_id)]


def _holds(raw: Any, customer_id: str) -> bool:
    if isinstance(raw, Mapping):
        return any(_holds(value, customer_id) for value in raw.values())
    if isinstance(raw, list):
        return any(_holds(value, customer_id) for value in raw)
    return isinstance(raw, str) and raw.strip() == customer_id


def _corrections(warehouse: Warehouse, keys: list[tuple[str, str]]) -> list[dict[str, Any]]:
    rows = _where(warehouse, "supersessions", "row_key", sorted({key for _, key in keys}))
    wanted = set(keys)
    return [row for row in rows if (row["table_name"], row["row_key"]) in wanted]
