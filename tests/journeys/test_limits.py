"""A month with limits: two campaigns share its money, a repeated one takes nothing, all limits hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from retinue import Retinue
from retinue.simulation import World
from retinue.store.ledger import Grant, left_of

DAY = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = {
    "decisions": {"act_above": 0.15, "monitor_up_to": 0.2, "review_clv_above": 1000},
    "incentives": {"objective": "formula"},
    "churn": {"training_dates": 4},
    "budget": {
        "per_campaign": "250.50",
        "per_month": "400",
        "per_tier": {"Standard": 60},
        "reviews_per_day": 2,
        "treated_share": 0.03,
    },
}


@pytest.mark.slow
def test_two_campaigns_of_a_month(tmp_path: Path) -> None:
    World(1500, years=1.5, seed=5, end=DAY, dirt=0.0).write(tmp_path / "data")
    with Retinue(tmp_path / "w", overrides=SETTINGS, clock=DAY + timedelta(days=1)) as retinue:
        first = retinue.run(DAY, data=tmp_path / "data")
        again = retinue.run(DAY)
        assert again.reused
        assert again.campaign_bytes == first.campaign_bytes
        trial = retinue.run(DAY + timedelta(hours=12), dry_run=True)
        draft = retinue.decide(DAY + timedelta(hours=12))
        second = retinue.run(DAY + timedelta(hours=12))
        assert trial.campaign["actions"] == draft["actions"] == second.campaign["actions"]

        spent = Decimal(0)
        for result in (first, second):
            offers = [a for a in result.campaign["actions"] if a["recommended_incentive"]]
            costs = [Decimal(str(a["cost"])) for a in offers]
            spent += sum(costs, Decimal(0))
            assert sum(costs) <= Decimal("250.50")
            assert sum(c for a, c in zip(offers, costs, strict=True) if a["value_tier"] == "Standard") <= 60
            assert len(offers) <= 0.03 * result.summary["active"]
            rows = {row["name"]: row for row in result.summary["budget"]["limits"]}
            assert set(rows) == {"budget", "Standard", "reviews", "treated"}
            assert any(row["binding"] for row in rows.values())
        assert 0 < spent <= 400
        reviews = [
            action["action_type"] == "manual_review"
            for result in (first, second)
            for action in result.campaign["actions"]
        ]
        assert sum(reviews) <= 2, "both campaigns are of one day"
        left = left_of(retinue.store, DAY, Grant(month_cents=40_000)).month_cents
        assert left == 40_000 - int(spent * 100)
        assert second.summary["month"]["left"] == left / 100

        rules = {a["rule"]: a["decision_id"] for a in first.campaign["actions"]}
        for decision in rules.values():
            assert retinue.replay(decision).same
