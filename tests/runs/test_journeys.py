"""All runs in one file: every count of every stage is that of the rows counted by hand, and of its list."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from tests.runs.journeys import ACT_ABOVE, History, campaign_of, leave_history

from retinue.privacy.erased import ERASED, RandomNames
from retinue.runs.figures import Cut, Journey, Window
from retinue.runs.figures.columns import STAGES, prepare
from retinue.runs.figures.file import write_journey
from retinue.runs.figures.leaving import objectors_of
from retinue.runs.figures.spells import without_profiles
from retinue.runs.privacy.files import rows_in_files, take_out, without_scores

PERIODS = [
    Window(date(2025, 1, 1), date(2025, 12, 31)),
    Window(date(2025, 3, 1), date(2025, 5, 31)),
    Window(date(2025, 4, 10), date(2025, 4, 10)),
    Window(date(2025, 4, 11), date(2025, 5, 9)),
    Window(date(2024, 1, 1), date(2025, 1, 10)),
]
CUTS = [Cut(), Cut(tier="Basic"), Cut(segment="Quiet"), Cut(tier="Premium", segment="New"), Cut(tier="none")]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Journey]:
    folder = tmp_path_factory.mktemp("runs")
    found = leave_history(folder)
    return found, Journey.read(folder / campaign_of(found.runs[-1]) / "journey.sqlite")


def by_hand(history: History, window: Window, cut: Cut) -> dict[str, set[str]]:
    """The customers of each stage, from the definition of it."""
    runs = [at for at in history.runs if window.first <= at.date() <= window.last]
    seen = history.seen[history.seen["as_of"].isin(runs)]
    last = seen.sort_values("as_of").drop_duplicates("customer_id", keep="last")
    for column, wanted in (("value_tier", cut.tier), ("segment", cut.segment)):
        last = last if wanted is None else last[last[column] == wanted]
    total = set(last["customer_id"])
    risky = total & set(seen.loc[seen["churn_probability"] > ACT_ABOVE, "customer_id"])
    at = history.offers["executed_at"]
    inside = (at >= pd.Timestamp(window.first)) & (at < pd.Timestamp(window.last) + timedelta(days=1))
    began = seen[seen["churn_probability"] > ACT_ABOVE].groupby("customer_id")["as_of"].min()
    since = pd.to_datetime(history.offers["customer_id"].map(began.dt.tz_localize(None).to_dict()))
    after = history.offers[inside & (at >= since) & history.offers["customer_id"].isin(risky)]
    first = after.sort_values("executed_at").drop_duplicates("customer_id")
    named = {
        "retained": first["retained"] == 1.0,
        "left": first["retained"] == 0.0,
        "not_known_yet": first["retained"].isna(),
    }
    return {
        "total": total,
        "at_risk": risky,
        "intervention": set(first["customer_id"]),
        **{stage: set(first.loc[rows, "customer_id"]) for stage, rows in named.items()},
    }


@pytest.mark.parametrize("window", PERIODS)
@pytest.mark.parametrize("cut", CUTS)
def test_every_number_is_that_of_its_list_and_of_the_rows_counted_by_hand(
    history: tuple[History, Journey], window: Window, cut: Cut
) -> None:
    past, journey = history
    expected = by_hand(past, window, cut)
    assert any(expected[stage] for stage in STAGES) or cut.tier == "none" or window == PERIODS[3]
    for stage in STAGES:
        listed: list[str] = []
        while True:
            after = listed[-1] if listed else ""
            part = journey.customers(window, stage, cut, limit=7, after=after)
            listed += [row["customer_id"] for row in part]
            if len(part) < 7:
                break
        assert listed == sorted(expected[stage]), stage
        assert journey.many(window, stage, cut) == len(expected[stage])
        own = sorted(expected["total"])[::2]
        among = expected[stage] & set(own)
        assert journey.many(window, stage, cut, only=own) == len(among)
        assert {r["customer_id"] for r in journey.customers(window, stage, cut, limit=99, only=own)} == among


def test_tiers_add_up_and_each_customer_is_in_one(history: tuple[History, Journey]) -> None:
    past, journey = history
    rows = journey.counted(PERIODS[0])
    assert {row.tier for row in rows} == {"Premium", "Basic"}
    assert sum(row.total for row in rows) == past.seen["customer_id"].nunique()


def test_the_series_has_each_run_with_its_own_counts(history: tuple[History, Journey]) -> None:
    past, journey = history
    found = journey.series(PERIODS[0])
    assert [row["as_of"] for row in found] == past.runs
    for row in found:
        now = past.seen[past.seen["as_of"] == row["as_of"]]
        risky = now[now["churn_probability"] > ACT_ABOVE]
        made = past.offers[past.offers["executed_at"].dt.date == row["as_of"].date()]
        assert (row["run"], row["active"]) == (campaign_of(row["as_of"]), len(now))
        assert (row["at_risk"], row["interventions"]) == (len(risky), len(made))
        assert (row["judged"], row["retained"]) == (made["retained"].count(), made["retained"].sum())
        assert row["revenue_at_risk"] == pytest.approx((risky["clv"] * risky["churn_probability"]).sum())
    both = journey.series(PERIODS[0], Cut(tier=("Basic", "Premium")))
    assert both == found
    basic = journey.series(PERIODS[0], Cut(tier="Basic"))
    premium = journey.series(PERIODS[0], Cut(tier="Premium"))
    for name in ("active", "at_risk", "interventions", "judged", "retained"):
        assert [a[name] + b[name] for a, b in zip(basic, premium, strict=True)] == [r[name] for r in found]


def test_a_customer_is_listed_with_what_happened_in_the_period(history: tuple[History, Journey]) -> None:
    past, journey = history
    for row in journey.customers(PERIODS[1], "retained", Cut(), limit=200):
        offer = past.offers[past.offers["customer_id"] == row["customer_id"]]
        offer = offer[offer["executed_at"] >= pd.Timestamp(row["first_at_risk"].date())].iloc[0]
        assert row["intervention_at"].replace(tzinfo=None) == offer["executed_at"]
        assert row["judged_at"] - row["intervention_at"] == timedelta(days=90)
        assert row["first_at_risk"] <= row["intervention_at"]
        assert (row["incentive"], row["retained"]) == ("fixed_credit", True)


def test_incentives_are_counted_with_what_they_cost(history: tuple[History, Journey]) -> None:
    past, journey = history
    (row,) = journey.incentives(PERIODS[0])
    offers = past.offers
    assert (row["incentive"], row["made"], row["judged"]) == (
        "fixed_credit",
        len(offers),
        offers.retained.count(),
    )
    assert (row["spend"], row["spend_judged"]) == (25.0 * len(offers), 25.0 * offers.retained.count())
    assert (row["explored"], row["known"]) == (0, len(offers)), "the likeliest offer is no trial"


def test_the_same_runs_leave_the_same_bytes(tmp_path: Path) -> None:
    once = leave_history(tmp_path / "a", runs=3)
    again = leave_history(tmp_path / "b", runs=3)
    path = tmp_path / "b" / campaign_of(again.runs[-1]) / "journey.sqlite"
    assert path.read_bytes() == (tmp_path / "a" / campaign_of(once.runs[-1]) / "journey.sqlite").read_bytes()


def test_nothing_is_there_where_no_run_left_anything(tmp_path: Path) -> None:
    empty = Journey.read(tmp_path / "none.sqlite")
    assert (empty.told, empty.first_run(), empty.counted(PERIODS[0])) == (None, None, [])
    assert (empty.many(PERIODS[0], "total", Cut()), empty.earned(), empty.responses(PERIODS[0])) == (
        0,
        [],
        [],
    )


def test_an_erased_customer_is_in_no_file_and_every_sum_stays(tmp_path: Path) -> None:
    state = tmp_path / ".retinue"
    past = leave_history(state / "runs", runs=6)
    customer = past.offers["customer_id"].iloc[0]
    path = state / "runs" / campaign_of(past.runs[-1]) / "journey.sqlite"
    before = Journey.read(path)
    sums = before.counted(PERIODS[0]), before.series(PERIODS[0]), before.incentives(PERIODS[0])
    tables = {row["table"] for _, rows in rows_in_files(state, customer) for row in rows}
    assert tables == {"spells", "decisions", "people"}
    take_out(state, customer, RandomNames(bytes(16)), keep=True)
    assert list(rows_in_files(state, customer)) == []
    assert not any(customer.encode() in file.read_bytes() for file in state.rglob("*.sqlite"))
    after = Journey.read(path)
    assert (after.counted(PERIODS[0]), after.series(PERIODS[0]), after.incentives(PERIODS[0])) == sums
    assert after.many(PERIODS[0], "total", Cut()) == len(
        after.customers(PERIODS[0], "total", Cut(), limit=200)
    )


def test_who_objects_is_in_no_stage_and_no_list(tmp_path: Path) -> None:
    state = tmp_path / ".retinue"
    past = leave_history(state / "runs", runs=6)
    customer = past.offers["customer_id"].iloc[0]
    path = state / "runs" / campaign_of(past.runs[-1]) / "journey.sqlite"
    before = Journey.read(path)
    assert without_scores(state, campaign_of(past.runs[-1]), customer)
    after = Journey.read(path)
    for stage in STAGES:
        had = [row["customer_id"] for row in before.customers(PERIODS[0], stage, Cut(), limit=200)]
        has = [row["customer_id"] for row in after.customers(PERIODS[0], stage, Cut(), limit=200)]
        assert has == [name for name in had if name != customer]
        assert after.many(PERIODS[0], stage, Cut()) == len(has)
    assert after.incentives(PERIODS[0]) == before.incentives(PERIODS[0]), "what was offered was offered"


def test_who_was_erased_is_no_objector_and_stays_in_the_sums() -> None:
    heard = frozenset({"C1", f"{ERASED}7f"})
    stages: Any = SimpleNamespace(left_out=heard, objected=lambda: frozenset({"C2"}))
    assert objectors_of(stages) == {"C1", "C2"}, "also those who objected while the run was under way"


def test_the_next_run_takes_out_who_objected_otherwise_or_meanwhile(tmp_path: Path) -> None:
    past = leave_history(tmp_path, runs=6)
    customer = past.offers["customer_id"].iloc[0]
    before = tmp_path / campaign_of(past.runs[-1]) / "journey.sqlite"
    with closing(sqlite3.connect(before)) as file:
        file.execute("INSERT INTO said VALUES ('2025-05', ?, 0.5, 1)", (customer,))
        file.commit()

    def fill(connection: sqlite3.Connection) -> None:
        without_profiles(connection, {customer, "C_unknown"})
        prepare(connection)

    write_journey(tmp_path / "next.sqlite", before, fill)
    then, now = Journey.read(before), Journey.read(tmp_path / "next.sqlite")
    everybody = [row["customer_id"] for row in then.customers(PERIODS[0], "total", Cut(), limit=200)]
    assert customer in everybody
    everybody.remove(customer)
    assert [r["customer_id"] for r in now.customers(PERIODS[0], "total", Cut(), limit=200)] == everybody
    assert now.incentives(PERIODS[0]) == then.incentives(PERIODS[0])
    with closing(sqlite3.connect(tmp_path / "next.sqlite")) as file:
        assert file.execute("SELECT count(*) FROM said").fetchone() == (0,)


def test_customers_whose_segment_is_not_known_are_found_by_what_they_are_told_under(tmp_path: Path) -> None:
    past = leave_history(tmp_path, runs=3)
    path = tmp_path / campaign_of(past.runs[-1]) / "journey.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE columns SET body = zeroblob(length(body)) WHERE name = 'spells.segment'")
        file.execute("UPDATE spells SET segment = 0")
        file.commit()
    journey = Journey.read(path)
    (name, many), *rest = journey.sizes(PERIODS[0], "segment").items()
    assert (name, rest) == ("unknown", [])
    assert journey.many(PERIODS[0], "total", Cut(segment=name)) == many
    assert len(journey.customers(PERIODS[0], "total", Cut(segment=name), limit=200)) == many
