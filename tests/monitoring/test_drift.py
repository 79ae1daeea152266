"""Every kind of change gets its verdict and its words; every oddity gets a verdict and no crash."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retinue.monitoring import FeatureDrift, compare

ROWS = 3000


def judged(before: Any, now: Any) -> FeatureDrift:
    (found,) = compare({"x": before}, {"x": now}).features
    return found


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_a_unit_change_is_major(rng: np.random.Generator) -> None:
    values = rng.lognormal(3, 1, ROWS)
    found = judged(values, 100 * rng.lognormal(3, 1, ROWS))
    assert found.verdict == "major"
    assert found.psi is not None
    assert found.noise is not None
    assert found.psi > 1 > found.noise
    assert found.p_value == pytest.approx(0, abs=1e-12)


def test_a_small_shift_is_moderate_and_a_tiny_one_stable(rng: np.random.Generator) -> None:
    before = rng.normal(size=ROWS)
    assert judged(before, rng.normal(0.4, 1, ROWS)).verdict == "moderate"
    assert judged(before, rng.normal(0.1, 1, ROWS)).verdict == "stable"
    assert judged(before, before).statement == "x: no change."


def test_missing_values_that_appear_are_drift(rng: np.random.Generator) -> None:
    before, now = rng.normal(size=ROWS), rng.normal(size=ROWS)
    now[rng.random(ROWS) < 0.3] = np.nan
    found = judged(before, now)
    assert found.verdict == "major"
    assert (found.missing_before, found.missing_now) == (0.0, np.isnan(now).mean())
    assert found.statement == f"x: {100 * np.isnan(now).mean():.0f} % are unknown, were 0 %."
    assert judged(before, np.full(ROWS, np.nan)).statement == "x: 100 % are unknown, were 0 %."
    assert judged(np.full(ROWS, np.nan), before).verdict == "major"
    assert judged(np.full(ROWS, np.nan), np.full(ROWS, np.nan)).verdict == "stable"


def test_infinities_count_as_unknown_and_are_told(rng: np.random.Generator) -> None:
    before, now = rng.normal(size=ROWS), rng.normal(size=ROWS)
    now[:1500], now[1500:2000] = np.inf, -np.inf
    found = judged(before, now)
    assert found.missing_now == pytest.approx(2 / 3)
    assert "2,000 infinite values count as unknown" in found.statement


def test_a_constant_that_changes_is_drift() -> None:
    assert judged(np.full(ROWS, 7.0), np.full(ROWS, 7.0)).verdict == "stable"
    found = judged(np.full(ROWS, 7.0), np.full(ROWS, 8.0))
    assert found.verdict == "major"
    assert "0 % are 7, were 100 %" in found.statement


def test_a_new_category_is_drift() -> None:
    found = judged(["basic", "pro"] * ROWS, ["basic", "pro", "team"] * ROWS)
    assert found.verdict == "major"
    assert found.statement == "x: 33 % are none of the values known before, were 0 %."


def test_columns_that_come_and_go_have_verdicts_of_their_own(rng: np.random.Generator) -> None:
    same = rng.normal(size=ROWS)
    found = compare({"same": same, "old": same}, {"same": same, "fresh": same})
    assert [(one.feature, one.verdict) for one in found.features] == [
        ("old", "vanished"),
        ("fresh", "new"),
        ("same", "stable"),
    ]
    assert found.verdicts == {"vanished": 1, "new": 1, "stable": 1}
    assert [one.feature for one in found.drifted] == ["old"]


def test_a_column_that_changes_its_type_is_not_comparable() -> None:
    numbers, words = np.arange(100.0), ["a", "b"] * 50
    assert "numbers before, text now" in judged(numbers, words).statement
    assert "text before, another type now" in judged(words, numbers).statement
    dates = pd.to_datetime(["2026-01-01"] * 100)
    assert judged(numbers, dates).verdict == judged(dates, dates).verdict == "not comparable"


def test_a_column_that_was_empty_may_become_text_or_numbers() -> None:
    nothing = pd.Series([None] * 100, dtype=object)
    assert judged(nothing, ["a", "b"] * 50).verdict == "major"
    assert judged(nothing, np.arange(100.0)).verdict == "major"
    assert judged(["a", "b"] * 50, nothing).verdict == "major"
    assert judged(nothing, nothing).verdict == "stable"


@pytest.mark.parametrize("rows", [0, 1, 2, 9])
def test_almost_no_rows_never_say_stable_or_drifted(rng: np.random.Generator, rows: int) -> None:
    many, few = rng.normal(size=ROWS), rng.normal(5, 1, size=rows)
    expected = "unclear" if rows else "not comparable"
    assert judged(many, few[: min(rows, 2)]).verdict == expected
    assert judged(few, many).verdict == expected
    assert judged(few, few).verdict == expected


def test_tables_without_features_or_rows() -> None:
    assert compare({}, {}).statement == "There is no feature to compare."
    empty = pd.DataFrame({"customer_id": [], "x": []})
    assert compare(empty, empty).verdicts == {"not comparable": 1}


def test_the_most_drifted_come_first_and_all_is_json(rng: np.random.Generator) -> None:
    before = {name: rng.normal(size=ROWS) for name in "abc"}
    now = {"a": rng.normal(0.5, 1, ROWS), "b": rng.normal(2, 1, ROWS), "c": rng.normal(size=ROWS)}
    found = compare(before, now)
    assert [one.feature for one in found.features] == ["b", "a", "c"]
    assert [one.feature for one in found.drifted] == ["b", "a"]
    body = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert body["statement"].startswith("2 of 3 features drifted")
    assert body["rows_now"] == ROWS


def test_a_feature_of_the_catalogue_is_called_as_there(rng: np.random.Generator) -> None:
    name = "days_since_last_login"
    (found,) = compare({name: rng.exponential(5, ROWS)}, {name: rng.exponential(50, ROWS)}).features
    assert found.label == "days since the last login"
    assert found.statement.startswith("days since the last login: ")
