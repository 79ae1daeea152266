"""What offers were planned to cost and what was really spent, from deliveries and redemptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from retinue.channels import Response
from retinue.outcomes.costs import costs
from retinue.store import Store
from retinue.store.deliveries import Delivery, Draft
from retinue.store.outbox import draft_in
from retinue.store.responses import keep

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.sqlite")
    yield made
    made.close()


def delivered(
    store: Store, name: str, *, state: str = "sent", cost: int | None = None, incentive: str = "fixed_credit"
) -> None:
    draft = Draft(
        delivery_id=name,
        decision_id=f"dec-{name}",
        campaign_id="CAMP_2026_02_14_001",
        customer_id="C1",
        channel="coupons",
        kind="grant",
        purpose="retention",
        planned_cents=2500,
        planned_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(days=3),
        content={"incentive": {"id": incentive, "type": incentive, "value": 25.0}},
    )
    with store.transaction() as session:
        draft_in(session, [draft], clock=NOW)
        session.execute(
            update(Delivery)
            .where(Delivery.delivery_id == name)
            .values(state=state, cost_cents=cost, reference=f"ref-{name}")
        )


def redeem(store: Store, number: int, cents: int, currency: str = "EUR", **about: str) -> None:
    news = Response(f"r{number}", "redeemed", NOW, cents=cents, currency=currency, **about)
    keep(store, "coupons", [news], now=NOW)


def test_planned_against_incurred(store: Store) -> None:
    for name, cost in (("a", 0), ("b", None), ("c", None), ("d", 300)):
        delivered(store, name, cost=cost)
    delivered(store, "failed", state="failed", cost=999)
    delivered(store, "waits", state="queued")
    delivered(store, "other", incentive="percentage_discount_10")
    redeem(store, 1, 1000, delivery_id="a")
    redeem(store, 2, 500, reference="ref-a", delivery_id="a")
    redeem(store, 3, 700, reference="ref-b")
    redeem(store, 3, 700, reference="ref-b")
    redeem(store, 4, 900, currency="USD", delivery_id="c")
    redeem(store, 5, 900, delivery_id="nobody-knows")
    found = {row.incentive: row for row in costs(store, currency="EUR")}
    assert set(found) == {"fixed_credit", "percentage_discount_10"}
    credit = found["fixed_credit"]
    assert (credit.sent, credit.planned_cents) == (4, 10_000)
    assert credit.incurred_cents == 0 + 1000 + 500 + 700 + 300
    assert (credit.redeemed, credit.untold) == (2, 1)
    assert found["percentage_discount_10"].untold == 1


def test_nothing_sent_costs_nothing(store: Store) -> None:
    assert costs(store, currency="EUR") == []
