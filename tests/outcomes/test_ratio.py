"""The numbers per arm: the literal statistic, false alarms under daily looks, and what breaks it."""

import numpy as np
import pytest
from scipy.stats import chisquare

from retinue.outcomes import sample_ratio


def arms(rng, n, h=0.1):
    return np.where(rng.random(n) < h, "holdout", "treatment")


def chances(n, h=0.1):
    return {"treatment": np.full(n, 1 - h), "holdout": np.full(n, h), "usual": np.zeros(n)}


def test_the_statistic_is_the_textbooks() -> None:
    drawn = arms(np.random.default_rng(1), 800)
    found = sample_ratio(drawn, chances(800))
    held = int((drawn == "holdout").sum())
    wanted = chisquare([800 - held, held], [720, 80])
    assert (found.chi_square, found.p_value) == pytest.approx(tuple(wanted))
    assert "usual" not in found.found


def test_looked_at_daily_it_rarely_raises_a_false_alarm_and_the_e_value_hardly_ever() -> None:
    alarms = evidence = 0
    for seed in range(300):
        drawn = arms(np.random.default_rng(seed), 3000)
        looks = [sample_ratio(drawn[:n], chances(n)) for n in range(100, 3001, 100)]
        alarms += any(look.broken for look in looks)
        evidence += any(look.e_value >= 100 for look in looks)
    assert alarms <= 9
    assert evidence <= 3


def test_a_lost_tenth_of_the_treated_is_found() -> None:
    rng = np.random.default_rng(2)
    drawn = arms(rng, 20_000)
    kept = drawn[(drawn == "holdout") | (rng.random(20_000) > 0.2)]
    found = sample_ratio(kept, chances(len(kept)))
    assert found.broken
    assert found.e_value > 1000
    assert "hidden" in found.statement


def test_different_shares_over_time_and_three_arms() -> None:
    rng = np.random.default_rng(3)
    h = np.where(np.arange(4000) < 2000, 0.1, 0.3)
    place = rng.random(4000)
    drawn = np.where(place < h, "holdout", np.where(place > 0.8, "usual", "treatment"))
    all_three = {"treatment": 0.8 - h, "usual": np.full(4000, 0.2), "holdout": h}
    assert sample_ratio(drawn, all_three).p_value > 0.01
    assert sample_ratio(drawn, {**all_three, "holdout": np.full(4000, 0.1)}).broken
    assert sample_ratio(np.array([], dtype=str), chances(0)).p_value == 1.0
