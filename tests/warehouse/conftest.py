"""A warehouse in memory and a short way to put rows into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pytest

from retinue.testing import arrow_rows
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine


class Add(Protocol):
    def __call__(
        self, name: str, rows: Sequence[Mapping[str, Any]], *, into: Warehouse | None = None
    ) -> None: ...


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse(DuckDBEngine(threads=1)) as opened:
        yield opened


@pytest.fixture
def add(warehouse: Warehouse) -> Add:
    """Append rows to a table; a missing `source` and `recorded_at` (the time it happened) are filled in."""
    from retinue.warehouse import TABLES

    business = {t.name: t for t in TABLES}

    def put(name: str, rows: Sequence[Mapping[str, Any]], *, into: Warehouse | None = None) -> None:
        if not rows:
            return
        filled = [dict(row) for row in rows]
        if name in business:
            for row in filled:
                row.setdefault("source", "test")
                row.setdefault("recorded_at", row.get(business[name].happened or ""))
        (into or warehouse).engine.append(name, arrow_rows(name, filled))

    return put
