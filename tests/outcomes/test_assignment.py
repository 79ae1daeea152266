"""The arm of a customer: fixed for life, nested in its share, and carried through a merge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.campaigns import is_held_out
from retinue.errors import SettingsError
from retinue.outcomes import assign
from retinue.settings import HoldoutSettings

IDS = [f"customer-{number}" for number in range(20_000)]


def test_shares_come_out_and_the_holdout_is_that_of_the_decisions() -> None:
    shares = HoldoutSettings(share=0.1, usual_share=0.25)
    found = assign(IDS, shares)
    for arm, share in (("holdout", 0.1), ("usual", 0.25), ("treatment", 0.65)):
        assert abs((found.arm == arm).mean() - share) < 4 * np.sqrt(share * (1 - share) / len(IDS))
        assert np.allclose(found[arm], share)
    assert ((found.arm == "holdout").to_numpy() == is_held_out(IDS, shares)).all()


@given(st.floats(0, 0.45), st.floats(0, 0.45), st.floats(0, 0.45))
def test_a_larger_share_contains_the_smaller_and_moves_nobody_else(
    one: float, other: float, h: float
) -> None:
    small, large = sorted((one, other))
    few = assign(IDS[:300], HoldoutSettings(share=h, usual_share=small)).arm
    many = assign(IDS[:300], HoldoutSettings(share=h, usual_share=large)).arm
    assert ((few == many) | ((few == "treatment") & (many == "usual"))).all()


def test_membership_depends_on_the_id_alone() -> None:
    arms = dict(zip(IDS, assign(IDS, HoldoutSettings(usual_share=0.2)).arm, strict=True))
    some = IDS[::-13]
    assert assign(some, HoldoutSettings(usual_share=0.2)).arm.tolist() == [arms[i] for i in some]
    assert assign([], HoldoutSettings()).empty


@given(st.lists(st.sampled_from(IDS[:400]), min_size=1, max_size=4, unique=True))
def test_a_merged_customer_stays_held_out_if_any_part_was(ids: list[str]) -> None:
    shares = HoldoutSettings(share=0.3, usual_share=0.3)
    single = set(assign(ids, shares).arm)
    whole = assign(ids[:1], shares, merged={ids[0]: ids[1:]}).arm[0]
    expected = "holdout" if "holdout" in single else "usual" if "usual" in single else "treatment"
    assert whole == expected


def test_probabilities_of_merged_customers_are_those_that_come_out() -> None:
    shares = HoldoutSettings(share=0.1, usual_share=0.2)
    merged = {IDS[i]: (IDS[i + 1], IDS[i + 2]) for i in range(0, 19_998, 3)}
    found = assign(list(merged), shares, merged=merged)
    for arm in ("holdout", "usual", "treatment"):
        assert (found.arm == arm).mean() == pytest.approx(found[arm].iloc[0], abs=0.02)
    assert np.allclose(found[["holdout", "usual", "treatment"]].sum(axis=1), 1.0)
    assert found.holdout.iloc[0] == pytest.approx(1 - 0.9**3)


def test_a_salt_with_a_date_is_refused() -> None:
    with pytest.raises(SettingsError):
        assign(["C1"], HoldoutSettings(salt="spring-2026"))
