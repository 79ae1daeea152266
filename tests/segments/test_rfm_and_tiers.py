"""RFM scores and names; value tiers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.errors import ArtefactError, DataError, UsageError
from retinue.segments import RFM_NAMES, RfmModel, fit_rfm, rfm, value_tier

TIERS = {"Basic": 0.0, "Standard": 500.0, "Premium": 2000.0, "Enterprise": 5000.0}


def _frame(recency: list[float], days: list[float], mean: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"days_since_last_transaction": recency, "purchase_days": days, "mean_purchase_value": mean}
    )


def test_fifths_without_ties() -> None:
    n = np.arange(1.0, 101.0)
    scores = rfm(_frame(list(n), list(n), list(n)))
    assert scores["frequency_score"].value_counts().tolist() == [20] * 5
    assert scores["recency_score"].iloc[[0, 19, 20, 99]].tolist() == [5, 5, 4, 1]
    assert scores["monetary_score"].iloc[[0, 99]].tolist() == [1, 5]


def test_ties_share_a_score_whatever_the_order() -> None:
    frame = _frame([5.0] * 50 + [90.0] * 50, [1.0] * 80 + [9.0] * 20, [10.0] * 100)
    scores = rfm(frame)
    assert scores["recency_score"].tolist() == [4] * 50 + [2] * 50
    assert scores["frequency_score"].tolist() == [3] * 80 + [5] * 20
    shuffled = frame.sample(frac=1.0, random_state=3)
    assert rfm(shuffled).sort_index().equals(scores)


def test_all_alike_stand_in_the_middle() -> None:
    scores = rfm(_frame([7.0] * 9, [2.0] * 9, [10.0] * 9))
    assert (scores.iloc[:, :3] == 3).all(axis=None)
    assert set(scores["rfm_segment"]) == {RFM_NAMES[3][2]}


def test_every_combination_has_a_name() -> None:
    model = RfmModel((-4.0, -3.0, -2.0, -1.0), (1.0, 2.0, 3.0, 4.0), (1.0, 2.0, 3.0, 4.0))
    for r in range(1, 6):
        for f in range(1, 6):
            for m in range(1, 6):
                # Recency scores best first: 0.5 days is above the last cut, 4.5 below the first.
                row = model.assign(_frame([5.5 - r], [f - 0.5], [(m - 0.5) / (f - 0.5)])).iloc[0]
                assert row.tolist() == [r, f, m, RFM_NAMES[r][(f + m + 1) // 2 - 1]]


def test_those_who_never_bought_and_small_tables() -> None:
    nan = float("nan")
    scores = rfm(_frame([nan, 3.0, nan], [0.0, 1.0, nan], [nan, 5.0, nan]))
    assert scores["rfm_segment"].tolist()[0] == scores["rfm_segment"].tolist()[2] == "No purchases"
    assert scores.iloc[0, :3].tolist() == [0, 0, 0]
    assert scores.iloc[1, :3].tolist() == [3, 3, 3]
    assert len(rfm(_frame([], [], []))) == 0
    assert rfm(_frame([nan], [0.0], [nan]))["rfm_segment"].tolist() == ["No purchases"]
    with pytest.raises(DataError, match="purchase_days"):
        rfm(pd.DataFrame({"days_since_last_transaction": [1.0], "mean_purchase_value": [1.0]}))


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 6), st.integers(1, 9)), min_size=1, max_size=60))
def test_better_is_never_scored_worse_and_rows_alone_equal_the_batch(
    rows: list[tuple[int, int, int]],
) -> None:
    frame = _frame(*(list(map(float, part)) for part in zip(*rows, strict=True)))
    model = fit_rfm(frame)
    scores = model.assign(frame)
    ordered = scores.assign(days=frame["purchase_days"], gap=frame["days_since_last_transaction"])
    assert ordered.sort_values("days")["frequency_score"].is_monotonic_increasing
    assert ordered.sort_values("gap")["recency_score"].is_monotonic_decreasing
    again = RfmModel.from_bytes(model.to_bytes())
    assert again == model
    assert again.assign(frame.iloc[[-1]]).iloc[0].tolist() == scores.iloc[-1].tolist()


def test_bytes_of_something_else_are_refused() -> None:
    for data in (b"", b"{}", b"[]"):
        with pytest.raises(ArtefactError):
            RfmModel.from_bytes(data)


def test_tiers_begin_at_their_threshold() -> None:
    values = [-5.0, 0.0, 499.99, 500.0, 1999.0, 2000.0, 5000.0, 1e9, float("nan"), float("inf")]
    names = value_tier(values, TIERS).tolist()
    assert names == [
        *["Basic"] * 3,
        *["Standard"] * 2,
        "Premium",
        *["Enterprise"] * 2,
        "Basic",
        "Enterprise",
    ]
    assert value_tier([], TIERS).tolist() == []
    reordered = dict(reversed(TIERS.items()))
    assert value_tier(values, reordered).tolist() == names


@pytest.mark.parametrize("tiers", [{}, {"A": 1.0, "B": 1.0}, {"A": float("nan")}])
def test_tiers_that_make_no_sense(tiers: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        value_tier([1.0], tiers)
