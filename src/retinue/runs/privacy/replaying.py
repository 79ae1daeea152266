"""The erasure list replayed: whoever is on it and is here again is erased again.

A backup that is put back brings people back who were erased since. Each run, each load and the job `privacy`
look for them; `retinue privacy replay` does it at once, also from a copy of the list that was kept elsewhere.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from retinue.privacy.erased import ERASED, erasure_list, erasure_token
from retinue.privacy.places import STORE, Linked
from retinue.runs.customers.file import CUSTOMERS
from retinue.runs.figures.file import JOURNEY, OF_CUSTOMERS
from retinue.runs.privacy import opening
from retinue.runs.privacy.erasing import erase
from retinue.store.subjects import table_named
from retinue.warehouse.subjects import known_customers

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["replay", "returned"]


def returned(opened: Opened) -> list[str]:
    """Customers who are on the list and of whom something is here all the same."""
    tokens = erasure_list(opened.settings).tokens()
    if not tokens:
        return []
    key = opening.key_of(opened)
    known = known_customers(opened.warehouse) | _in_store(opened) | _in_runs(opened.settings.state)
    return sorted(name for name in known if erasure_token(name, key) in tokens)


def replay(opened: Opened, *, who: str, other: Path | None = None) -> dict[str, Any]:
    """Erase them again; how many lines the list has, how many were new, and whom it found.

    other: a copy of the list whose lines count too from now on.
    """
    known = erasure_list(opened.settings)
    new = 0 if other is None else known.take_over(other)
    done = [
        erase(opened, name, who=who, reason="The erasure list was replayed.")["request_id"]
        for name in returned(opened)
    ]
    return {"on_the_list": len(known.tokens()), "new": new, "erased_again": done}


def _in_store(opened: Opened) -> set[str]:
    """Ids of customers in the store; the trail and the requests apart, which keep them."""
    found: set[str] = set()
    with opened.store.reading() as session:
        for name, place in STORE.items():
            if (
                isinstance(place, Linked)
                and place.by == "customer"
                and name not in ("audit", "privacy_requests")
            ):
                found |= set(session.scalars(select(table_named(name).c[place.column]).distinct()))
    return {name for name in found if name and not name.startswith(ERASED)}


def _in_runs(state: Path) -> set[str]:
    import pyarrow.parquet as pq

    found: set[str] = set()
    for path in (state / "runs").glob("*/receipts.parquet"):
        with pq.ParquetFile(path) as file:
            found |= set(file.read(columns=["customer_id"])["customer_id"].to_pylist())
    for file, tables in ((CUSTOMERS, ("customers", "others")), (JOURNEY, OF_CUSTOMERS)):
        for path in (state / "runs").glob(f"*/{file}"):
            with closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            ) as connection:
                for table in tables:
                    rows = connection.execute(f"SELECT DISTINCT customer_id FROM {table}")
                    found |= {str(row[0]) for row in rows}
    return {name for name in found if not name.startswith(ERASED)}
