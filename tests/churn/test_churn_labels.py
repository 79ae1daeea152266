"""Labels against a literal reading of the definitions, one customer at a time."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.churn import churn_labels, resolve_definition
from retinue.errors import UsageError
from retinue.settings import ChurnSettings

START = datetime(2025, 1, 1)
TICK = timedelta(microseconds=1)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def row_of(labels, customer, date):
    found = labels[(labels.customer_id == customer) & (labels.as_of == date)]
    assert len(found) == 1
    return found.iloc[0]


def literal_inactivity(purchases, date, rules, as_of):
    """Read the docs aloud: state, churned, days_to_churn."""
    before = [t for t in purchases if t <= date]
    within = timedelta(days=rules.active_within_days or rules.horizon_days)
    if not any(date - t < within for t in before):
        return "gone", math.nan, math.nan
    if date - min(before) < timedelta(days=rules.minimum_history_days):
        return "too_new", math.nan, math.nan
    window = timedelta(days=rules.horizon_days + rules.grace_days)
    if date + window > as_of:
        return "active", math.nan, math.nan
    if any(date < t <= date + window for t in purchases):
        return "active", 0.0, math.nan
    return "active", 1.0, max((max(before) + window - date) / timedelta(days=1), 0.0)


def literal_contractual(subscriptions, date, rules, as_of):
    """Walk through the ends after the date until one leaves the customer without a contract."""
    visible = [(s, e if e is not None and e <= as_of else None, r) for s, e, r in subscriptions if s <= as_of]
    visible = [(s, e, r) for s, e, r in visible if e is None or e > s]
    if not any(s <= date and (e is None or e > date) for s, e, _ in visible):
        return "gone", math.nan, math.nan
    if date - min(s for s, _, _ in visible) < timedelta(days=rules.minimum_history_days):
        return "too_new", math.nan, math.nan
    horizon, grace = timedelta(days=rules.horizon_days), timedelta(days=rules.grace_days)
    if date + horizon + grace > as_of:
        return "active", math.nan, math.nan
    for end in sorted({e for _, e, _ in visible if e is not None and date < e <= date + horizon}):
        in_force = any(s <= end and (e is None or e > end) for s, e, _ in visible)
        returns = any(end <= s <= end + grace for s, _, _ in visible)
        if in_force or returns:
            continue
        causes = {r or "other" for _, e, r in visible if e == end}
        if causes & set(rules.end_reasons):
            return "active", 1.0, (end - date) / timedelta(days=1)
        return "active", 0.0, math.nan
    return "active", 0.0, math.nan


def assert_same(found, expected):
    state, churned, days = expected
    assert found.state == state
    for value, wanted in ((found.churned, churned), (found.days_to_churn, days)):
        assert (math.isnan(value) and math.isnan(wanted)) or value == pytest.approx(wanted, abs=1e-9)


RULES = st.builds(
    ChurnSettings,
    horizon_days=st.sampled_from([10, 30]),
    grace_days=st.sampled_from([0, 5, 10]),
    active_within_days=st.sampled_from([None, 10, 45]),
    minimum_history_days=st.sampled_from([0, 10, 30]),
    end_reasons=st.sampled_from([("voluntary", "payment", "other"), ("voluntary",), ("payment", "other")]),
)


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), rules=RULES)
def test_inactivity_equals_a_literal_reading(make_warehouse, seed, rules):
    """Times lie on a grid of five days, a microsecond off now and then, so that boundaries are met often."""
    dice = random.Random(seed)
    histories, rows = {}, []
    for number in range(40):
        name = f"c{number}"
        times = [
            day(5 * dice.randrange(0, 30)) + dice.choice([0, 0, 1, -1]) * TICK
            for _ in range(dice.randrange(1, 7))
        ]
        statuses = [dice.choice(["succeeded", "succeeded", None, "failed", "refunded"]) for _ in times]
        amounts = [dice.choice([10, 10, 0, -5]) for _ in times]
        rows += [
            {"customer_id": name, "date": t, "status": s, "amount": a}
            for t, s, a in zip(times, statuses, amounts, strict=True)
        ]
        histories[name] = (
            times,
            [
                t
                for t, s, a in zip(times, statuses, amounts, strict=True)
                if s in (None, "succeeded") and a >= 0
            ],
        )
    warehouse = make_warehouse(transactions=rows)
    as_of = day(5 * dice.randrange(20, 30))
    dates = [day(n) for n in (20, 35, 50, 75, 95)]
    labels = churn_labels(warehouse, dates, settings=rules, definition="inactivity", as_of=as_of)
    count = 0
    for name, (seen, purchases) in histories.items():
        for date in dates:
            if min(seen) > date:
                continue
            count += 1
            known = [t for t in purchases if t <= as_of]
            assert_same(row_of(labels, name, date), literal_inactivity(known, date, rules, as_of))
    assert len(labels) == count


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), rules=RULES)
def test_contractual_equals_a_literal_reading(make_warehouse, seed, rules):
    dice = random.Random(seed)
    histories, rows = {}, []
    for number in range(40):
        name = f"c{number}"
        mine = []
        for _ in range(dice.randrange(1, 5)):
            start = day(5 * dice.randrange(0, 25)) + dice.choice([0, 0, 1]) * TICK
            end = None if dice.random() < 0.2 else start + timedelta(days=5 * dice.randrange(0, 12))
            reason = dice.choice(["voluntary", "payment", "other", None]) if end else None
            mine.append((start, end, reason))
        histories[name] = mine
        rows += [{"customer_id": name, "started_at": s, "ended_at": e, "end_reason": r} for s, e, r in mine]
    warehouse = make_warehouse(subscriptions=rows)
    as_of = day(5 * dice.randrange(20, 30))
    dates = [day(n) for n in (20, 35, 50, 75, 95)]
    labels = churn_labels(warehouse, dates, settings=rules, definition="contractual", as_of=as_of)
    count = 0
    for name, mine in histories.items():
        for date in dates:
            if min(s for s, _, _ in mine) > date:
                continue
            count += 1
            assert_same(row_of(labels, name, date), literal_contractual(mine, date, rules, as_of))
    assert len(labels) == count


@pytest.mark.parametrize(
    ("next_purchase", "churned"),
    [(day(100), 1.0), (day(100) + TICK, 0.0), (day(200), 0.0), (day(200) + TICK, 1.0)],
)
def test_the_window_opens_after_the_date_and_closes_with_its_last_moment(
    make_warehouse, next_purchase, churned
):
    """At d itself is the past; exactly d + H + grace still retains."""
    warehouse = make_warehouse(
        transactions=[
            {"customer_id": "a", "date": day(20), "amount": 1},
            {"customer_id": "a", "date": next_purchase, "amount": 1},
        ]
    )
    rules = ChurnSettings(horizon_days=90, grace_days=10)
    labels = churn_labels(warehouse, [day(100)], settings=rules, definition="inactivity", as_of=day(300))
    assert row_of(labels, "a", day(100)).churned == churned


@pytest.mark.parametrize(
    "row", [{"status": "failed"}, {"status": "refunded"}, {"amount": -1, "status": None}]
)
def test_a_failed_payment_or_a_refund_keeps_nobody(make_warehouse, row):
    warehouse = make_warehouse(
        transactions=[
            {"customer_id": "a", "date": day(0), "amount": 1, "status": "succeeded"},
            {"customer_id": "a", "date": day(60), "amount": 1, **row},
        ]
    )
    labels = churn_labels(
        warehouse, [day(40)], settings=ChurnSettings(), definition="inactivity", as_of=day(300)
    )
    assert row_of(labels, "a", day(40)).churned == 1.0


@pytest.mark.parametrize(
    ("returns", "grace", "churned"),
    [(day(60), 0, 0.0), (day(60) + TICK, 0, 1.0), (day(67), 7, 0.0), (day(67) + TICK, 7, 1.0)],
)
def test_a_return_within_the_grace_is_no_churn(make_warehouse, returns, grace, churned):
    warehouse = make_warehouse(
        subscriptions=[
            {"customer_id": "a", "started_at": day(0), "ended_at": day(60), "end_reason": "voluntary"},
            {"customer_id": "a", "started_at": returns},
        ]
    )
    rules = ChurnSettings(grace_days=grace)
    labels = churn_labels(warehouse, [day(40)], settings=rules, definition="contractual", as_of=day(300))
    found = row_of(labels, "a", day(40))
    assert found.churned == churned
    assert found.observed == churned


def test_a_change_of_plan_followed_by_leaving_is_churn(make_warehouse):
    """The second contract started after the date, but nothing is left of either within the horizon."""
    warehouse = make_warehouse(
        subscriptions=[
            {"customer_id": "a", "started_at": day(0), "ended_at": day(50), "end_reason": "other"},
            {"customer_id": "a", "started_at": day(50), "ended_at": day(70), "end_reason": "voluntary"},
        ]
    )
    rules = ChurnSettings(end_reasons=("voluntary",))
    labels = churn_labels(warehouse, [day(40)], settings=rules, definition="contractual", as_of=day(300))
    assert row_of(labels, "a", day(40)).days_to_churn == 30.0


def test_one_of_two_contracts_ending_is_no_churn(make_warehouse):
    warehouse = make_warehouse(
        subscriptions=[
            {"customer_id": "a", "started_at": day(0), "ended_at": day(60), "end_reason": "voluntary"},
            {"customer_id": "a", "started_at": day(10)},
        ]
    )
    labels = churn_labels(
        warehouse, [day(40)], settings=ChurnSettings(), definition="contractual", as_of=day(300)
    )
    assert row_of(labels, "a", day(40)).churned == 0.0


def test_states(make_warehouse):
    """Gone before too new before active; a customer who never bought has nothing to lose."""
    warehouse = make_warehouse(
        customers=[{"customer_id": "never", "account_created_date": day(0)}],
        transactions=[
            {"customer_id": "gone", "date": day(10), "amount": 1},
            {"customer_id": "edge_gone", "date": day(110), "amount": 1},
            {"customer_id": "edge_active", "date": day(110) + TICK, "amount": 1},
            {"customer_id": "edge_old", "date": day(170), "amount": 1},
            {"customer_id": "too_new", "date": day(170) + TICK, "amount": 1},
            {"customer_id": "unborn", "date": day(201), "amount": 1},
        ],
    )
    labels = churn_labels(
        warehouse, [day(200)], settings=ChurnSettings(), definition="inactivity", as_of=day(500)
    )
    states = dict(zip(labels.customer_id, labels.state, strict=True))
    assert states == {
        "never": "gone",
        "gone": "gone",
        "edge_gone": "gone",
        "edge_active": "active",
        "edge_old": "active",
        "too_new": "too_new",
    }
    assert labels.churned[labels.state != "active"].isna().all()


@pytest.mark.parametrize("definition", ["inactivity", "contractual"])
def test_an_unfinished_window_is_censored(make_warehouse, definition):
    """The label appears with the last moment of the window, not before."""
    warehouse = make_warehouse(
        transactions=[{"customer_id": "a", "date": day(0), "amount": 1}],
        subscriptions=[
            {"customer_id": "a", "started_at": day(0), "ended_at": day(60), "end_reason": "payment"}
        ],
    )
    rules = ChurnSettings(horizon_days=90, grace_days=5)
    for as_of, expected in ((day(135) - TICK, math.nan), (day(135), 1.0)):
        labels = churn_labels(warehouse, [day(40)], settings=rules, definition=definition, as_of=as_of)
        found = row_of(labels, "a", day(40))
        assert found.state == "active"
        assert (math.isnan(found.churned) and math.isnan(expected)) or found.churned == expected
        assert found.duration_days > 0


def test_nothing_learned_later_is_used(make_warehouse):
    """A purchase recorded after the run's time is not known to it; nor is an end in its future."""
    warehouse = make_warehouse(
        transactions=[
            {"customer_id": "a", "date": day(0), "amount": 1},
            {"customer_id": "a", "date": day(60), "amount": 1, "recorded_at": day(250)},
        ],
        subscriptions=[
            {"customer_id": "b", "started_at": day(0), "ended_at": day(220), "end_reason": "voluntary"}
        ],
    )
    for as_of, churned in ((day(200), 1.0), (day(260), 0.0)):
        labels = churn_labels(
            warehouse, [day(40)], settings=ChurnSettings(), definition="inactivity", as_of=as_of
        )
        assert row_of(labels, "a", day(40)).churned == churned
    labels = churn_labels(
        warehouse, [day(200)], settings=ChurnSettings(), definition="contractual", as_of=day(210)
    )
    found = row_of(labels, "b", day(200))
    assert (found.state, math.isnan(found.churned), found.duration_days) == ("active", True, 10.0)


def test_the_answer_is_sorted_and_complete(make_warehouse):
    warehouse = make_warehouse(
        transactions=[{"customer_id": n, "date": day(0), "amount": 1} for n in ("ü", "b", "a", "Z")]
    )
    dates = [datetime(2025, 3, 1, tzinfo=UTC), day(31), day(31)]
    labels = churn_labels(warehouse, dates, settings=ChurnSettings(), definition="inactivity", as_of=day(300))
    assert labels.customer_id.tolist() == ["Z", "a", "b", "ü"] * 2
    assert labels.as_of.is_monotonic_increasing
    assert labels.index.tolist() == list(range(8))


def test_empty_tables_give_an_empty_answer(make_warehouse):
    warehouse = make_warehouse()
    for dates in ([], [day(10)]):
        labels = churn_labels(
            warehouse, dates, settings=ChurnSettings(), definition="contractual", as_of=day(300)
        )
        assert len(labels) == 0
        assert labels.columns[:4].tolist() == ["customer_id", "as_of", "state", "churned"]


def test_a_date_after_the_run_is_refused(make_warehouse):
    with pytest.raises(UsageError, match="after the time of the run"):
        churn_labels(
            make_warehouse(), [day(10)], settings=ChurnSettings(), definition="inactivity", as_of=day(9)
        )


def test_the_definition_follows_the_data_unless_declared(make_warehouse):
    plain = make_warehouse(transactions=[{"customer_id": "a", "date": day(0), "amount": 1}])
    contracts = make_warehouse(subscriptions=[{"customer_id": "a", "started_at": day(0)}])
    assert resolve_definition(plain, ChurnSettings()) == "inactivity"
    assert resolve_definition(contracts, ChurnSettings()) == "contractual"
    assert resolve_definition(contracts, ChurnSettings(definition="inactivity")) == "inactivity"
    with pytest.raises(UsageError, match="static"):
        resolve_definition(plain, ChurnSettings(definition="static"))
