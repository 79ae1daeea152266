"""The report per incentive: rewards that were known, who is best, who starves, what it cost."""

from datetime import UTC, datetime

import numpy as np
import pytest

from retinue.outcomes import measure
from retinue.outcomes.per_incentive import probability_best
from retinue.settings import Settings

AS_OF = datetime(2025, 12, 1, tzinfo=UTC)
P = {"none": 0.2, "fixed_credit": 0.55, "free_upgrade": 0.24, "loyalty_points": 0.01}
STAYS = {"none": 0.6, "fixed_credit": 0.8, "free_upgrade": 0.6, "loyalty_points": 0.6}


@pytest.fixture
def rows(log):
    rng = np.random.default_rng(8)
    names = list(P)
    decisions, outcomes = [], []
    for i in range(2000):
        name = names[rng.choice(4, p=list(P.values()))]
        cost = 10.0 * (name != "none")
        decisions.append(
            log.decide(f"d{i}", f"c{i // 2}", i / 10, name, held_out=name == "none", p=P, cost=cost)
        )
        outcomes.append(
            log.saw(f"o{i}", f"d{i}", f"c{i // 2}", i / 10 + 90, bool(rng.random() < STAYS[name]))
        )
    log.add("interventions", decisions)
    log.add("outcomes", outcomes)
    return {row.incentive: row for row in measure(log.warehouse, Settings(), AS_OF).incentives}


def test_rewards_effects_and_the_best(rows) -> None:
    for name, row in rows.items():
        if row.judged > 100:
            assert row.low < STAYS[name] < row.high
    assert rows["fixed_credit"].effect.low < 0.2 < rows["fixed_credit"].effect.high
    assert rows["fixed_credit"].probability_best > 0.95
    assert sum(row.probability_best for row in rows.values()) == pytest.approx(1.0)
    assert "keeps more customers" in rows["fixed_credit"].statement
    assert "no evidence" in rows["free_upgrade"].statement


def test_exploration_starvation_and_cost(rows) -> None:
    assert rows["fixed_credit"].explored == 0.0
    assert rows["free_upgrade"].explored == 1.0
    assert rows["none"].explored is None
    assert [name for name, row in rows.items() if row.starving] == ["loyalty_points"]
    assert "hardly tried" in rows["loyalty_points"].statement
    credit = rows["fixed_credit"]
    assert credit.spend == 10.0 * credit.tried
    assert credit.cost_per_retained == pytest.approx(10.0 / 0.8, rel=0.05)
    assert credit.cost_per_extra == pytest.approx(10.0 / credit.effect.value)
    assert rows["free_upgrade"].cost_per_extra is None


def test_probability_best_is_seeded_and_exact_for_equals() -> None:
    one = probability_best(np.array([0.5, 0.5]), np.array([50.0, 50.0]), seed=3)
    assert one == probability_best(np.array([0.5, 0.5]), np.array([50.0, 50.0]), seed=3)
    assert one[0] == pytest.approx(0.5, abs=0.02)
    assert probability_best(np.array([]), np.array([]), seed=1) == []
