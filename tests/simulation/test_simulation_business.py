"""The business is of the intended kind: churn rates, predictability, and books that add up."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from retinue.simulation import ARMS, Parameters, World
from retinue.simulation.parameters import MONTH
from retinue.simulation.pilot import propensities
from retinue.simulation.rows import rows
from retinue.simulation.write import churn_by_quarter


@pytest.fixture(scope="module")
def tables(large_world: World) -> dict[str, pd.DataFrame]:
    names = ("subscriptions", "transactions", "events", "tickets", "interventions", "outcomes")
    return {name: rows(large_world, name).to_pandas() for name in names}


@pytest.fixture(scope="module")
def quarter_ago(large_world: World) -> pd.DataFrame:
    """True risk 13 weeks ago of those active then, and who of them left within 90 days."""
    as_of = large_world.now - timedelta(weeks=13)
    frame = large_world.true_churn_probability(as_of, paths=32)
    ended = large_world.true_customers().set_index("customer_id").ended_at.loc[frame.customer_id].to_numpy()
    start = pd.Timestamp(as_of).tz_localize(None)
    frame["churned"] = ended <= start + pd.Timedelta(days=90)
    return frame


def test_six_to_ten_percent_leave_in_ninety_days(large_world: World) -> None:
    churn = churn_by_quarter(large_world)
    assert len(churn) == 8
    assert all(0.05 < share < 0.10 for share in churn.values())
    assert 0.06 < np.mean(list(churn.values())) < 0.10


def test_a_campaign_is_never_empty(clean_world: World, quarter_ago: pd.DataFrame) -> None:
    now = clean_world.true_churn_probability()
    assert (now.churn_probability > 0.4).mean() > 0.02
    assert (now.churn_probability > 0.8).sum() >= 5
    assert 0.02 < (quarter_ago.churn_probability > 0.4).mean() < 0.10
    assert 0.005 < (quarter_ago.churn_probability > 0.8).mean() < 0.04


def test_true_risk_is_calibrated_and_bounds_what_a_model_can_reach(quarter_ago: pd.DataFrame) -> None:
    p, y = quarter_ago.churn_probability, quarter_ago.churned
    assert y.mean() == pytest.approx(p.mean(), abs=3.5 * np.sqrt(p.mean() / len(p)))
    assert 0.85 < roc_auc_score(y, p) < 0.93
    high = p > 0.4
    assert y[high].mean() == pytest.approx(p[high].mean(), abs=0.1)


def test_every_cause_occurs(large_world: World) -> None:
    shares = large_world.true_customers().cause.value_counts(normalize=True)
    assert set(shares.index) == {"voluntary", "payment", "downgrade"}
    assert shares.min() > 0.04
    assert shares["voluntary"] > 0.6


def test_leavers_use_the_product_less_before_they_leave(large_world: World, tables) -> None:
    who = large_world.true_customers().set_index("customer_id")
    logins = tables["events"]
    logins = logins[logins.event_type == "login"]
    created = pd.Series(
        large_world.people.signup.astype("datetime64[s]"),
        index=pd.Index(large_world.ids(), name="customer_id"),
    )

    def fall(at: pd.Series) -> float:
        """Logins in the 30 days before the moment over a month's average of the 90 to 270 days before it."""
        at = at[created.loc[at.index] < at - pd.Timedelta(days=270)]
        mine = logins[logins.customer_id.isin(at.index)]
        age = (at.loc[mine.customer_id].to_numpy() - mine.timestamp) / pd.Timedelta(days=1)
        recent, before = age.between(0, 30).sum(), age.between(90, 270).sum() / 6
        return float(recent / before)

    start = pd.Timestamp(large_world.start).tz_localize(None) + pd.Timedelta(days=271)
    left = who.ended_at[who.cause.eq("voluntary") & (who.ended_at > start)]
    now = pd.Timestamp(large_world.now).tz_localize(None)
    stayed = pd.Series(now, index=who.index[who.ended_at.isna()])
    assert fall(left) < 0.6
    assert fall(stayed) > 0.75


def test_a_simple_model_predicts_well_but_not_perfectly(large_world: World, tables) -> None:
    """A logistic regression on a handful of counts, trained a year ago, tested on the last quarter."""

    def table_of(as_of: pd.Timestamp) -> tuple[pd.DataFrame, np.ndarray]:
        active = large_world.active(as_of.tz_localize("UTC").to_pydatetime())
        features = {}
        for name, time in (("events", "timestamp"), ("tickets", "opened_at")):
            facts = tables[name]
            facts = facts[(facts[time] <= as_of) & (facts.recorded_at <= as_of)]
            for days in (14, 60, 180):
                count = facts[facts[time] > as_of - pd.Timedelta(days=days)].groupby("customer_id").size()
                features[f"{name}{days}"] = np.log1p(count.reindex(active).fillna(0))
        versions = tables["subscriptions"]
        last = versions[versions.recorded_at <= as_of].groupby("customer_id").tail(1).set_index("customer_id")
        features["cancelled"] = last.cancel_requested_at.notna().reindex(active).astype(float)
        ended = large_world.true_customers().set_index("customer_id").ended_at.loc[active]
        return pd.DataFrame(features), (ended <= as_of + pd.Timedelta(days=90)).to_numpy()

    now = pd.Timestamp(large_world.now).tz_localize(None)
    parts = [table_of(now - pd.Timedelta(days=days)) for days in (200, 260, 320)]
    test, left = table_of(now - pd.Timedelta(days=90))
    scale = StandardScaler().fit(pd.concat([x for x, _ in parts]))
    model = LogisticRegression().fit(
        scale.transform(pd.concat([x for x, _ in parts])), np.concatenate([y for _, y in parts])
    )
    auc = roc_auc_score(left, model.predict_proba(scale.transform(test))[:, 1])
    assert 0.77 < auc < 0.89


def test_a_failed_invoice_is_retried_until_paid_or_the_contract_ends(large_world: World, tables) -> None:
    money = tables["transactions"].sort_values(["customer_id", "date"])
    failed = money[money.status == "failed"]
    attempt = failed.transaction_id.str[-1].astype(int)
    assert attempt.between(0, 3).all()
    invoice = money.transaction_id.str[:-1]
    paid = set(invoice[money.status == "succeeded"])
    lost = failed[(attempt == 3) & ~failed.transaction_id.str[:-1].isin(paid)]
    who = large_world.true_customers().set_index("customer_id")
    assert (who.cause.loc[lost.customer_id] == "payment").all()
    ended = who.ended_at[who.cause == "payment"]
    assert set(ended.index) == set(lost.customer_id)
    gap = (ended.loc[lost.customer_id].to_numpy() - lost.date) / np.timedelta64(1, "s")
    assert gap.between(0, 30).all()


def test_no_invoice_is_paid_twice_and_refunds_are_negative(tables) -> None:
    money = tables["transactions"]
    paid = money[money.status == "succeeded"]
    assert not paid.transaction_id.str[:-1].duplicated().any()
    assert (paid.amount > 0).all()
    refunds = money[money.status == "refunded"]
    assert len(refunds) > 100
    assert (refunds.amount < 0).all()


def test_a_discount_lowers_the_bills_of_three_months(clean_world: World) -> None:
    monthly = [c for c in clean_world.active() if not clean_world.people.annual[int(c[1:]) - 1]]
    until = clean_world.now + timedelta(days=200)
    with_offer = clean_world.copy().step(dict.fromkeys(monthly, "percentage_discount_20"), until)
    without = clean_world.copy().step({}, until)
    both = with_offer.table("transactions").merge(without.table("transactions"), on="transaction_id")
    both = both[
        (both.status_x == "succeeded") & (both.status_y == "succeeded") & both.customer_id_x.isin(monthly)
    ]
    start = pd.Timestamp(clean_world.now).tz_localize(None)
    both = both[both.date_x > start]
    ratio = both.amount_x / both.amount_y
    lasting = both.date_x < start + pd.Timedelta(weeks=13)
    np.testing.assert_allclose(ratio[lasting], 0.8, atol=0.001)
    assert (ratio[~lasting] == 1).all()
    assert lasting.sum() > 2_000


def test_the_last_version_of_a_contract_says_when_and_why_it_ended(large_world: World, tables) -> None:
    versions = tables["subscriptions"]
    assert not versions.duplicated(["subscription_id", "recorded_at"]).any()
    ended = versions[versions.ended_at.notna()]
    assert (ended.recorded_at == ended.ended_at).all()
    assert not ended.subscription_id.duplicated().any()
    last = versions.sort_values("recorded_at", kind="stable").groupby("subscription_id").tail(1)
    assert set(ended.index) <= set(last.index)
    assert set(ended.end_reason) == {"voluntary", "payment", "other"}
    running = versions[versions.ended_at.isna()]
    assert running.end_reason.isna().all()
    ahead = (running.current_period_end - running.recorded_at) / pd.Timedelta(seconds=MONTH)
    assert ahead[running.recorded_at > pd.Timestamp("2025-01-01")].between(-1, 12.01).all()
    asked = versions[versions.cancel_requested_at.notna()]
    assert (asked.cancel_requested_at <= asked.recorded_at).all()
    assert 0.4 < asked.subscription_id.nunique() / len(ended[ended.end_reason == "voluntary"]) < 0.8


def test_nothing_happens_before_joining_or_after_leaving(large_world: World, tables) -> None:
    who = large_world.true_customers().set_index("customer_id")
    signup = pd.Series(large_world.people.signup.astype("datetime64[s]"), index=who.index)
    for name, time in (("events", "timestamp"), ("tickets", "opened_at")):
        facts = tables[name]
        assert (facts[time].to_numpy() >= signup.loc[facts.customer_id].to_numpy()).all()
        ends = who.ended_at.loc[facts.customer_id].to_numpy()
        assert not (facts[time].to_numpy() >= ends).any()


def test_some_rows_are_late_and_none_is_early(tables) -> None:
    for name, time in (("transactions", "date"), ("events", "timestamp"), ("tickets", "opened_at")):
        lag = tables[name].recorded_at - tables[name][time]
        assert (lag >= pd.Timedelta(0)).all()
        if name != "tickets":
            assert 0.006 < (lag > pd.Timedelta(days=1)).mean() < 0.02
            assert lag.max() < pd.Timedelta(days=15)


def test_usage_has_a_week_and_a_year(tables) -> None:
    time = tables["events"].timestamp
    weekday = time.dt.day_of_week.value_counts(normalize=True)
    assert weekday[[5, 6]].sum() < 0.12
    assert weekday[[0, 1, 2, 3, 4]].min() > 0.13
    daily = time.dt.date.value_counts()
    christmas = daily[[d for d in daily.index if (d.month, d.day) in ((12, 26), (12, 27), (12, 28))]].mean()
    october = daily[[d for d in daily.index if d.month == 10]].mean()
    assert christmas < 0.7 * october


def test_accounts_are_shared_by_some(large_world: World) -> None:
    customers = rows(large_world, "customers").to_pandas().drop_duplicates("customer_id")
    members = customers.groupby("account_id").size()
    assert 0.15 < members[members > 1].sum() / len(customers) - (members > 1).mean() < 0.45
    assert (customers.groupby("account_id").country.nunique() == 1).all()


def test_plans_move_both_ways_and_prices_rise(large_world: World, tables) -> None:
    versions = tables["subscriptions"].sort_values(["subscription_id", "recorded_at"], kind="stable")
    before = versions.groupby("subscription_id").shift()
    order = {"starter": 0, "team": 1, "business": 2, "enterprise": 3}
    change = versions.plan.map(order) - before.plan.map(order)
    assert (change == 1).sum() > 100
    assert (change == -1).sum() > 100
    same = change == 0
    rise = versions.mrr[same] / before.mrr[same]
    assert rise.round(2).isin([1.0, 1.08]).all()
    assert (rise > 1.05).sum() > 1_000


def test_the_pilot_was_randomised_as_it_says(large_world: World, tables) -> None:
    acts, results = tables["interventions"], tables["outcomes"]
    assert len(acts) > 1_000
    odds = propensities(large_world.laws)
    for arm in ARMS:
        share = (acts.incentive == arm).mean()
        assert share == pytest.approx(odds[arm], abs=4 * np.sqrt(odds[arm] / len(acts)))
    assert (acts.propensity == acts.incentive.map(odds)).all()
    assert (acts.held_out == (acts.incentive == "none")).all()
    assert (acts.cost[acts.incentive == "none"] == 0).all()
    assert (acts.cost[acts.incentive != "none"] > 0).all()
    assert set(results.decision_id) == set(acts.decision_id)
    joined = results.merge(acts, on=["decision_id", "customer_id"])
    who = large_world.true_customers().set_index("customer_id")
    stayed = ~(who.ended_at.loc[joined.customer_id].to_numpy() <= joined.observed_at.to_numpy())
    assert (joined.retained.to_numpy() == stayed).all()
    money = tables["transactions"]
    money = money[money.status != "failed"]
    for row in joined.head(40).itertuples():
        mine = money[money.customer_id == row.customer_id]
        within = mine[(mine.date > row.executed_at) & (mine.date <= row.observed_at)]
        assert row.revenue == pytest.approx(within.amount.sum(), abs=0.005)


def test_a_world_without_a_pilot_has_an_empty_log() -> None:
    world = World(100, years=1, seed=1, laws=Parameters(pilot_waves=0))
    assert rows(world, "interventions").num_rows == 0
    assert rows(world, "outcomes").num_rows == 0
