"""The converted trees against LightGBM itself: the same bits of scores, the same contributions."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations

import lightgbm
import numpy as np
import pytest

from retinue.churn.forest import Converted, NotConvertible
from retinue.churn.forest import contributions as by_patterns
from retinue.churn.forest.evaluate import log_odds
from retinue.churn.forest.intervals import ZERO, Split, codes_of, intervals
from retinue.churn.forest.model_text import read_forest
from retinue.churn.forest.paths import paths_of
from retinue.churn.forest.probes import probes
from retinue.churn.forest.shapley import shares, tables

KINDS = (
    "plain",
    "missing",
    "zero_missing",
    "no_missing",
    "categorical",
    "deep",
    "stumps",
    "constant",
    "many_edges",
)


def grown(kind: str, seed: int, rows: int = 1200):
    """A random model of a kind, and rows like those it learned from."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, 8))
    matrix[:, 1] = np.round(matrix[:, 1] * 2)
    matrix[:, 2] *= rng.random(rows) < 0.5
    matrix[:, 3] = 7.0  # the same for everybody
    matrix[:, 4] = rng.integers(0, 30, rows)
    if kind in ("missing", "zero_missing", "categorical", "deep"):
        matrix[rng.random(matrix.shape) < 0.2] = np.nan
    if kind == "many_edges":
        matrix[:, [1, 2, 4, 5, 6, 7]] = 0.0
    known = np.nan_to_num(matrix)
    score = known[:, 0] * known[:, 5] + np.isnan(matrix[:, 6]) + (known[:, 4] % 3 == 1) + known[:, 2]
    outcome = (rng.random(rows) < 1 / (1 + np.exp(-score))).astype(float)
    settings = {"objective": "binary", "num_leaves": 12, "min_data_in_leaf": 5, "seed": seed, "verbosity": -1}
    settings |= {"num_threads": 1, "deterministic": True}
    settings |= {
        "zero_missing": {"zero_as_missing": True},
        "no_missing": {"use_missing": False},
        "categorical": {"max_cat_to_onehot": 4, "min_data_per_group": 5, "cat_smooth": 1.0},
        "deep": {"num_leaves": 60, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0.0},
        "stumps": {"num_leaves": 2},
        "constant": {"min_gain_to_split": 1e9},
        "many_edges": {"num_leaves": 60, "max_bin": 2000, "min_data_in_leaf": 1, "min_data_in_bin": 1},
    }.get(kind, {})
    columns = [3, 4] if kind == "categorical" else "auto"
    data = lightgbm.Dataset(matrix, outcome, categorical_feature=columns, params=settings)
    return lightgbm.train(settings, data, 15), matrix


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_scores_have_the_bits_of_lightgbm_and_contributions_its_values(kind, seed):
    model, matrix = grown(kind, seed)
    text = model.model_to_string()
    converted = Converted.of(text, model)
    rows = np.vstack([probes(converted.forest)[:300], matrix[:500]])
    raw = model.predict(rows, raw_score=True)
    assert np.array_equal(log_odds(converted.forest, rows), raw)
    assert np.array_equal(converted.log_odds(rows[:400]), raw[:400])
    assert [converted.one(row) for row in rows[:100]] == raw[:100].tolist()
    shares_ = converted.contributions(rows)
    assert np.abs(shares_ - model.predict(rows, pred_contrib=True)).max() < 1e-9
    assert np.abs(shares_.sum(axis=1) - raw).max() < 1e-9


def test_threads_score_one_row_each_without_disturbing_one_another():
    model, matrix = grown("plain", 1)
    converted = Converted.of(model.model_to_string(), model)
    rows = np.ascontiguousarray(np.tile(matrix[:400], (5, 1)))
    expected = model.predict(rows, raw_score=True).tolist()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(converted.one, rows)) == expected


@pytest.mark.parametrize("kind", ["categorical", "deep"])
def test_a_row_alone_has_the_bits_it_has_among_others(kind, monkeypatch):
    model, matrix = grown(kind, 3)
    converted = Converted.of(model.model_to_string(), model)
    assert len(matrix) >= by_patterns.TABLES_FROM
    among = converted.contributions(matrix)
    few = np.vstack([converted.contributions(matrix[row : row + 1]) for row in range(0, 1200, 60)])
    assert np.array_equal(few, among[::60])
    monkeypatch.setattr(by_patterns, "ROWS", 511)  # other blocks, and more paths without a whole table
    assert np.array_equal(converted.contributions(matrix), among)


def test_a_model_kinds_are_what_they_are_called():
    """Otherwise the tests above would prove less than they say."""
    forests = {kind: read_forest(grown(kind, 1)[0].model_to_string()) for kind in KINDS}
    assert forests["categorical"].sets
    assert forests["zero_missing"].sets
    assert not forests["plain"].sets
    assert max(np.diff(paths_of(forests["deep"]).step)) > 3  # one feature over and over
    assert max(len(edges) for edges in forests["many_edges"].edges) > 255  # more than a byte can tell apart
    assert forests["constant"].feature.size == 0  # a tree that does not ask anything


def test_contributions_are_the_shapley_values_of_the_definition():
    """Against the sum over all sets of features, leaf by leaf."""
    rng = np.random.default_rng(0)
    for features in (1, 2, 5):
        value, ratio = float(rng.normal()), rng.random(features)
        for pattern in range(1 << features):
            met = np.array([pattern >> i & 1 for i in range(features)], dtype=float)
            got = shares(np.array([value]), ratio[:, None], met[:, None, None]).ravel()
            want = [_shapley(value, ratio, met, feature) for feature in range(features)]
            np.testing.assert_allclose(got, want, atol=1e-14)
            assert np.array_equal(tables(np.array([value]), ratio[:, None])[0, :, pattern], got)


def _shapley(value, ratio, met, feature):
    others = [i for i in range(len(ratio)) if i != feature]
    total = 0.0
    for size in range(len(others) + 1):
        weight = math.factorial(size) * math.factorial(len(others) - size) / math.factorial(len(ratio))
        for known in combinations(others, size):
            rest = math.prod(met[i] if i in known else ratio[i] for i in others)
            total += weight * value * rest * (met[feature] - ratio[feature])
    return total


def test_values_at_a_threshold_and_the_next_double_are_told_apart():
    edges, _, _ = intervals(1, [Split.of_threshold(0, 0.1, "nan", default_left=False)])
    above = np.nextafter(0.1, 1)
    assert codes_of(edges[0], np.array([0.1, above, np.nan])).tolist() == [1, 2, 0]
    assert np.float32(0.1) == np.float32(above)  # what a conversion to 32 bits would confuse
    zero, _, _ = intervals(1, [Split.of_threshold(0, 1e-180, "none", default_left=False)])
    assert codes_of(zero[0], np.array([0.0, ZERO / 2, ZERO, 2 * ZERO])).tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"objective": "multiclass", "num_class": 3}, "3 classes"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "mean of its trees"),
        ({"linear_tree": True}, "linear models"),
    ],
)
def test_what_has_no_such_form_says_why(settings, reason):
    rng = np.random.default_rng(0)
    matrix, outcome = rng.normal(size=(300, 3)), rng.integers(0, 3, 300)
    if "num_class" not in settings:
        outcome = outcome > 0
    whole = {"objective": "binary", "verbosity": -1, "num_leaves": 4, **settings}
    model = lightgbm.train(whole, lightgbm.Dataset(matrix, outcome, params=whole), 3)
    with pytest.raises(NotConvertible, match=reason):
        Converted.of(model.model_to_string(), model)


def test_a_text_of_another_shape_is_not_guessed_at():
    text = grown("plain", 1)[0].model_to_string()
    for old, new, reason in (
        ("version=v4", "version=v9", "version 'v9'"),
        ("leaf_count=", "leaf_tally=", "cannot be read: KeyError\\('leaf_count'\\)"),
        ("left_child=", "left_child=x ", "cannot be read: ValueError"),
    ):
        with pytest.raises(NotConvertible, match=reason):
            read_forest(text.replace(old, new, 1))


def test_a_conversion_that_differs_from_its_model_is_refused():
    model, _ = grown("plain", 1)
    other, _ = grown("plain", 2)
    with pytest.raises(NotConvertible, match="its scores differ by"):
        Converted.of(model.model_to_string(), other)
    text = model.model_to_string()
    line = next(line for line in text.splitlines() if line.startswith("leaf_count="))
    first, rest = line.removeprefix("leaf_count=").split(" ", 1)
    bent = text.replace(line, f"leaf_count={int(first) + 40} {rest}", 1)
    with pytest.raises(NotConvertible, match="its contributions differ by"):
        Converted.of(bent, model)


def test_kept_bytes_give_the_same_and_damaged_ones_nothing():
    model, matrix = grown("categorical", 1)
    text = model.model_to_string()
    converted = Converted.of(text, model)
    content = converted.to_bytes(text)
    assert content == converted.to_bytes(text)
    back = Converted.from_bytes(content, text)
    assert np.array_equal(back.log_odds(matrix), converted.log_odds(matrix))
    assert np.array_equal(back.contributions(matrix), converted.contributions(matrix))
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    for damaged in (b"", b"\n", content[:-1], content + b"x", flipped):
        assert Converted.from_bytes(damaged, text) is None
    assert Converted.from_bytes(content, text + "\n") is None
