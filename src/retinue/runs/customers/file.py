"""The file of a run's customers: its columns, and how it is written."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from retinue.runs.customers.sorting import INDEXED

__all__ = ["COLUMNS", "CUSTOMERS", "DECIDED", "FORMAT", "Curve", "Shared", "packed", "write_customers"]

CUSTOMERS = "customers.sqlite"
FORMAT = 1

_ASSESSED = {
    "churn_probability": "REAL",
    "risk_level": "TEXT",
    "time_to_churn_days": "REAL",
    "clv": "REAL",
    "clv_low": "REAL",
    "clv_high": "REAL",
    "p_alive": "REAL",
    "value_tier": "TEXT",
    "segment": "TEXT",
    "mrr": "REAL",
    "rfm_segment": "TEXT",
    "revenue_at_risk": "REAL",
}
DECIDED = {
    "decision_id": "TEXT",
    "action_type": "TEXT",
    "urgency": "TEXT",
    "incentive_id": "TEXT",
    "expected_roi": "REAL",
    "cost": "REAL",
    "priority_score": "REAL",
    "held_out": "INTEGER",
}
"""What is known only of customers about whom something was decided."""

COLUMNS: Mapping[str, str] = {"customer_id": "TEXT PRIMARY KEY", **_ASSESSED, **DECIDED, "decision": "BLOB"}
"""Column to its type. Amounts in project currency, times in days; `decision`: the rest of the decision."""


class Curve(msgspec.Struct, frozen=True):
    """How risk becomes time (`retinue.churn.timing`): the window in days, the shape, and how it was found."""

    window: float
    shape: float
    why: str


class Shared(msgspec.Struct, frozen=True):
    """What all customers of a run share.

    as_of: of the run (aware UTC). models: name to SHA-256. act_above: above which risk something is decided.
    timing: None in a run from before it was kept, and in a business without dates.
    """

    run_id: str
    campaign_id: str
    as_of: datetime
    currency: str
    act_above: float
    models: dict[str, str]
    format: int = FORMAT
    timing: Curve | None = None


def packed(body: Mapping[str, Any] | None) -> bytes | None:
    """The rest of a decision as it is stored."""
    return None if body is None else zlib.compress(msgspec.json.encode(body), level=1)


def write_customers(
    path: Path, shared: Shared, rows: Iterable[tuple[Any, ...]], others: Iterable[tuple[str, str]]
) -> int:
    """Write the file whole or not at all; how many customers are in it.

    rows: values in the order of COLUMNS. others: id and state of customers who are known and not active.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE shared (body BLOB)")
            connection.execute("INSERT INTO shared VALUES (?)", (msgspec.json.encode(shared),))
            columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
            connection.execute(f"CREATE TABLE customers ({columns}) WITHOUT ROWID")
            connection.execute("CREATE TABLE others (customer_id TEXT PRIMARY KEY, state TEXT) WITHOUT ROWID")
            marks = ", ".join("?" * len(COLUMNS))
            connection.executemany(f"INSERT INTO customers VALUES ({marks})", rows)
            connection.executemany("INSERT INTO others VALUES (?, ?)", others)
            for name, order in INDEXED.items():
                connection.execute(f"CREATE INDEX by_{name} ON customers ({order}, customer_id)")
            (many,) = connection.execute("SELECT count(*) FROM customers").fetchone()
            connection.commit()
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return int(many)
