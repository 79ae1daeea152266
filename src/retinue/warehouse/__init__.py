"""Where facts live: append-only tables on an existing engine, read as of a time."""

from retinue.warehouse.base import Engine, Warehouse, open_warehouse, utc_naive
from retinue.warehouse.tables import TABLES, Column, Table, table

__all__ = ["TABLES", "Column", "Engine", "Table", "Warehouse", "open_warehouse", "table", "utc_naive"]
