"""A workspace with its customers many times over, and with its history a second time, a year earlier.

What a service reads is made: the newest run's customers and the figures of all runs. A copy of a customer has
the values of the customer and an id of its own, so that every count is the same number of times as large, and
a list is as long as the number that opens it. The warehouse and the store stay as they are.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from retinue.runs.customers import CUSTOMERS
from retinue.runs.figures import JOURNEY
from retinue.runs.figures.columns import prepare
from retinue.runs.figures.file import FAR

__all__ = ["crowd"]

_DAYS = 364
_YEAR = _DAYS * 86_400
_EARLIER = (
    f"INSERT OR IGNORE INTO spells SELECT customer_id, since - {_YEAR},"
    f" CASE until WHEN {FAR} THEN (SELECT max(as_of) FROM runs) ELSE until END - {_YEAR},"
    " tier, segment, at_risk FROM spells",
    f"INSERT INTO decisions SELECT decision_id || '-1', customer_id, at - {_YEAR}, offer, incentive, cost,"
    f" explored, tier, segment, judged_at - {_YEAR}, retained FROM decisions",
    f"INSERT OR IGNORE INTO cells SELECT as_of - {_YEAR}, tier, segment, customers, at_risk, revenue_at_risk,"
    " value, churn FROM cells",
    f"INSERT OR IGNORE INTO rfm SELECT as_of - {_YEAR}, name, customers, at_risk, revenue_at_risk, value,"
    " churn FROM rfm",
    f"INSERT OR IGNORE INTO earned SELECT day - {_DAYS}, tier, segment, customers, treated, alone, offered,"
    " retained, valued, saved, cost, cost_alone, net, net_squares, kept, kept_squares FROM earned",
    f"INSERT OR IGNORE INTO responses SELECT day - {_DAYS}, incentive, channel, kind, messages"
    " FROM responses",
    f"INSERT OR IGNORE INTO runs SELECT as_of - {_YEAR}, campaign_id FROM runs",
)
_SUMS = {
    "cells": ("customers", "at_risk", "revenue_at_risk", "value"),
    "rfm": ("customers", "at_risk", "revenue_at_risk", "value"),
    "earned": (
        *("customers", "treated", "alone", "offered", "retained", "valued", "saved", "cost", "cost_alone"),
        *("net", "net_squares", "kept", "kept_squares"),
    ),
    "responses": ("messages",),
}


def crowd(workspace: Path, customers: int) -> int:
    """Make the newest run's active customers so many, about; how many they are."""
    folder = max((workspace / ".retinue" / "runs").glob(f"*/{CUSTOMERS}")).parent
    with _opened(folder / CUSTOMERS) as file:
        (few,) = file.execute("SELECT count(*) FROM customers").fetchone()
        times = max(1, round(customers / few))
        _multiply(file, "customers", times)
    with _opened(folder / JOURNEY) as file:
        for text in _EARLIER:
            file.execute(text)
        for table in ("spells", "decisions"):
            _multiply(file, table, times)
        for table, names in _SUMS.items():
            file.execute(f"UPDATE {table} SET {', '.join(f'{name} = {name} * {times}' for name in names)}")
        prepare(file)
    return int(few) * times


def _multiply(file: sqlite3.Connection, table: str, times: int) -> None:
    names = [name for _, name, *_ in file.execute(f"PRAGMA table_info({table})") if name != "customer_id"]
    copies = (
        f"WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {times - 1})"
    )
    if times > 1:
        file.execute(
            f"INSERT INTO {table} (customer_id, {', '.join(names)}) {copies}"
            f" SELECT customer_id || '-' || n, {', '.join(names)} FROM {table}, copies"
        )


def _opened(path: Path) -> closing[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -1000000")
    return closing(connection)
