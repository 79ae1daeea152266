"""Shifted-beta-geometric and contractual value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.clv import ShiftedBetaGeometric, fit, load_model
from retinue.clv.contractual import contract_spells
from retinue.clv.discount import DAYS_PER_MONTH, discount_factors
from retinue.clv.shifted_beta_geometric import renewal_data
from retinue.errors import DataError, NotEnoughData
from retinue.settings import ValueSettings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Survivors of 1,000, years 0 to 7 of fitting and 8 to 12 of projection (Fader & Hardie 2007, table 1).
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]


@pytest.mark.parametrize(("survivors", "a", "b"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)])
def test_published_parameters_and_projection(survivors: list[int], a: float, b: float) -> None:
    ended = np.repeat(np.arange(1, 8), -np.diff(survivors[:8]))
    model = ShiftedBetaGeometric.fit(ended, np.full(survivors[7], 7))
    assert [round(model.a, 3), round(model.b, 3)] == [a, b]
    assert model.verdict == "converged"
    assert model.survival(np.arange(13)) == pytest.approx(np.array(survivors) / 1000, abs=0.025)


@settings(max_examples=40)
@given(theta=st.lists(st.floats(-3, 4), min_size=2, max_size=2), seed=st.integers(0, 9999))
def test_gradient_equals_finite_differences(theta: list[float], seed: int) -> None:
    draw = np.random.default_rng(seed)
    data = renewal_data(draw.integers(1, 20, 30), draw.integers(0, 20, 30))
    point = np.array(theta)
    _, gradient = ShiftedBetaGeometric.objective(point, data)
    for i in range(2):
        step = np.zeros(2)
        step[i] = 1e-5
        up = ShiftedBetaGeometric.objective(point + step, data)[0]
        down = ShiftedBetaGeometric.objective(point - step, data)[0]
        assert gradient[i] == pytest.approx((up - down) / 2e-5, rel=1e-5, abs=1e-7)


def test_survival_is_the_product_of_retentions_and_rises_with_age() -> None:
    model = ShiftedBetaGeometric(0.7, 3.8)
    product = np.cumprod(model.retention(np.arange(1, 25)))
    assert model.survival(np.arange(1, 25)) == pytest.approx(product, rel=1e-10)
    ages = model.survival(np.full(10, 12.0), np.arange(10))
    assert (np.diff(ages) > 0).all()
    assert model.survival(24.0, 6.0) == pytest.approx(float(model.survival(30.0) / model.survival(6.0)))


def test_censoring_is_taken_into_account() -> None:
    draw = np.random.default_rng(4)
    leave = draw.beta(1.0, 12.0, 20_000)
    length = draw.geometric(leave)
    seen = draw.integers(1, 30, 20_000)
    model = ShiftedBetaGeometric.fit(length[length <= seen], seen[length > seen])
    assert model.a / (model.a + model.b) == pytest.approx(1 / 13, rel=0.06)
    assert model.a == pytest.approx(1.0, rel=0.15)


def test_what_cannot_be_fitted() -> None:
    with pytest.raises(NotEnoughData):
        ShiftedBetaGeometric.fit([], [1, 2, 3])
    with pytest.raises(NotEnoughData):
        ShiftedBetaGeometric.fit([1, 1, 1], [0, 0])
    with pytest.raises(DataError):
        ShiftedBetaGeometric.fit([0], [1])


def _warehouse(rows: list[tuple[str, datetime, datetime | None]]) -> Warehouse:
    warehouse = Warehouse(DuckDBEngine(threads=1))
    stamp = pa.timestamp("us")
    table = pa.table(
        {
            "subscription_id": [f"s{i}" for i in range(len(rows))],
            "customer_id": [customer for customer, _, _ in rows],
            "mrr": [50.0] * len(rows),
            "started_at": pa.array([start.replace(tzinfo=None) for _, start, _ in rows], stamp),
            "ended_at": pa.array([end.replace(tzinfo=None) if end else None for _, _, end in rows], stamp),
            "source": ["test"] * len(rows),
            "recorded_at": pa.array([datetime(2020, 1, 1)] * len(rows), stamp),
        }
    )
    warehouse.engine.append("subscriptions", table)
    return warehouse


def _world(customers: int, seed: int) -> tuple[Warehouse, pd.DataFrame, np.ndarray]:
    """Contracts of a known heterogeneous world; the frame of those that run at NOW; their further months."""
    draw = np.random.default_rng(seed)
    leave = draw.beta(1.0, 15.0, customers)
    length = np.minimum(draw.geometric(leave), 1000)
    age = draw.integers(0, 36, customers) + 0.5
    rows, frame, further = [], [], []
    for i in range(customers):
        start = NOW - timedelta(days=float(age[i]) * DAYS_PER_MONTH)
        lasted = float(length[i]) * DAYS_PER_MONTH - 0.01
        end = start + timedelta(days=lasted)
        rows.append((f"c{i}", start, end if end <= NOW else None))
        if end > NOW:
            frame.append((f"c{i}", 50.0, age[i] * DAYS_PER_MONTH))
            further.append(length[i] - 1 - np.floor(age[i]))
    columns = ["customer_id", "mrr", "subscription_age_days"]
    return _warehouse(rows), pd.DataFrame(frame, columns=columns), np.array(further)


def test_value_and_interval_in_a_known_world() -> None:
    warehouse, frame, further = _world(4000, 2)
    terms = ValueSettings(margin=0.8)
    model = fit(warehouse, frame, settings=terms, contractual=True, as_of=NOW, seed=1)
    assert model.kind == "shifted_beta_geometric"
    value = model.value(frame)
    factors = np.cumsum(discount_factors(24, 0.10))
    real = 50.0 * 0.8 * np.where(further > 0, factors[np.clip(further, 1, 24).astype(int) - 1], 0.0)
    assert value["clv"].sum() == pytest.approx(real.sum(), rel=0.03)
    assert value["expected_purchases"].mean() == pytest.approx(np.minimum(further, 24).mean(), rel=0.03)
    inside = (value["clv_low"] <= real + 1e-9) & (real <= value["clv_high"] + 1e-9)
    assert 0.78 <= inside.mean() <= 0.97
    assert (value["p_alive"] == 1).all()
    # A customer who has stayed longer is worth more.
    by_age = value["clv"].groupby(np.floor(frame["subscription_age_days"] / DAYS_PER_MONTH)).first()
    assert (np.diff(by_age) > 0).all()
    assert load_model(model.to_bytes()).value(frame).equals(value)


def test_a_change_of_plan_does_not_end_the_contract() -> None:
    day = timedelta(days=1)
    start = NOW - 400 * day
    rows = [
        ("a", start, start + 100 * day),
        ("a", start + 103 * day, None),  # three days later: the same spell, 13 months old
        ("b", start, start + 100 * day),
        ("b", start + 300 * day, None),  # came back after a long gap: a second spell
        ("c", start, start + 10 * day),
        ("c", start + 5 * day, start + 70 * day),  # overlapping
        ("d", NOW + 5 * day, None),  # not yet begun
    ]
    data = contract_spells(_warehouse(rows), NOW)
    assert data.contracts == 4.0
    assert data.ended_weight.sum() == 2.0
    assert data.running_weight[data.ages == 13.0].sum() == 1.0
    assert data.running_weight[data.ages == 3.0].sum() == 1.0


def test_later_ends_are_not_seen() -> None:
    start = NOW - timedelta(days=200)
    rows = [("a", start, NOW + timedelta(days=30))]
    assert contract_spells(_warehouse(rows), NOW).ended_weight.sum() == 0
    assert contract_spells(_warehouse(rows), NOW + timedelta(days=31)).ended_weight.sum() == 1


@pytest.mark.parametrize("customers", [0, 5, 40])
def test_few_contracts_fall_back_with_a_wide_interval(customers: int) -> None:
    rows = [(f"c{i}", NOW - timedelta(days=100 + i), None) for i in range(customers)]
    frame = pd.DataFrame(
        {"customer_id": ["c0", "x"], "mrr": [50.0, np.nan], "subscription_age_days": [100.0, np.nan]}
    )
    model = fit(_warehouse(rows), frame, settings=ValueSettings(), contractual=True, as_of=NOW, seed=1)
    assert model.kind == "fallback_constant_churn"
    assert "fallback" in str(model.summary()["survival_model"])
    value = model.value(frame)
    assert 0 <= value["clv_low"][0] <= value["clv"][0] <= value["clv_high"][0]
    if customers <= 5:
        assert value["clv_high"][0] > 3 * value["clv_low"][0]
    assert value.iloc[1].tolist() == [0.0] * 5
    assert model.notes(frame).tolist() == ["", "no running contract: value 0"]
    assert load_model(model.to_bytes()).to_bytes() == model.to_bytes()


def test_free_plans_are_alive_and_worth_nothing() -> None:
    frame = pd.DataFrame({"mrr": [0.0], "subscription_age_days": [np.nan]})
    model = fit(_warehouse([]), frame, settings=ValueSettings(), contractual=True, as_of=NOW, seed=1)
    row = model.value(frame).iloc[0]
    assert row["clv"] == row["clv_high"] == 0
    assert row["p_alive"] == 1
    with pytest.raises(DataError, match="mrr"):
        model.value(pd.DataFrame({"x": [1.0]}))
