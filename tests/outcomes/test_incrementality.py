"""Effects of past offers: right where the truth is known, silent where there is no evidence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from retinue.outcomes import compare_with_holdout
from retinue.outcomes.effects import effects
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

DAY = datetime(2025, 1, 1)
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)


def test_intervals_cover_the_true_difference_under_uneven_probabilities() -> None:
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = 1500
        risk = rng.random(n)
        chance = 0.2 + 0.6 * risk  # the riskier, the more likely to be treated
        treated = rng.random(n) < chance
        stay = 0.9 - 0.5 * risk + 0.1 * treated
        retained = (rng.random(n) < stay).astype(float)
        action = np.where(treated, "fixed_credit", "none")
        _, found = effects(action, np.where(treated, chance, 1 - chance), retained, "none")
        assert found[0].low is not None
        assert found[0].high is not None
        covered += found[0].low <= 0.10 <= found[0].high
    assert 180 <= covered <= 199


def test_a_naive_comparison_would_have_been_wrong_where_ours_is_not() -> None:
    rng = np.random.default_rng(1)
    n = 40_000
    risk = rng.random(n)
    chance = 0.1 + 0.8 * risk
    treated = rng.random(n) < chance
    retained = (rng.random(n) < 0.95 - 0.6 * risk + 0.1 * treated).astype(float)
    naive = retained[treated].mean() - retained[~treated].mean()
    action = np.where(treated, "fixed_credit", "none")
    _, found = effects(action, np.where(treated, chance, 1 - chance), retained, "none")
    assert naive < 0
    assert found[0].difference == pytest.approx(0.10, abs=0.02)


def test_too_few_customers_give_no_number() -> None:
    action = np.array(["none"] * 100 + ["fixed_credit"] * 5)
    _, found = effects(action, np.full(105, 0.5), np.ones(105), "none")
    assert found[0].difference is None
    assert "too few" in found[0].statement


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse(DuckDBEngine())


def _log(warehouse: Warehouse, rows: list[dict[str, object]], outcomes: list[dict[str, object]]) -> None:
    warehouse.engine.append("interventions", pa.Table.from_pylist(rows))
    warehouse.engine.append("outcomes", pa.Table.from_pylist(outcomes))


def test_reads_probabilities_holdout_and_only_what_was_known(warehouse: Warehouse) -> None:
    rows, outcomes = [], []
    for number in range(200):
        held = number % 2 == 0
        rows.append(
            {
                "decision_id": f"d{number}",
                "customer_id": f"c{number}",
                "incentive": "fixed_credit",
                "propensities": json.dumps({"none": 0.5, "fixed_credit": 0.5}),
                "held_out": held,
                "executed_at": DAY,
                "recorded_at": DAY,
            }
        )
        late = number >= 160
        outcomes.append(
            {
                "outcome_id": f"o{number}",
                "decision_id": f"d{number}",
                "customer_id": f"c{number}",
                "retained": not held,
                "observed_at": DAY + timedelta(days=400 if late else 60),
                "recorded_at": DAY + timedelta(days=400 if late else 60),
            }
        )
    _log(warehouse, rows, outcomes)
    found = compare_with_holdout(warehouse, AS_OF)
    assert [(arm.action, arm.customers) for arm in found.arms] == [("none", 80), ("fixed_credit", 80)]
    assert found.effects[0].difference == 1.0
    assert any("40 interventions have no outcome yet" in note for note in found.notes)


def test_without_probabilities_nothing_is_claimed(warehouse: Warehouse) -> None:
    _log(
        warehouse,
        [
            {
                "decision_id": "d",
                "customer_id": "c",
                "incentive": "fixed_credit",
                "executed_at": DAY,
                "recorded_at": DAY,
            }
        ],
        [
            {
                "outcome_id": "o",
                "decision_id": "d",
                "customer_id": "c",
                "retained": True,
                "observed_at": DAY,
                "recorded_at": DAY,
            }
        ],
    )
    found = compare_with_holdout(warehouse, AS_OF)
    assert found.effects == ()
    assert any("no usable probability" in note for note in found.notes)
    assert compare_with_holdout(Warehouse(DuckDBEngine()), AS_OF).arms == ()
