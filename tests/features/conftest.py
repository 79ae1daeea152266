"""Random histories with what makes a snapshot hard: late rows, corrections, deletions, odd times."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from retinue.settings import FeatureSettings
from retinue.warehouse.base import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine
from retinue.warehouse.tables import TABLES, table

ORIGIN = datetime.fromisoformat("2023-01-01")
SPAN = 900
TYPES = {
    "money": pa.decimal128(18, 4),
    "number": pa.float64(),
    "probability": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"),
}


@dataclass
class History:
    """Rows by table, each with recorded_at and superseded_at (None: still believed)."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {t.name: [] for t in TABLES})

    def warehouse(self, threads: int = 1) -> Warehouse:
        """The history in a warehouse of its own."""
        warehouse = Warehouse(DuckDBEngine(threads=threads))
        corrections = []
        for name, rows in self.rows.items():
            declared = table(name)
            if not rows:
                continue
            data: dict[str, Any] = {
                c.name: pa.array([r.get(c.name) for r in rows], TYPES.get(c.kind, pa.string()))
                for c in declared.columns
            }
            data["source"] = pa.array(["test"] * len(rows))
            data["recorded_at"] = pa.array([r["recorded_at"] for r in rows], pa.timestamp("us"))
            warehouse.engine.append(name, pa.table(data))
            corrections += [
                (name, r[declared.key], r["recorded_at"], r["superseded_at"])
                for r in rows
                if r["superseded_at"] is not None
            ]
        if corrections:
            names, keys, recorded, superseded = zip(*corrections, strict=True)
            warehouse.engine.append(
                "supersessions",
                pa.table(
                    {
                        "table_name": pa.array(names),
                        "row_key": pa.array(keys),
                        "row_recorded_at": pa.array(recorded, pa.timestamp("us")),
                        "superseded_at": pa.array(superseded, pa.timestamp("us")),
                    }
                ),
            )
        return warehouse


class Writer:
    """Draws one history."""

    def __init__(self, seed: int, customers: int, kinds: int, dirt: float) -> None:
        self.random = random.Random(seed)
        self.extra = random.Random(f"accounts and payment methods {seed}")
        self.customers = customers
        self.kinds = kinds
        self.dirt = dirt
        self.history = History()
        self.serial = 0

    def moment(self) -> datetime:
        """A time: often at midnight exactly, or on the very second or microsecond of another."""
        draw = self.random.random()
        day = ORIGIN + timedelta(days=self.random.randrange(SPAN))
        if draw < 0.3:
            return day
        if draw < 0.4:
            return day + timedelta(hours=13, minutes=37, seconds=5)
        if draw < 0.45:
            return day + timedelta(hours=13, minutes=37, seconds=5, microseconds=1)
        return day + timedelta(microseconds=self.random.randrange(86_400_000_000))

    def add(self, name: str, happened: datetime | None, **values: Any) -> None:
        """A row, now and then late, corrected or deleted."""
        self.serial += 1
        draw = self.random.random()
        base = happened or ORIGIN + timedelta(days=self.random.randrange(SPAN))
        recorded = base
        if draw < self.dirt:
            recorded = base + timedelta(days=self.random.choice([0.3, 1, 20, 200]))
        row = {"recorded_at": recorded, "superseded_at": None, **values}
        key = table(name).key
        row.setdefault(key, f"{name[:2]}{self.serial}")
        if happened is not None:
            row[table(name).happened or ""] = happened
        self.history.rows[name].append(row)
        draw = self.random.random()
        if draw < self.dirt / 2:
            row["superseded_at"] = recorded + timedelta(days=self.random.choice([0.5, 3, 40, 300]))
            if draw < self.dirt / 4:
                newer = {**row, "recorded_at": row["superseded_at"], "superseded_at": None}
                if "amount" in newer:
                    newer["amount"] = newer["amount"] + 1
                if "mrr" in newer and newer["mrr"] is not None:
                    newer["mrr"] = newer["mrr"] + 5
                if newer.get("account_id") is not None:
                    newer["account_id"] = self.extra.choice(["A1", "A2", "A3"])
                self.history.rows[name].append(newer)

    def write(self) -> History:
        """Every table."""
        for number in range(self.customers):
            self.person(f"c{number:03d}")
        return self.history

    def person(self, who: str) -> None:
        """One customer: from one single row to a few dozen."""
        draw = self.random
        size = draw.choice([1, 3, 12, 40])
        if draw.random() < 0.8:
            created = self.moment() if draw.random() < 0.9 else None
            account = self.extra.choice([None, "A1", "A1", "A2", f"A-{who}"])
            self.add("customers", created, customer_id=who, account_id=account)
        for _ in range(draw.randrange(size + 1)):
            amount = Decimal(draw.randrange(1, 10_000_000)) / 10_000
            status = draw.choice(["succeeded", "succeeded", None, "failed", "refunded"])
            if status in (None, "refunded") and draw.random() < 0.3:
                amount = -amount
            method = self.extra.choice(["card", "card", "transfer", "paypal", None])
            paid: dict[str, Any] = {"customer_id": who, "amount": amount, "payment_method": method}
            moment = self.moment()
            self.add("transactions", moment, status=status, **paid)
            if status == "failed" and self.extra.random() < 0.5:
                self.retry(moment, paid)
        for _ in range(draw.randrange(size + 1)):
            kind = draw.choice(
                [
                    "login",
                    "session_start",
                    "downgrade_request",
                    "cancel_request",
                    f"kind{draw.randrange(self.kinds)}",
                ]
            )
            self.add("events", self.moment(), customer_id=who, event_type=kind)
        for _ in range(draw.randrange(size // 2 + 1)):
            opened = self.moment()
            resolved = None
            if draw.random() < 0.7:
                resolved = opened + timedelta(days=draw.choice([-2, 0, 0.2, 5, 90]))
            self.add(
                "tickets",
                opened,
                customer_id=who,
                resolved_at=resolved,
                resolution_time=draw.choice([None, round(draw.random() * 100, 3)]),
                sentiment_score=draw.choice([None, 0.0, round(draw.uniform(-1, 1), 4)]),
            )
        for _ in range(draw.randrange(4)):
            self.subscription(who)

    def retry(self, moment: datetime, paid: dict[str, Any]) -> None:
        """The same payment, failed once more at once; the draws of everything else stay as they are."""
        usual, self.random = self.random, self.extra
        self.add("transactions", moment, status="failed", **paid)
        self.random = usual

    def subscription(self, who: str) -> None:
        draw = self.random
        started = self.moment()
        ended = started + timedelta(days=draw.randrange(1, 500)) if draw.random() < 0.6 else None
        asked = started + timedelta(days=draw.randrange(1, 300)) if draw.random() < 0.4 else None
        self.add(
            "subscriptions",
            started,
            customer_id=who,
            mrr=draw.choice([None, Decimal(draw.randrange(1, 500))]),
            current_period_end=draw.choice([None, started + timedelta(days=draw.randrange(1, 700))]),
            cancel_requested_at=asked,
            ended_at=ended,
            end_reason=draw.choice(["voluntary", "payment", "other"]) if ended else None,
        )


@pytest.fixture(scope="session")
def write_history() -> Callable[..., History]:
    """seed → History; `without` names tables to leave empty."""

    def write(
        seed: int, *, customers: int = 12, kinds: int = 6, dirt: float = 0.2, without: tuple[str, ...] = ()
    ) -> History:
        history = Writer(seed, customers, kinds, dirt).write()
        for name in without:
            history.rows[name] = []
        return history

    return write


@pytest.fixture(scope="session")
def feature_settings() -> FeatureSettings:
    return FeatureSettings()


@pytest.fixture
def small_warehouse(write_history: Callable[..., History]) -> Iterator[Warehouse]:
    with write_history(5).warehouse() as warehouse:
        yield warehouse
