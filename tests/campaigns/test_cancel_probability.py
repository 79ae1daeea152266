"""How likely a cancel request is carried out: counted from those that nobody answered with an offer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from retinue.campaigns.cancel_moment.probability import carried_out
from retinue.settings import Settings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

DAY = datetime(2025, 6, 1)
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


class Past:
    """Customers with a contract who ask to cancel; days count from 2025-06-01."""

    def __init__(self) -> None:
        self.warehouse = Warehouse(DuckDBEngine())
        self.rows: dict[str, list[dict[str, Any]]] = {"events": [], "subscriptions": [], "interventions": []}

    def customer(
        self, name: str, *asked: float, ended: float | None = None, offered: float | None = None
    ) -> None:
        start = DAY - timedelta(days=400)
        at = [DAY + timedelta(days=day) for day in asked]
        self.rows["events"] += [
            {
                "event_id": f"{name}-{n}",
                "customer_id": name,
                "event_type": "cancel_request",
                "timestamp": moment,
                "recorded_at": moment,
            }
            for n, moment in enumerate(at)
        ]
        self.rows["subscriptions"].append(
            {
                "subscription_id": f"s-{name}",
                "customer_id": name,
                "started_at": start,
                "ended_at": None if ended is None else DAY + timedelta(days=ended),
                "recorded_at": start,
            }
        )
        if offered is not None:
            moment = DAY + timedelta(days=offered)
            self.rows["interventions"].append(
                {
                    "decision_id": f"d-{name}",
                    "customer_id": name,
                    "incentive": "fixed_credit",
                    "executed_at": moment,
                    "recorded_at": moment,
                }
            )

    def found(self, **cancel: Any) -> Any:
        for name, rows in self.rows.items():
            if rows:
                self.warehouse.engine.append(name, pa.Table.from_pylist(rows))
        return carried_out(self.warehouse, Settings(cancel={"least_requests": 3, **cancel}), AS_OF)


@pytest.fixture
def past() -> Iterator[Past]:
    made = Past()
    yield made
    made.warehouse.close()


def test_requests_that_end_in_a_departure_are_counted(past: Past) -> None:
    past.customer("left", 10, ended=40)
    past.customer("left on the last day", 10, ended=70)
    past.customer("left later", 10, ended=71)
    past.customer("stayed", 10)
    past.customer("twice in a week", 10, 15)
    past.customer("never asked", ended=40)
    found = past.found()
    assert (found.requests, found.carried_out, found.basis) == (5, 2, "observed")
    assert found.churn_probability == pytest.approx(2 / 5)


def test_requests_with_an_offer_an_open_end_or_nothing_to_cancel_are_left_out(past: Past) -> None:
    for n in range(3):
        past.customer(f"plain {n}", 10, ended=30 if n else None)
    past.customer("paid for", 10, offered=12)
    past.customer("too lately", 190)
    past.customer("gone before", 50, ended=20)
    found = past.found()
    assert (found.requests, found.carried_out) == (3, 2)


@pytest.mark.parametrize("contracts", [True, False])
def test_with_too_few_the_stated_share_counts(past: Past, contracts: bool) -> None:
    past.customer("one", 10, ended=30)
    if not contracts:
        past.rows["subscriptions"].clear()
    found = past.found(probability=0.65)
    assert (found.churn_probability, found.basis) == (0.65, "stated")
    assert found.requests == (1 if contracts else 0)
