"""Two days in the life of a business: decide, act, let the world go on, load what is new, decide again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retinue import Retinue
from retinue.campaigns import is_held_out
from retinue.simulation import World

FIRST = datetime(2025, 11, 1, tzinfo=UTC)
SETTINGS = {
    "decisions": {"act_above": 0.15, "monitor_up_to": 0.25},
    "churn": {"training_dates": 6},
    "warehouse": {"partials": True},
}


@pytest.mark.slow
def test_a_month_later(tmp_path: Path) -> None:
    world = World(1200, years=1.5, seed=5, end=FIRST, dirt=0.0)
    world.write(tmp_path / "start")
    second = FIRST + timedelta(days=28)
    with Retinue(tmp_path / "w", overrides=SETTINGS, clock=FIRST) as retinue:
        first = retinue.run(FIRST, data=tmp_path / "start")
    offers = {
        action["customer_id"]: action["incentive_id"]
        for action in first.campaign["actions"]
        if action["recommended_incentive"]
    }
    assert offers
    held_out = {a["customer_id"] for a in first.campaign["actions"] if a["held_out"]}
    assert not held_out & set(offers)

    step = world.step(offers, until=second)
    step.write(tmp_path / "month")
    with Retinue(tmp_path / "w", overrides=SETTINGS, clock=second) as retinue:
        later = retinue.run(second, data=tmp_path / "month")
        assert later.summary["customers"] >= first.summary["customers"]
        assert later.report.load is not None
        assert sum(row["loaded"] + row["corrected"] for row in later.report.load["tables"]) > 0

        # Holding out is for good: the same hash, whatever the day.
        again = {a["customer_id"]: a["held_out"] for a in later.campaign["actions"]}
        wanted = is_held_out(list(again), retinue.settings.holdout)
        assert list(again.values()) == wanted.tolist()
        assert all(again[name] for name in held_out & set(again))

        # The first day can be decided again as it was, although more is known now.
        redone = retinue.decide(FIRST)
        assert redone["actions"] == first.campaign["actions"]
        assert [run["campaign_id"] for run in retinue.runs()] == [
            "CAMP_2025_11_29_001",
            "CAMP_2025_11_01_001",
        ]
