"""A hash of all that was known at a time, so that a stage knows whether its input changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from retinue.pipeline.artefacts import content_hash
from retinue.warehouse import TABLES, Warehouse, utc_naive

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["visible_hash"]


def visible_hash(warehouse: Warehouse, as_of: datetime) -> str:
    """Hash of the keys and versions of every row recorded at or before `as_of`.

    Facts are append-only, so a key and its version stand for the content. The order of rows does not
    matter, and rows learned later do not change it. The hash is that of the engine: another engine, or
    another version of it, may give another value for the same rows, which only costs a rebuild.
    """
    import ibis

    moment = ibis.literal(utc_naive(as_of), "timestamp")
    tables = warehouse.engine.connection.table
    seen: dict[str, list[int]] = {}
    for declared in TABLES:
        rows = tables(declared.name)
        rows = rows.filter(rows.recorded_at <= moment)
        seen[declared.name] = _count_and_hash(rows, [rows.recorded_at, rows[declared.key]])
    rows = tables("supersessions")
    rows = rows.filter(rows.superseded_at <= moment)
    told = [rows.superseded_at, rows.row_recorded_at, rows.table_name, rows.row_key]
    seen["supersessions"] = _count_and_hash(rows, told)
    return content_hash(seen)


def _count_and_hash(rows: ir.Table, identity: Sequence[ir.Value]) -> list[int]:
    """Rows and the sum of the hashes of their identity; the key, of any text, comes last.

    A sum does not depend on the order and, unlike an exclusive-or, does not let equal rows cancel out.
    """
    text = identity[0].cast("string")
    for value in identity[1:]:
        text = text + "|" + value.cast("string")
    found = rows.aggregate(rows=rows.count(), hashes=text.hash().sum().cast("string")).execute()
    hashes = found["hashes"][0]
    # No rows have no hash. As text, because the sum of 64-bit numbers does not fit one.
    return [int(found["rows"][0]), int(hashes) if isinstance(hashes, str) else 0]
