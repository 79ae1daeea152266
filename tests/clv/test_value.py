"""The value of customers without contracts: fit, intervals, fallbacks, replay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.clv import ClvModel, fit, load_model
from retinue.clv.base import VALUE_COLUMNS
from retinue.errors import ArtefactError, DataError
from retinue.settings import ValueSettings
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    return Warehouse(DuckDBEngine(threads=1))


@pytest.fixture(scope="module")
def fitted(warehouse: Warehouse, buyers: pd.DataFrame) -> ClvModel:
    return _fit(warehouse, buyers)


def _fit(warehouse: Warehouse, frame: pd.DataFrame, **terms: Any) -> ClvModel:
    return fit(warehouse, frame, settings=ValueSettings(**terms), contractual=False, as_of=NOW, seed=3)


def _sound(value: pd.DataFrame) -> None:
    assert list(value.columns) == list(VALUE_COLUMNS)
    assert np.isfinite(value.to_numpy()).all()
    assert (value.to_numpy() >= 0).all()
    assert (value["clv_low"] <= value["clv"]).all()
    assert (value["clv"] <= value["clv_high"]).all()
    assert (value["p_alive"] <= 1).all()


def _rows(x: list[float], t_x: list[float], T: list[float], m: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "repeat_purchase_days": x,
            "purchase_span_days": t_x,
            "purchase_age_days": T,
            "mean_repeat_value": [v if n else np.nan for v, n in zip(m, x, strict=True)],
            "mean_purchase_value": m,
        }
    )


def test_values_add_up_in_a_known_world(fitted: ClvModel, buyers: pd.DataFrame) -> None:
    assert fitted.kind == "mbg_nbd+gamma_gamma"
    value = fitted.value(buyers)
    _sound(value)
    alive = buyers["alive"].to_numpy()
    assert value["clv"][alive].sum() == pytest.approx(buyers["worth"][alive].sum(), rel=0.08)
    assert value["expected_purchases"].sum() == pytest.approx(buyers["later"].sum(), rel=0.06)
    assert value["p_alive"].mean() == pytest.approx(alive.mean(), abs=0.04)


@pytest.mark.parametrize("coverage", [0.6, 0.8, 0.9])
def test_intervals_hold_what_they_promise(
    warehouse: Warehouse, simulate: Callable[..., pd.DataFrame], coverage: float
) -> None:
    """Fitted on one half of a world, judged on the customers alive in the other half."""
    world = simulate(3000, 21)
    fitted_on, judged = world.iloc[:1500], world.iloc[1500:].reset_index(drop=True)
    value = _fit(warehouse, fitted_on, interval=coverage).value(judged)
    alive = judged["alive"].to_numpy()
    inside = (value["clv_low"] <= judged["worth"]) & (judged["worth"] <= value["clv_high"])
    # A quarter of the customers may buy nothing: then the lower end is 0 and the interval holds more.
    assert coverage - 0.04 <= inside[alive].mean() <= coverage + 0.08


def test_a_row_alone_has_the_same_bits_as_in_a_batch(fitted: ClvModel, buyers: pd.DataFrame) -> None:
    batch = fitted.value(buyers)
    for row in [0, 1, 2, 3, 17, 500, 1499]:
        assert fitted.value(buyers.iloc[[row]]).to_numpy().tobytes() == batch.iloc[[row]].to_numpy().tobytes()
    for size in (2, 7, 33, 1000):
        part = fitted.value(buyers.iloc[5 : 5 + size])
        assert part.to_numpy().tobytes() == batch.iloc[5 : 5 + size].to_numpy().tobytes()
    backwards = fitted.value(buyers.iloc[::-1]).iloc[::-1]
    assert backwards.to_numpy().tobytes() == batch.to_numpy().tobytes()


def test_bytes_are_deterministic_and_come_back_whole(
    warehouse: Warehouse, fitted: ClvModel, buyers: pd.DataFrame
) -> None:
    data = fitted.to_bytes()
    assert _fit(warehouse, buyers).to_bytes() == data
    shuffled = buyers.sample(frac=1.0, random_state=1)
    again = load_model(data)
    assert again.to_bytes() == data
    assert again.value(buyers).to_numpy().tobytes() == fitted.value(buyers).to_numpy().tobytes()
    assert again.summary() == fitted.summary()
    assert _fit(warehouse, shuffled).to_bytes() == data


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"format":1,"family":"x","body":{}}', b"\xff"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ArtefactError):
        load_model(data)


def test_terms_of_valuation(warehouse: Warehouse, buyers: pd.DataFrame) -> None:
    plain = _fit(warehouse, buyers).value(buyers)
    half = _fit(warehouse, buyers, margin=0.5).value(buyers)
    assert half["clv"].to_numpy() == pytest.approx(plain["clv"].to_numpy() / 2)
    assert half["clv_high"].to_numpy() == pytest.approx(plain["clv_high"].to_numpy() / 2)
    undiscounted = _fit(warehouse, buyers, annual_discount_rate=0.0).value(buyers)
    assert (undiscounted["clv"] > plain["clv"]).all()
    shorter = _fit(warehouse, buyers, horizon_months=12).value(buyers)
    assert (shorter["clv"] < plain["clv"]).all()
    wider = _fit(warehouse, buyers, interval=0.95).value(buyers)
    assert (wider["clv_high"] >= plain["clv_high"]).all()
    assert (wider["clv_low"] <= plain["clv_low"]).all()


def test_one_time_buyers(fitted: ClvModel) -> None:
    frame = _rows([0, 0, 0], [0, 0, 0], [1, 100, 1000], [40.0, 40.0, 40.0])
    value = fitted.value(frame)
    assert (np.diff(value["p_alive"]) < 0).all()
    assert value["p_alive"].max() < 1
    small, large = (fitted.value(_rows([0], [0], [50], [m]))["clv"][0] for m in (5.0, 500.0))
    # Shrunk: a hundred times the purchase is not a hundred times the worth.
    assert small < large < 100 * small
    assert set(fitted.notes(frame)) == {"bought once: worth of a purchase shrunk from that single one"}


def test_rows_that_lack_something(fitted: ClvModel) -> None:
    nan = float("nan")
    frame = _rows([nan, 0, 3, 2], [nan, 0, 10, 500], [nan, 50, 50, 50], [nan, nan, nan, 20.0])
    value = fitted.value(frame)
    _sound(value)
    assert value.iloc[0].tolist() == [0.0] * 5
    assert (value["clv"][1:] > 0).all()
    assert fitted.notes(frame)[0] == "no purchases: value 0"
    assert fitted.notes(frame)[2] == "no usable amount: a purchase is worth the mean of all"
    assert len(fitted.value(frame.iloc[:0])) == 0
    with pytest.raises(DataError, match="repeat_purchase_days"):
        fitted.value(pd.DataFrame({"mrr": [1.0]}))


DEGENERATE = {
    "nobody": _rows([], [], [], []),
    "five": _rows([0, 1, 2, 0, 4], [0, 10, 20, 0, 30], [30, 30, 30, 30, 40], [10.0, 20.0, 5.0, 9.0, 30.0]),
    "all bought once": _rows([0] * 300, [0] * 300, list(range(1, 301)), [10.0] * 300),
    "all the same": _rows([3] * 300, [30] * 300, [40] * 300, [10.0] * 300),
    "all today": _rows([0] * 100, [0] * 100, [0] * 100, [10.0] * 100),
    "no amounts": _rows([0, 1, 2] * 50, [0, 10, 20] * 50, [30, 35, 40] * 50, [float("nan")] * 150),
    "two kinds": _rows([0, 5] * 200, [0, 30] * 200, [40, 40] * 200, [10.0, 20.0] * 200),
    "never bought": pd.DataFrame({c: [np.nan] * 9 for c in _rows([], [], [], []).columns}),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_data_never_crash_nor_pretend(warehouse: Warehouse, name: str) -> None:
    frame = DEGENERATE[name].astype(float)
    model = _fit(warehouse, frame)
    value = model.value(frame)
    _sound(value)
    summary = model.summary()
    json.dumps(summary, allow_nan=False)
    if name == "two kinds":
        assert "boundary" in summary["purchase_model"] or "MBG/NBD" in summary["purchase_model"]
    else:
        assert "fallback" in summary["purchase_model"] or "pooled" in summary["spend_model"]
    if name in {"five", "all bought once", "all the same", "all today", "nobody", "never bought"}:
        assert model.kind.startswith("fallback")
    if name in {"five", "all bought once", "all the same"}:
        worth = value["clv"] > 0
        assert (value["clv_high"][worth] - value["clv_low"][worth] >= value["clv"][worth]).all()
    assert load_model(model.to_bytes()).value(frame).equals(value)


def test_the_model_is_named_and_the_alternative_reported(fitted: ClvModel) -> None:
    summary = fitted.summary()
    assert summary["purchases"]["model"] == "MBG/NBD"
    assert set(summary["log_likelihoods"]) == {"MBG/NBD", "BG/NBD"}
    assert summary["interval"] == {"coverage": 0.8, "kind": "predictive, given alive now"}
    low, high = summary["parameter_intervals"]["r"]
    assert low < summary["purchases"]["r"] < high
    json.dumps(summary, allow_nan=False)


def test_parameter_draws_spread_as_estimates_do(
    warehouse: Warehouse, simulate: Callable[..., pd.DataFrame]
) -> None:
    """The bootstrap's spread of the mean purchase rate agrees with that of fits to fresh worlds."""
    from retinue.clv import MBGNBD
    from retinue.clv.bootstrap import resample_parameters
    from retinue.clv.groups import group_purchases

    rates = []
    spread = []
    for seed in range(12):
        world = simulate(600, 100 + seed)
        groups = group_purchases(*(world[c] for c in _rows([], [], [], []).columns[:3]))
        top = MBGNBD.maximum(groups)
        rates.append(top.theta[0] - top.theta[1])
        scores = MBGNBD.scores(top.theta, groups)
        draws = resample_parameters(top, scores, groups.weight, seed=seed, draws=100)
        spread.append(np.std([np.log(r / alpha) for r, alpha, _, _ in draws]))
    assert np.mean(spread) == pytest.approx(np.std(rates, ddof=1), rel=0.6)


def test_only_the_last_date_of_a_frame_is_fitted(warehouse: Warehouse, buyers: pd.DataFrame) -> None:
    old = buyers.assign(as_of=pd.Timestamp("2025-01-01"), repeat_purchase_days=0.0, purchase_span_days=0.0)
    new = buyers.assign(as_of=pd.Timestamp("2026-01-01"))
    both = _fit(warehouse, pd.concat([old, new], ignore_index=True))
    assert both.to_bytes() == _fit(warehouse, new).to_bytes()
