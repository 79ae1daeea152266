"""The dashboard's most important numbers, counted anew from what they are made of: the tables of the
warehouse and the customers of each run. Nothing of Retinue counts here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import numpy as np
import pandas as pd
import pytest
from tests.e2e.conftest import NEEDED

pytestmark = NEEDED

WINDOW = timedelta(days=90)
EVER = {"from": "2020-01-01", "to": "2029-12-31"}
KEYS = {"interventions": "decision_id", "outcomes": "outcome_id", "subscriptions": "subscription_id"}


@dataclass(frozen=True)
class Raw:
    """now: the time of the newest run. seen: a row a run and active customer. acts: decisions, with what
    became of each (`retained`: 1, 0, NaN). facts: of decisions by id."""

    now: pd.Timestamp
    seen: pd.DataFrame
    acts: pd.DataFrame
    contracts: pd.DataFrame
    facts: pd.DataFrame


@pytest.fixture(scope="module")
def raw(business_folder: Path, business: str) -> Raw:
    state = business_folder / ".retinue"
    runs = sorted(path.parent for path in (state / "runs").glob("CAMP_*/customers.sqlite"))
    seen, facts = [], []
    for run in runs:
        campaign = json.loads((run / "campaign.json").read_bytes())
        with closing(sqlite3.connect(f"file:{run}/customers.sqlite?mode=ro", uri=True)) as file:
            rows = pd.read_sql_query("SELECT * FROM customers", file)
            above = json.loads(file.execute("SELECT body FROM shared").fetchone()[0])["act_above"]
        moment = pd.Timestamp(campaign["as_of"]).tz_localize(None)
        seen.append(rows.assign(as_of=moment, risky=rows["churn_probability"] > above))
        facts += campaign["actions"]
    now = seen[-1]["as_of"].iloc[0]
    with duckdb.connect(str(next(state.rglob("*.duckdb"))), read_only=True) as warehouse:

        def known(table: str, at: pd.Timestamp) -> pd.DataFrame:
            """The newest version of each row that was known at a time."""
            return warehouse.execute(
                f"SELECT * FROM {table} WHERE recorded_at <= ?"
                f" QUALIFY row_number() OVER (PARTITION BY {KEYS[table]} ORDER BY recorded_at DESC) = 1",
                [at],
            ).df()

        contracts = known("subscriptions", now)
        acts = known("interventions", now + timedelta(seconds=1)).sort_values("executed_at")
        outcomes = known("outcomes", now)
    contracts["ended_at"] = contracts["ended_at"].where(contracts["ended_at"] <= now)
    held = acts["held_out"].fillna(False).astype(bool)
    acts = acts.assign(held=held, offer=acts["incentive"].ne("none") & ~held)
    acts["retained"] = acts["decision_id"].map(became(acts, outcomes, contracts, now))
    table = pd.DataFrame(facts).set_index("decision_id")
    return Raw(now, pd.concat(seen, ignore_index=True), acts, contracts, table)


def became(
    acts: pd.DataFrame, outcomes: pd.DataFrame, contracts: pd.DataFrame, now: pd.Timestamp
) -> dict[str, float]:
    """Of each decision whose window has ended, whether the customer stayed: by what was reported of it, and
    otherwise by the end of the last contract."""
    reported = outcomes[~outcomes["outcome_id"].str.startswith("derived_")].sort_values("observed_at")
    said = reported.drop_duplicates("decision_id", keep="last").set_index("decision_id")["retained"]
    ends = contracts.groupby("customer_id")["ended_at"].agg(
        lambda at: pd.NaT if at.isna().any() else at.max()
    )
    found = {}
    for row in acts.itertuples():
        if row.executed_at + WINDOW > now:
            continue
        end = ends.get(row.customer_id, pd.NaT)
        left = pd.notna(end) and end <= row.executed_at + WINDOW
        found[row.decision_id] = float(said.get(row.decision_id, not left))
    return found


@pytest.fixture(scope="module")
def api(business: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{business}/api/v1", timeout=30) as client:
        yield client


def asked(api: httpx.Client, path: str, **query: Any) -> Any:
    return api.get(path, params=query).raise_for_status().json()


@pytest.mark.parametrize("period", ["ever", "newest", "between"])
def test_the_funnel(raw: Raw, api: httpx.Client, period: str) -> None:
    runs = sorted(raw.seen["as_of"].unique())
    first, last = {"ever": (runs[0], runs[-1]), "newest": (runs[-1],) * 2, "between": (runs[1], runs[1])}[
        period
    ]
    days = {"from": f"{first:%Y-%m-%d}", "to": f"{last:%Y-%m-%d}"}
    found = asked(api, "analytics/pipeline", **days)
    rows = raw.seen[raw.seen["as_of"].between(first, last)].sort_values("as_of")
    newest = rows.drop_duplicates("customer_id", keep="last").set_index("customer_id")["value_tier"]
    began = rows[rows["risky"]].groupby("customer_id")["as_of"].min()
    inside = raw.acts["executed_at"].between(first, last + timedelta(days=1), inclusive="left")
    offers = raw.acts[raw.acts["offer"] & inside]
    offers = offers[offers["executed_at"] >= offers["customer_id"].map(began)].drop_duplicates("customer_id")
    stages = {
        "total": newest.index,
        "at_risk": began.index,
        "intervention": offers["customer_id"],
        "retained": offers.loc[offers["retained"] == 1, "customer_id"],
    }
    told = {None: found["all"], **{one["tier"]: one for one in found["tiers"]}}
    for tier, funnel in told.items():
        own = set(newest.index if tier is None else newest.index[newest == tier])
        if tier != "others":
            assert {one["stage"]: one["customers"] for one in funnel["stages"]} == {
                stage: len(own & set(who)) for stage, who in stages.items()
            }, tier
    listed = asked(api, "analytics/pipeline/customers", stage="at_risk", limit=200, **days)
    assert listed["total"] == len(began)


def test_what_offers_cost_and_kept(raw: Raw, api: httpx.Client) -> None:
    found = asked(api, "analytics/campaigns", **EVER)
    offers = raw.acts[raw.acts["offer"]]
    judged = offers[offers["retained"].notna()]
    cost = judged["cost"].astype(float).sum()
    told = found["offers"]
    assert (told["made"], told["judged"]) == (len(offers), len(judged))
    assert told["retained"]["count"] == judged["retained"].sum()
    assert told["cost_per_retained"] == pytest.approx(cost / judged["retained"].sum(), abs=0.01)
    for row in found["incentives"]:
        own = judged[judged["incentive"] == row["incentive"]]
        if row["incentive"] != "none":
            assert (row["judged"], row["retained"]["count"]) == (len(own), own["retained"].sum())


def test_what_was_saved(raw: Raw, api: httpx.Client) -> None:
    found = asked(api, "analytics/revenue", **EVER)["all"]
    chance = [json.loads(text).get("none", 0.0) for text in raw.acts["propensities"]]
    entered = raw.acts[np.array(chance) < 1 - 1e-9].drop_duplicates("customer_id")
    entered = entered[entered["retained"].notna()]
    treated = entered[~entered["held"]].set_index("customer_id")
    within = raw.acts[raw.acts["incentive"].ne("none") & ~raw.acts["held"]]
    age = within["executed_at"] - within["customer_id"].map(treated["executed_at"])
    within = within[(age >= timedelta(0)) & (age < WINDOW)]
    stayed = treated[treated.index.isin(within["customer_id"]) & treated["retained"].eq(1)]
    worth = stayed["decision_id"].map(raw.facts["clv"]).dropna()
    assert (found["treated"], found["alone"]) == (len(treated), len(entered) - len(treated))
    assert (found["retained"], found["valued"]) == (len(stayed), len(worth))
    assert (found["saved"] or 0.0) == pytest.approx(worth.sum(), abs=0.01)
    assert found["cost"] == pytest.approx(within["cost"].astype(float).sum(), abs=0.01)


def test_groups_of_customers(raw: Raw, api: httpx.Client) -> None:
    found = asked(api, "analytics/segments")
    now = raw.seen[raw.seen["as_of"] == raw.now]
    for kind, column in (("clusters", "segment"), ("tiers", "value_tier"), ("rfm", "rfm_segment")):
        assert sum(one["customers"] for one in found[kind]) == len(now)
        for one in found[kind]:
            own = now[now[column] == one["name"]]
            risky = own[own["risky"]]
            if one["name"] != "others":
                assert (one["customers"], one["at_risk"]) == (len(own), len(risky))
                assert one["revenue_at_risk"] == pytest.approx(
                    (risky["clv"] * risky["churn_probability"]).sum(), abs=0.01
                )


def test_how_long_customers_stay(raw: Raw, api: httpx.Client) -> None:
    curve = asked(api, "analytics/model")["survival"]["all"]
    spells = raw.contracts[
        raw.contracts["ended_at"].isna() | (raw.contracts["ended_at"] > raw.contracts["started_at"])
    ]
    one = spells.groupby("customer_id").agg(
        began=("started_at", "min"), many=("started_at", "size"), end=("ended_at", "max")
    )
    assert (one["many"] == 1).all(), "a simulated customer has one contract"
    days = (one["end"].fillna(raw.now) - one["began"]).dt.days.clip(lower=0)
    assert (curve["customers"], curve["left"]) == (len(one), one["end"].notna().sum())
    share, told = 1.0, {point["days"]: point["share"] for point in curve["points"]}
    for day in range(max(told) + 1):
        share *= 1 - ((days == day) & one["end"].notna()).sum() / (days >= day).sum()
        assert told.get(day, share) == pytest.approx(share, abs=1e-6)
