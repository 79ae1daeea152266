"""Survival curves against a textbook's values, and against the definition read literally."""

from __future__ import annotations

import math

import numpy as np

from retinue.churn.kaplan_meier import Z95, kaplan_meier

# Weeks in remission under 6-mercaptopurine; 0: still in remission when last seen.
# Freireich et al. (1963), the example of Kalbfleisch and Prentice and of Cox and Oakes.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
BOOK = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
GREENWOOD = {6: 0.0764, 7: 0.0869, 10: 0.0963, 13: 0.1068, 16: 0.1141, 22: 0.1282, 23: 0.1346}


def test_the_textbooks_values_come_out() -> None:
    found = kaplan_meier(np.array(WEEKS), np.array(ENDED, dtype=bool))
    assert {week: round(float(found.share[week]), 4) for week in BOOK} == BOOK
    for week, sd in GREENWOOD.items():
        share = float(found.share[week])
        # the band of the log of minus the log of the share, from the book's standard error
        wide = Z95 * sd / share / abs(math.log(share))
        assert abs(found.low[week] - share ** math.exp(wide)) < 5e-4
        assert abs(found.high[week] - share ** math.exp(-wide)) < 5e-4
    assert (found.median, found.followed[6], found.followed[7]) == (23, 21, 17)


def test_it_is_the_definition_read_literally() -> None:
    rng = np.random.default_rng(4)
    days, left = rng.integers(0, 60, 300), rng.random(300) < 0.4
    found = kaplan_meier(days, left)
    share, green = 1.0, 0.0
    for day in range(int(days.max()) + 1):
        followed = int((days >= day).sum())
        leaving = int(((days == day) & left).sum())
        share *= 1 - leaving / followed
        green += leaving / (followed * (followed - leaving)) if followed > leaving else 0.0
        assert found.followed[day] == followed
        assert math.isclose(found.share[day], share, rel_tol=1e-12)
        if 0 < share < 1:
            wide = Z95 * math.sqrt(green) / abs(math.log(share))
            assert math.isclose(found.low[day], share ** math.exp(wide), rel_tol=1e-9)
            assert math.isclose(found.high[day], share ** math.exp(-wide), rel_tol=1e-9)


def test_the_ends_have_no_band_that_says_nothing() -> None:
    stays = kaplan_meier(np.array([5, 9]), np.array([False, False]))
    assert stays.share.tolist() == stays.low.tolist() == stays.high.tolist() == [1.0] * 10
    assert stays.median is None
    gone = kaplan_meier(np.array([2, 2]), np.array([True, True]))
    assert (gone.share[2], gone.low[2], gone.high[2], gone.median) == (0.0, 0.0, 0.0, 2)
