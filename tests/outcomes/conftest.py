"""A small log of decisions and outcomes, written straight into a warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

DAY = datetime(2025, 1, 1)
AS_OF = datetime(2025, 12, 1, tzinfo=UTC)


class Log:
    """Decisions and outcomes; days count from 2025-01-01."""

    def __init__(self) -> None:
        self.warehouse = Warehouse(DuckDBEngine())

    def add(self, name: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.warehouse.engine.append(name, pa.Table.from_pylist(rows))

    def decide(
        self,
        decision: str,
        customer: str,
        day: float,
        incentive: str = "fixed_credit",
        *,
        held_out: bool = False,
        p: dict[str, float] | None = None,
        cost: float = 0.0,
        policy: str = "1",
    ) -> dict[str, Any]:
        at = DAY + timedelta(days=day)
        return {
            "decision_id": decision,
            "customer_id": customer,
            "incentive": incentive,
            "cost": cost,
            "propensities": json.dumps(p or {"none": 0.2, "fixed_credit": 0.8}),
            "policy_version": policy,
            "held_out": held_out,
            "executed_at": at,
            "recorded_at": at,
        }

    def saw(
        self,
        outcome: str,
        decision: str | None,
        customer: str,
        day: float,
        retained: bool,
        revenue: float | None = 10.0,
    ) -> dict[str, Any]:
        at = DAY + timedelta(days=day)
        return {
            "outcome_id": outcome,
            "decision_id": decision,
            "customer_id": customer,
            "retained": retained,
            "revenue": revenue,
            "observed_at": at,
            "recorded_at": at,
        }

    def contract(self, customer: str, ended: float | None) -> dict[str, Any]:
        end = None if ended is None else DAY + timedelta(days=ended)
        return {
            "subscription_id": f"s-{customer}",
            "customer_id": customer,
            "started_at": DAY - timedelta(days=100),
            "ended_at": end,
            "recorded_at": DAY - timedelta(days=100),
        }

    def experiment(
        self,
        n: int,
        *,
        effect: float,
        seed: int = 1,
        h: float = 0.2,
        per_day: float = 20.0,
        keep: float = 1.0,
    ) -> None:
        """n customers over time with one decision and one outcome each; `keep`: share of treated logged."""
        rng = np.random.default_rng(seed)
        decisions, outcomes = [], []
        for i in range(n):
            held = bool(rng.random() < h)
            stays = bool(rng.random() < 0.7 + effect * (not held))
            if rng.random() > keep and not held:
                continue
            p = {"none": h, "fixed_credit": 1 - h}
            decisions.append(self.decide(f"d{i}", f"c{i}", i / per_day, held_out=held, p=p, cost=5.0))
            paid = 100.0 * stays + float(rng.normal(0, 10))
            outcomes.append(self.saw(f"o{i}", f"d{i}", f"c{i}", i / per_day + 90, stays, paid))
        self.add("interventions", decisions)
        self.add("outcomes", outcomes)


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    yield made
    made.warehouse.close()


@pytest.fixture
def make_log() -> Iterator[Callable[[], Log]]:
    made: list[Log] = []

    def make() -> Log:
        made.append(Log())
        return made[-1]

    yield make
    for one in made:
        one.warehouse.close()
