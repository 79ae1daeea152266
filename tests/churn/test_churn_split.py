"""The three parts, the gaps between them, and the dates that make them possible."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.churn import training_dates
from retinue.churn.dates import plan_dates
from retinue.churn.moments import DAY
from retinue.churn.split import sample_customers, split_by_customer, split_by_time, unit_hash
from retinue.settings import ChurnSettings

START = datetime(2025, 1, 1)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 50)), min_size=1, max_size=25),
    st.integers(7, 200),
)
def test_no_label_window_reaches_into_the_next_part(dates, window):
    rows = np.repeat([d for d, _ in dates], [n for _, n in dates]) * DAY
    cut = split_by_time(rows, window)
    if cut is None:
        return
    assert not (cut.train & cut.validation).any()
    assert not (cut.validation & cut.test).any()
    assert rows[cut.train].max() + window * DAY <= rows[cut.validation].min()
    assert rows[cut.validation].max() + window * DAY <= rows[cut.test].min()


@pytest.mark.parametrize("room", [200, 300, 430, 600, 900, 1500])
@pytest.mark.parametrize("horizon", [30, 60, 90])
def test_planned_dates_split_by_time_near_70_15_15(room, horizon):
    rules = ChurnSettings(horizon_days=horizon)
    days = plan_dates(1000, 1000 + room, rules)
    assert days[0] >= 1000
    assert days[-1] == 1000 + room
    assert days == sorted(set(days))
    assert 3 <= len(days) <= rules.training_dates
    cut = split_by_time(np.array(days) * DAY, horizon)
    assert cut is not None
    used = cut.train | cut.validation | cut.test
    assert used.all()
    assert 0.5 <= cut.train.mean() <= 0.8


def test_a_short_history_gives_fewer_dates_and_then_none():
    rules = ChurnSettings(horizon_days=90)
    assert len(plan_dates(0, 600, rules)) == 12
    assert 3 <= len(plan_dates(0, 200, rules)) < 12
    assert split_by_time(np.array(plan_dates(0, 150, rules)) * DAY, 90) is None
    assert plan_dates(0, 0, rules) == [0]
    assert plan_dates(0, -1, rules) == []


def test_a_given_spacing_is_kept():
    days = plan_dates(0, 700, ChurnSettings(horizon_days=60, training_spacing_days=30))
    assert set(np.diff(days).tolist()) == {30, 60}
    assert split_by_time(np.array(days) * DAY, 60) is not None


def test_training_dates_have_complete_windows(make_warehouse):
    """The last window, grace included, is over at the run's time, and dates are midnights."""
    warehouse = make_warehouse(
        transactions=[{"customer_id": f"c{i}", "date": day(i / 10 + 0.3), "amount": 1} for i in range(1000)],
        subscriptions=[{"customer_id": f"c{i}", "started_at": day(i / 10 + 0.3)} for i in range(1000)],
    )
    rules = ChurnSettings(horizon_days=60, grace_days=7)
    as_of = day(400.5)
    for definition in ("inactivity", "contractual"):
        dates = training_dates(warehouse, settings=rules, definition=definition, as_of=as_of)
        assert dates[-1] == day(333)
        assert dates[0] >= day(30)
        assert all(d.hour == d.minute == 0 and d.tzinfo is None for d in dates)
        assert training_dates(warehouse, settings=rules, definition=definition, as_of=day(60)) == []


def test_a_few_stray_early_rows_open_no_era(make_warehouse):
    rows = [{"customer_id": f"c{i}", "date": day(500), "amount": 1} for i in range(99)]
    rows.append({"customer_id": "stray", "date": datetime(1980, 1, 1), "amount": 1})
    dates = training_dates(
        make_warehouse(transactions=rows), settings=ChurnSettings(), definition="inactivity", as_of=day(1000)
    )
    assert dates[0] >= day(500)


def test_no_date_lies_before_contracts_could_end_or_behaviour_be_seen(make_warehouse):
    """A table that remembers only who was there when it began would teach that nobody leaves."""
    old = [{"customer_id": f"c{i}", "started_at": day(i)} for i in range(300)]
    rows = [row | ({"ended_at": day(400 + i)} if i % 3 == 0 else {}) for i, row in enumerate(old)]
    rules = ChurnSettings(horizon_days=30)
    dates = training_dates(
        make_warehouse(subscriptions=rows), settings=rules, definition="contractual", as_of=day(800)
    )
    assert dates[0] >= day(400)
    seen = [{"customer_id": f"c{i}", "event_type": "login", "timestamp": day(550 + i)} for i in range(100)]
    dates = training_dates(
        make_warehouse(subscriptions=rows, events=seen),
        settings=rules,
        definition="contractual",
        as_of=day(800),
    )
    assert dates[0] >= day(550)


def test_customers_are_split_whole_and_always_alike():
    names = np.array([f"c{i % 1000}" for i in range(3000)])
    cut = split_by_customer(names, seed=7, why="test")
    assert (cut.train.astype(int) + cut.validation + cut.test == 1).all()
    for mask in (cut.train, cut.validation, cut.test):
        others = set(names[~mask])
        assert not others & set(names[mask])
    assert cut.train.mean() == pytest.approx(0.70, abs=0.04)
    turned = split_by_customer(names[::-1], seed=7, why="test")
    assert (turned.train[::-1] == cut.train).all()
    assert (split_by_customer(names, seed=8, why="test").train != cut.train).any()


def test_the_hash_is_frozen():
    """Membership may never move between versions or machines."""
    assert unit_hash(["C12345"], "salt")[0] == pytest.approx(0.05534234060538301, abs=1e-15)


def test_a_sample_holds_whole_customers_within_the_limit():
    names = np.array([f"c{i % 400}" for i in range(4000)])
    kept = sample_customers(names, 1005, seed=1)
    assert kept.sum() == 1000
    assert not set(names[kept]) & set(names[~kept])
    assert sample_customers(names, 4000, seed=1).all()
