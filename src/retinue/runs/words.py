"""Words on consent, exchanged between the warehouse and the store before a run decides and plans.

What customers said to Retinue directly goes into the warehouse; what the business's systems reported goes
into the store, where a sender sees it without opening the warehouse. Both ways once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.store.consents import Word, mark_told, newest_from_warehouse, say, untold

if TYPE_CHECKING:
    from retinue.store import Store
    from retinue.warehouse import Warehouse

__all__ = ["SOURCE", "exchange_words"]

SOURCE = "retinue"
_OVERLAP = timedelta(minutes=10)
"""Rows that were recorded this long before the newest one known are read again: loads may overlap."""


def exchange_words(warehouse: Warehouse, store: Store) -> tuple[int, int]:
    """How many words the warehouse, and how many the store had not known."""
    told = _to_warehouse(warehouse, store)
    return told, _to_store(warehouse, store)


def _to_warehouse(warehouse: Warehouse, store: Store) -> int:
    import pyarrow as pa

    words = untold(store)
    if words:
        rows = [
            {
                "consent_id": word.consent_id,
                "customer_id": word.customer_id,
                "channel": word.channel,
                "purpose": word.purpose,
                "granted": word.granted,
                "valid_from": word.valid_from,
                "source": SOURCE,
                "recorded_at": word.recorded_at,
            }
            for word in words
        ]
        table = warehouse.engine.connection.table("consents")
        known = set(table.filter(table.source == SOURCE).consent_id.to_pyarrow().to_pylist())
        fresh = [row for row in rows if row["consent_id"] not in known]
        if fresh:
            with warehouse.transaction():
                warehouse.engine.append("consents", pa.Table.from_pylist(fresh))
        mark_told(store, words)
    return len(words)


def _to_store(warehouse: Warehouse, store: Store) -> int:
    since = newest_from_warehouse(store)
    rows = warehouse.engine.connection.table("consents")
    rows = rows.filter(rows.source != SOURCE)
    if since is not None:
        rows = rows.filter(rows.recorded_at >= since - _OVERLAP)
    found = rows.order_by("recorded_at", "consent_id").to_pyarrow().to_pylist()
    return say(store, (_word(row) for row in found), from_warehouse=True)


def _word(row: dict[str, object]) -> Word:
    return Word(
        str(row["consent_id"]),
        str(row["customer_id"]),
        str(row["channel"] or ""),
        str(row["purpose"] or ""),
        bool(row["granted"]),
        _time(row["valid_from"]),
        _time(row["recorded_at"]),
    )


def _time(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a time")
    return value
