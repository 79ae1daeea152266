"""The log is checked at the door, read as it was known, and models are fitted on other customers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from retinue.errors import DataError, NotEnoughData, UsageError
from retinue.learning import Logged, crossfit, from_warehouse, ips
from retinue.learning.off_policy.crossfit import folds_of
from retinue.learning.off_policy.logged import policy_matrix
from retinue.warehouse import Warehouse
from retinue.warehouse.engines.duckdb import DuckDBEngine

DAY = datetime(2025, 1, 1)
AS_OF = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "what", "where"),
    [
        ({"action": [], "reward": []}, "no logged decision", "the log"),
        ({"action": [0, 1]}, "action has 2 rows", "action"),
        ({"action": [0, 1, 2]}, "not among the 2", "action, row 2"),
        ({"reward": [0.0, float("nan"), 1.0]}, "no finite number", "reward, row 1"),
        ({"propensities": None}, "has no probabilities", "propensity"),
        ({"propensities": None, "propensity": [0.5, 0.0, 0.5]}, r"not in \(0, 1\]", "propensity, row 1"),
        ({"propensities": [[0.5, 0.5], [0.6, 0.5], [0.5, 0.5]]}, "sum to 1", "propensities, row 1"),
        ({"propensity": [0.5, 0.4, 0.5]}, "two probabilities", "row 1"),
        ({"reward_bounds": (0.0, 0.5)}, "outside the stated bounds", "reward, row 1"),
        ({"actions": ["a", "a"]}, "not distinct", "actions"),
        ({"actions": ["a", "b", "c"]}, "2 columns for 3 actions", "propensities"),
        ({"context": [[1.0], [2.0]]}, "context has 2 rows", "context"),
        ({"context": [[1.0], [np.inf], [2.0]]}, "finite", "context"),
        ({"cluster": ["a"]}, "cluster has 1 rows", "cluster"),
    ],
)
def test_a_bad_log_is_refused_with_the_place(change: dict[str, Any], what: str, where: str) -> None:
    given: dict[str, Any] = {"action": [0, 1, 0], "reward": [0.0, 1.0, 1.0], "propensities": [0.5, 0.5]}
    given.update(change)
    with pytest.raises(DataError, match=what) as caught:
        Logged.of(given.pop("action"), given.pop("reward"), **given)
    assert caught.value.where.startswith(where)
    assert caught.value.fix


@pytest.mark.parametrize("policy", [[0.5, 0.4], [1.5, -0.5], [0.2, 0.3, 0.5], [float("nan"), 1.0]])
def test_a_bad_policy_is_refused(policy: list[float]) -> None:
    log = Logged.of([0, 1], [0.0, 1.0], propensities=[0.5, 0.5])
    with pytest.raises(DataError) as caught:
        policy_matrix(log, policy)
    assert caught.value.where.startswith("policy")


def test_crossfit_never_sees_the_customer() -> None:
    people = np.repeat(np.arange(40), 5)
    folds = folds_of(people, 5)
    assert all(len(set(folds[people == person])) == 1 for person in range(40))
    assert np.bincount(folds).tolist() == [40] * 5
    rng = np.random.default_rng(0)
    n = 400
    x = rng.normal(size=(n, 2))
    x[::7, 1] = np.nan
    action = rng.integers(0, 3, n)
    reward = x[:, 0] + action + rng.normal(0, 0.1, n)
    log = Logged.of(action, reward, propensities=np.full(3, 1 / 3), context=x, cluster=np.arange(n) // 2)
    model = crossfit(log)
    assert np.corrcoef(model[:, 2], x[:, 0])[0, 1] > 0.95
    assert (model[:, 2] - model[:, 0]).mean() == pytest.approx(2.0, abs=0.3)
    # Another reward for one customer changes no prediction for that customer.
    changed = reward.copy()
    changed[:2] += 1000.0
    other = crossfit(
        Logged.of(action, changed, propensities=np.full(3, 1 / 3), context=x, cluster=np.arange(n) // 2)
    )
    assert (other[:2] == model[:2]).all()
    assert (other[2:] != model[2:]).any()


@pytest.mark.parametrize("learner", ["auto", "mean", "ridge", "boosting"])
def test_every_learner_predicts_probabilities_also_from_little(learner: Any) -> None:
    rng = np.random.default_rng(1)
    for n in (1, 2, 7, 300):
        reward = rng.integers(0, 2, n).astype(float)
        log = Logged.of(
            rng.integers(0, 2, n), reward, propensities=[0.5, 0.5], context=rng.normal(size=(n, 2))
        )
        model = crossfit(log, learner=learner)
        assert model.shape == (n, 2)
        assert ((model >= 0) & (model <= 1)).all()
    with pytest.raises(UsageError):
        crossfit(log, folds=1)


def _warehouse(rows: list[dict[str, Any]], outcomes: list[dict[str, Any]]) -> Warehouse:
    warehouse = Warehouse(DuckDBEngine())
    warehouse.engine.append("interventions", pa.Table.from_pylist(rows))
    warehouse.engine.append("outcomes", pa.Table.from_pylist(outcomes))
    return warehouse


def _decision(number: int, incentive: str, vector: dict[str, float] | None, **more: Any) -> dict[str, Any]:
    when = DAY + timedelta(days=number % 50)
    return {
        "decision_id": f"d{number:04}",
        "customer_id": f"c{number % 150:04}",
        "incentive": incentive,
        "cost": 5.0,
        "propensities": None if vector is None else json.dumps(vector),
        "propensity": None,
        "held_out": False,
        "executed_at": when,
        "recorded_at": when,
        **more,
    }


def _outcome(number: int, retained: bool, days: int = 60, revenue: float | None = 40.0) -> dict[str, Any]:
    when = DAY + timedelta(days=days + number % 50)
    return {
        "outcome_id": f"o{number:04}",
        "decision_id": f"d{number:04}",
        "customer_id": f"c{number % 150:04}",
        "retained": retained,
        "revenue": revenue,
        "observed_at": when,
        "recorded_at": when,
    }


def test_from_the_warehouse_as_it_was_known() -> None:
    vector = {"none": 0.2, "fixed_credit": 0.7, "old_offer": 0.1}
    rows, outcomes = [], []
    for number in range(200):
        incentive = ("fixed_credit", "none", "old_offer")[min(2, number % 10 // 4)]
        rows.append(_decision(number, incentive, vector, held_out=number % 10 == 0))
        outcomes.append(_outcome(number, number % 3 > 0))
    rows.append(_decision(900, "none", None))  # no probability at all
    outcomes.append(_outcome(900, True))
    rows.append(_decision(901, "none", {"none": 0.4}))  # a vector that does not sum to 1
    outcomes.append(_outcome(901, True))
    rows.append(_decision(902, "none", None, propensity=0.5))  # past data: only its own
    outcomes.append(_outcome(902, True))
    rows.append(_decision(903, "none", vector))  # learned only later
    outcomes.append(_outcome(903, True, days=400))
    warehouse = _warehouse(rows, outcomes)
    log = from_warehouse(warehouse, AS_OF, ("none", "fixed_credit"))
    assert log.actions == ("none", "fixed_credit", "old_offer")
    assert len(log) == 201
    assert log.ids is not None
    assert log.ids[-1] == "d0902"
    assert log.known.sum() == 200
    held = log.ids == "d0000"
    assert log.action[held][0] == 0
    assert log.propensity[held][0] == 0.2
    assert log.clusters == 150
    assert log.per_week == pytest.approx(201 / 7, rel=0.01)
    text = " ".join(log.notes)
    assert "1 decisions have no outcome yet" in text
    assert "1 decisions have no usable probability" in text
    assert "1 decisions have probabilities that do not sum to 1" in text
    assert "No longer in the catalogue" in text
    assert ips(log, [1.0, 0.0, 0.0]).value > 0

    net = from_warehouse(warehouse, AS_OF, ("none", "fixed_credit"), reward="net")
    assert sorted(set(net.reward.tolist())) == [35.0, 40.0]  # doing nothing costs nothing, held out or not
    assert net.reward_bounds is None

    old = from_warehouse(warehouse, AS_OF, ("none", "fixed_credit"), horizon_days=130)
    assert old.missing is not None
    assert 0 <= old.missing < 0.02
    assert any("younger than 130 days" in note for note in old.notes)


def test_an_empty_warehouse_says_what_is_missing() -> None:
    with pytest.raises(NotEnoughData, match="no past decision"):
        from_warehouse(Warehouse(DuckDBEngine()), AS_OF, ("none", "fixed_credit"))
    with pytest.raises(UsageError, match="Unknown reward"):
        from_warehouse(Warehouse(DuckDBEngine()), AS_OF, ("none",), reward="clicks")  # type: ignore[arg-type]
