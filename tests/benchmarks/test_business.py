"""The business that is measured: what the peers read is what Retinue knows."""

from __future__ import annotations

import pandas as pd
import pytest
from benchmarks.business import END, Business, prepare
from benchmarks.quality import later_truth, ranking
from benchmarks.whole import training_days


@pytest.fixture(scope="module")
def business(tmp_path_factory: pytest.TempPathFactory) -> Business:
    folder = tmp_path_factory.mktemp("bench")
    return prepare(folder, customers=300, events_per_customer_year=20.0, seed=3)


def test_a_second_preparation_makes_nothing_again(business: Business) -> None:
    made = business.raw / "events.parquet"
    before = made.stat().st_mtime_ns
    again = prepare(business.raw.parent, customers=300, events_per_customer_year=20.0, seed=3)
    assert made.stat().st_mtime_ns == before
    assert again == business
    assert business.past < END
    assert all(count > 0 for count in business.rows.values())


@pytest.mark.slow
def test_another_business_replaces_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("other")
    small = prepare(folder, customers=60, events_per_customer_year=5.0, seed=3)
    larger = prepare(folder, customers=90, events_per_customer_year=5.0, seed=3)
    assert larger.rows["customers"] > small.rows["customers"]


def test_the_truth_ranks_itself_perfectly(business: Business) -> None:
    truth = later_truth(business.loaded, business.past, END)
    assert set(truth["churned"]) == {0.0, 1.0}
    perfect = truth.assign(churn_probability=truth["churned"] * 0.8 + 0.1)
    blind = truth.assign(churn_probability=0.5).iloc[:-1]
    found = ranking(perfect, blind, truth, seed=1)
    assert found.models["model"]["auc"].value == 1.0
    assert found.models["usual"]["auc"].value == 0.5
    assert (found.only_ours, found.only_theirs) == (1, 0)
    assert found.agreed == pytest.approx((len(truth) - 1) / len(truth))


def test_training_days_leave_their_outcomes_before_the_day_of_the_run(business: Business) -> None:
    days = pd.to_datetime(training_days(business))
    assert len(days) >= 3
    assert (days.max() + pd.Timedelta(days=business.horizon_days)).tz_localize("UTC") <= business.past
