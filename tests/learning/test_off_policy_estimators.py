"""Each estimator is its published definition, read line by line: on drawn logs and on Open Bandit data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.learning import (
    Logged,
    crossfit,
    dm,
    dr,
    dros,
    evaluate,
    ips,
    select_shrinkage,
    select_threshold,
    snips,
    switch_dr,
)

# --- the definitions, with loops -------------------------------------------------------------------


class Row:
    """One logged decision as the papers write it."""

    def __init__(self, action: int, p: float, reward: float, pi: list[float], q: list[float]) -> None:
        self.r, self.pi, self.q, self.a = reward, pi, q, action
        self.w = pi[action] / p
        self.direct = sum(pi[a] * q[a] for a in range(len(pi)))


def rows_of(log: Logged, policy: Any, model: Any) -> list[Row]:
    return [
        Row(int(a), float(p), float(r), list(map(float, pi)), list(map(float, q)))
        for a, p, r, pi, q in zip(log.action, log.propensity, log.reward, policy, model, strict=True)
    ]


def literal_ips(rows: list[Row]) -> float:
    return sum(x.w * x.r for x in rows) / len(rows)


def literal_snips(rows: list[Row]) -> float:
    return sum(x.w * x.r for x in rows) / sum(x.w for x in rows)


def literal_dm(rows: list[Row]) -> float:
    return sum(x.direct for x in rows) / len(rows)


def literal_dr(rows: list[Row]) -> float:
    return sum(x.direct + x.w * (x.r - x.q[x.a]) for x in rows) / len(rows)


def switch_summands(rows: list[Row], tau: float) -> list[float]:
    found = []
    for x in rows:
        value = x.direct
        if x.w <= tau:
            value += x.w * (x.r - x.q[x.a])
        found.append(value)
    return found


def shrunk_weight(w: float, strength: float) -> float:
    if math.isinf(strength):
        return w
    return 0.0 if w == 0 else strength * w / (w * w + strength)


def dros_summands(rows: list[Row], strength: float) -> list[float]:
    return [x.direct + shrunk_weight(x.w, strength) * (x.r - x.q[x.a]) for x in rows]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def variance_of_mean(values: list[float]) -> float:
    middle = mean(values)
    return sum((v - middle) ** 2 for v in values) / len(values) ** 2


def literal_switch_error(rows: list[Row], chance: list[list[float]], tau: float) -> float:
    """Wang, Agarwal and Dudik (2017): the variance, and the square of the mass that is switched off."""
    bias = 0.0
    for x, p in zip(rows, chance, strict=True):
        for a, pi in enumerate(x.pi):
            if pi > 0 and pi / p[a] > tau:
                bias += pi / len(rows)
    return variance_of_mean(switch_summands(rows, tau)) + bias**2


def literal_dros_error(rows: list[Row], strength: float, delta: float = 0.05) -> float:
    """Su et al. (2020): the variance, and the square of a high-probability bound on the bias."""
    variance = variance_of_mean(dros_summands(rows, strength))
    if math.isinf(strength):
        return variance
    n = len(rows)
    direct = abs(mean([(shrunk_weight(x.w, strength) - x.w) * (x.r - x.q[x.a]) for x in rows]))
    bound = direct + math.sqrt(2 * mean([x.w**2 for x in rows]) * math.log(2 / delta) / n)
    bound += 2 * max(x.w for x in rows) * math.log(2 / delta) / (3 * n)
    return variance + bound**2


# --- on drawn logs -----------------------------------------------------------------------------------


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Logged, Any, Any]:
    n, actions = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spiky = draw(st.sampled_from([0.1, 1.0, 10.0]))
    chance = rng.dirichlet(np.full(actions, spiky), size=n) * 0.98 + 0.02 / actions
    policy = rng.dirichlet(np.ones(actions), size=n)
    if draw(st.booleans()):
        policy = np.eye(actions)[rng.integers(0, actions, n)]
    action = [int(rng.choice(actions, p=row / row.sum())) for row in chance]
    money = draw(st.booleans())
    reward = rng.normal(10, 30, n) if money else rng.integers(0, 2, n).astype(float)
    model = rng.normal(5, 10, (n, actions)) if money else rng.random((n, actions))
    return Logged.of(action, reward, propensities=chance), policy, model


@settings(max_examples=60)
@given(drawn(), st.floats(0, 50), st.floats(0, 1e4))
def test_every_estimator_is_its_definition(
    case: tuple[Logged, Any, Any], tau: float, strength: float
) -> None:
    log, policy, model = case
    rows = rows_of(log, policy, model)
    assert ips(log, policy).value == pytest.approx(literal_ips(rows), rel=1e-9, abs=1e-9)
    if sum(x.w for x in rows) > 0:
        assert snips(log, policy).value == pytest.approx(literal_snips(rows), rel=1e-9, abs=1e-9)
    else:
        assert math.isnan(snips(log, policy).value)
    assert dm(log, policy, model).value == pytest.approx(literal_dm(rows), rel=1e-9, abs=1e-9)
    assert dr(log, policy, model).value == pytest.approx(literal_dr(rows), rel=1e-9, abs=1e-9)
    assert switch_dr(log, policy, model, tau).value == pytest.approx(
        mean(switch_summands(rows, tau)), rel=1e-9, abs=1e-9
    )
    assert dros(log, policy, model, strength).value == pytest.approx(
        mean(dros_summands(rows, strength)), rel=1e-9, abs=1e-9
    )


@settings(max_examples=40)
@given(drawn())
def test_strengths_are_chosen_by_the_least_estimated_error(case: tuple[Logged, Any, Any]) -> None:
    log, policy, model = case
    if log.reward_bounds is None:
        return
    rows = rows_of(log, policy, model)
    candidates = [0.5, 1.0, 2.0, 5.0, 20.0, 100.0, math.inf]
    assert log.propensities is not None
    chance = log.propensities.tolist()
    tau = select_threshold(log, policy, model, candidates)
    errors = {c: literal_switch_error(rows, chance, c) for c in candidates}
    assert errors[tau] == pytest.approx(min(errors.values()), rel=1e-9, abs=1e-12)
    strength = select_shrinkage(log, policy, model, candidates)
    errors = {c: literal_dros_error(rows, c) for c in candidates}
    assert errors[strength] == pytest.approx(min(errors.values()), rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(drawn(), st.floats(-100, 100), st.integers(0, 2**32 - 1))
def test_what_must_not_matter_does_not(case: tuple[Logged, Any, Any], constant: float, seed: int) -> None:
    log, policy, model = case
    order = np.random.default_rng(seed).permutation(len(log))
    assert log.propensities is not None
    mixed = Logged.of(log.action[order], log.reward[order], propensities=log.propensities[order])
    for ours, theirs in zip(
        evaluate(log, policy, model), evaluate(mixed, policy[order], model[order]), strict=True
    ):
        assert ours.value == pytest.approx(theirs.value, rel=1e-7, abs=1e-7, nan_ok=True)
    shifted = Logged.of(log.action, log.reward + constant, propensities=log.propensities)
    # A constant moves SNIPS by itself, and so it does DR when the model moves along.
    assert snips(shifted, policy).value == pytest.approx(
        snips(log, policy).value + constant, rel=1e-7, abs=1e-7, nan_ok=True
    )
    assert dr(shifted, policy, model + constant).value == pytest.approx(
        dr(log, policy, model).value + constant, rel=1e-7, abs=1e-7
    )
    # The policy that logged has weights of 1: its value is the mean reward.
    assert ips(log, log.propensities).value == pytest.approx(float(log.reward.mean()), rel=1e-9, abs=1e-9)
    assert snips(log, log.propensities).value == pytest.approx(float(log.reward.mean()), rel=1e-9, abs=1e-9)
    # Both shrinkages lead from DM to DR.
    for estimator in (switch_dr, dros):
        assert estimator(log, policy, model, 0.0).value == pytest.approx(
            dm(log, policy, model).value, rel=1e-9, abs=1e-9
        )
        assert estimator(log, policy, model, math.inf).value == pytest.approx(
            dr(log, policy, model).value, rel=1e-9, abs=1e-9
        )


# --- on the Open Bandit data -------------------------------------------------------------------------


def frequencies(table: Any, actions: int) -> Any:
    """How often each item was shown at each of the three positions (3 x actions)."""
    counts = np.zeros((3, actions))
    np.add.at(counts, (table["position"] - 1, table["item_id"]), 1.0)
    return counts / counts.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("campaign", "published"), [("men", 0.00566), ("women", 0.00581)])
def test_open_bandit_by_definition_and_as_published(
    open_bandit: Callable[[str], Any], campaign: str, published: float
) -> None:
    random, thompson = open_bandit(f"random_{campaign}"), open_bandit(f"bts_{campaign}")
    actions = int(random["item_id"].max()) + 1
    log = Logged.of(
        random["item_id"].to_numpy(),
        random["click"].to_numpy(dtype=float),
        propensity=random["propensity_score"].to_numpy(),
        propensities=np.full(actions, 1.0 / actions),
    )
    policy = frequencies(thompson, actions)[random["position"].to_numpy() - 1]
    model = crossfit(log)
    rows = rows_of(log, policy, model)
    values = {v.estimator: v.value for v in evaluate(log, policy, model)}
    assert values["IPS"] == pytest.approx(literal_ips(rows), rel=1e-9)
    assert values["IPS"] == pytest.approx(published, abs=5e-6)
    assert values["SNIPS"] == pytest.approx(literal_snips(rows), rel=1e-9)
    assert values["DM"] == pytest.approx(literal_dm(rows), rel=1e-9)
    assert values["DR"] == pytest.approx(literal_dr(rows), rel=1e-9)
    for tau in (0.5, 1.0, 3.0):
        assert switch_dr(log, policy, model, tau).value == pytest.approx(
            mean(switch_summands(rows, tau)), rel=1e-9
        )
    for strength in (0.1, 1.0, 30.0):
        assert dros(log, policy, model, strength).value == pytest.approx(
            mean(dros_summands(rows, strength)), rel=1e-9
        )
    # The clicks that Thompson sampling really got lie in the interval read from the random log.
    shown = next(v for v in evaluate(log, policy, model) if v.estimator == "DR")
    assert shown.low is not None
    assert shown.high is not None
    spread = 2.6 * math.sqrt(thompson["click"].var() / len(thompson))
    assert shown.low - spread <= thompson["click"].mean() <= shown.high + spread


def test_open_bandit_backwards_with_only_the_probability_of_what_was_done(
    open_bandit: Callable[[str], Any],
) -> None:
    thompson = open_bandit("bts_men")
    log = Logged.of(
        thompson["item_id"].to_numpy(),
        thompson["click"].to_numpy(dtype=float),
        propensity=thompson["propensity_score"].to_numpy(),
    )
    actions = len(log.actions)
    policy = np.full((len(log), actions), 1.0 / actions)
    model = crossfit(log)
    rows = rows_of(log, policy, model)
    values = {v.estimator: v for v in evaluate(log, policy, model)}
    assert values["IPS"].value == pytest.approx(literal_ips(rows), rel=1e-9)
    assert values["SNIPS"].value == pytest.approx(literal_snips(rows), rel=1e-9)
    assert values["DR"].value == pytest.approx(literal_dr(rows), rel=1e-9)
    assert values["SNIPS"].low is not None
    assert values["SNIPS"].high is not None
    assert values["SNIPS"].low <= open_bandit("random_men")["click"].mean() <= values["SNIPS"].high
