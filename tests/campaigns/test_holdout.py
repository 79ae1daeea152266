"""The holdout: uniform, fixed for life, nested in its share, and blind to the calendar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from retinue.campaigns import check_salt, is_held_out
from retinue.errors import SettingsError
from retinue.incentives import uniforms
from retinue.settings import HoldoutSettings

IDS = [f"customer-{number}" for number in range(20_000)]


def test_share_and_uniformity():
    held = is_held_out(IDS, HoldoutSettings(share=0.1))
    assert abs(held.mean() - 0.1) < 4 * np.sqrt(0.09 / len(IDS))
    assert kstest(uniforms("retinue-holdout", IDS), "uniform").pvalue > 0.001


@given(st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_larger_share_contains_the_smaller(one, other):
    small, large = sorted((one, other))
    few = is_held_out(IDS[:500], HoldoutSettings(share=small))
    many = is_held_out(IDS[:500], HoldoutSettings(share=large))
    assert not (few & ~many).any()


def test_membership_depends_on_the_id_alone():
    held = dict(zip(IDS, is_held_out(IDS, HoldoutSettings()), strict=True))
    some = IDS[::-7]
    assert [held[i] for i in some] == is_held_out(some, HoldoutSettings()).tolist()
    assert not is_held_out(IDS, HoldoutSettings(share=0.0)).any()


def test_another_salt_is_another_holdout():
    one, other = (is_held_out(IDS, HoldoutSettings(salt=salt)) for salt in ("one", "other"))
    assert abs((one & other).mean() - 0.01) < 0.005


@pytest.mark.parametrize(
    "salt",
    [
        "holdout-2026",
        "1999",
        "h20260214",
        "202602",
        "14.02.26",
        "2-14-2026",
        "round-Q3",
        "fy26",
        "H2",
        "cw07",
        "week 7",
        "February",
        "holdout_feb",
        "MAY",
        "monday",
        "today",
    ],
)
def test_a_salt_that_holds_the_calendar_is_refused(salt):
    with pytest.raises(SettingsError, match="contains a") as caught:
        check_salt(salt)
    assert caught.value.where == "holdout.salt"
    with pytest.raises(SettingsError):
        is_held_out(["C1"], HoldoutSettings(salt=salt))


@pytest.mark.parametrize(
    "salt", ["retinue-holdout", "maybe", "marching", "q9", "9f86d081884c7d65", "120263", "decide", "x1899"]
)
def test_other_salts_are_welcome(salt):
    check_salt(salt)
