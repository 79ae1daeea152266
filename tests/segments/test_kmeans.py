"""Clusters of behaviour: chosen, stable, named, replayable."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from retinue.errors import ArtefactError
from retinue.segments import KMeansModel, fit_kmeans, load_model
from retinue.segments.behaviour import BEHAVIOUR, cluster_names
from retinue.segments.kmeans import ALL_CUSTOMERS


@pytest.fixture(scope="module")
def fitted(three_kinds: pd.DataFrame) -> KMeansModel:
    return fit_kmeans(three_kinds, seed=4)


def test_planted_kinds_are_found_and_named(fitted: KMeansModel, three_kinds: pd.DataFrame) -> None:
    names = fitted.assign(three_kinds)
    parts = [set(names[i * 200 : (i + 1) * 200]) for i in range(3)]
    assert [len(part) for part in parts] == [1, 1, 1]
    first, second, third = (part.pop() for part in parts)
    assert len({first, second, third}) == 3
    assert "requent" in first
    assert "igh spend" in second
    assert "eavy support" in third
    summary = fitted.summary()
    assert summary["clusters"] == 3
    assert summary["stability"] > 0.95
    assert sum(summary["sizes"].values()) == 600
    assert [judged["k"] for judged in summary["tried"]] == list(range(2, 9))
    json.dumps(summary, allow_nan=False)


def test_rows_alone_equal_the_batch(fitted: KMeansModel, three_kinds: pd.DataFrame) -> None:
    batch = fitted.assign(three_kinds)
    alone = [fitted.assign(three_kinds.iloc[[i]]).iloc[0] for i in range(0, 600, 37)]
    assert alone == batch.iloc[::37].tolist()


def test_bytes_seed_and_order(fitted: KMeansModel, three_kinds: pd.DataFrame) -> None:
    data = fitted.to_bytes()
    assert load_model(data) == fitted or load_model(data).to_bytes() == data
    assert load_model(data).assign(three_kinds).equals(fitted.assign(three_kinds))
    shuffled = three_kinds.sample(frac=1.0, random_state=2)
    assert fit_kmeans(shuffled, seed=4).to_bytes() == data
    for other in (b"", b"{}", b"[]"):
        with pytest.raises(ArtefactError):
            load_model(other)


def test_missing_values_and_columns(fitted: KMeansModel, three_kinds: pd.DataFrame) -> None:
    holes = three_kinds.mask(np.random.default_rng(2).random(three_kinds.shape) < 0.1)
    holes["customer_id"] = three_kinds["customer_id"]
    holes["mrr"] = np.nan
    model = fit_kmeans(holes, seed=4)
    assert "mrr" not in model.summary()["features"]
    assert set(model.assign(holes)) <= set(model.names)
    assert set(fitted.assign(three_kinds[["customer_id"]])) <= set(fitted.names)


@pytest.mark.parametrize("rows", [0, 1, 49])
def test_few_customers_are_one_segment(three_kinds: pd.DataFrame, rows: int) -> None:
    model = fit_kmeans(three_kinds.iloc[:rows], seed=1)
    assert model.names == (ALL_CUSTOMERS,)
    assert "needed" in model.summary()["criterion"]
    assert set(model.assign(three_kinds)) == {ALL_CUSTOMERS}
    assert load_model(model.to_bytes()) == model


def test_customers_who_are_all_alike_are_one_segment() -> None:
    frame = pd.DataFrame({"tenure_days": [5.0] * 100, "mrr": [np.nan] * 100, "other": range(100)})
    assert fit_kmeans(frame, seed=1).names == (ALL_CUSTOMERS,)
    two = pd.DataFrame({"tenure_days": [5.0, 400.0] * 50})
    model = fit_kmeans(two, seed=1)
    assert set(model.assign(two)) <= set(model.names)


def test_structureless_customers_are_said_to_have_soft_borders() -> None:
    draw = np.random.default_rng(6)
    names = [trait.feature for trait in BEHAVIOUR]
    frame = pd.DataFrame({name: draw.gamma(5.0, 10.0, 400) for name in names})
    model = fit_kmeans(frame, seed=1)
    assert "not sharp" in model.summary()["criterion"] or model.summary()["stability"] >= 0.8
    assert len(set(model.names)) == len(model.names)


def test_names_are_unique_and_say_what_differs() -> None:
    traits = list(BEHAVIOUR[:4])
    assert cluster_names([[0.1, 0.0, 0.0, 0.0]], traits) == ["Typical"]
    same = cluster_names([[2.0, 1.0, 0.9, 0.8], [2.0, 1.0, 0.9, -0.8]], traits)
    assert same[0] != same[1]
    assert cluster_names([[1.0, 0, 0, 0]] * 3, traits) == ["Frequent", "Frequent (2)", "Frequent (3)"]
