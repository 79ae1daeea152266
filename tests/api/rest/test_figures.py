"""The figures of the dashboard over HTTP, from a history of runs: numbers and the lists behind them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.api.conftest import NOW
from tests.api.rest.conftest import AUC, SUMMARY, leave_run, scores, shared_of
from tests.runs.journeys import CURRENCY, History, campaign_of, leave_history

from retinue.runs.customers import CUSTOMERS, Curve, write_customers
from retinue.runs.customers.leaving import rows_of
from retinue.runs.figures import FIGURES, JOURNEY, Told
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.jobs import claim, settle
from retinue.store.ledger import Claim, Grant, reserve, spend
from retinue.store.reviews import Ask, ask_in, note_in
from retinue.store.runs import finish_run, open_run

Service = Callable[..., Any]
PIPELINE = "/api/v1/analytics/pipeline"
DECISIONS = "/api/v1/analytics/campaigns/decisions"
YEAR = {"from": "2025-01-01", "to": "2025-12-31"}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Twelve runs in the service's workspace, the newest of which is the one that is asked."""
    return history_in(tmp_path)


def history_in(root: Path, *, later: timedelta = timedelta()) -> History:
    """The same in a folder; `later`: so long after the times in the file the runs are as of."""
    found = leave_history(root / ".retinue" / "runs")
    store = Store(root / ".retinue" / "store.sqlite")
    for number, as_of in enumerate(at + later for at in found.runs):
        measured = {"measures": {"auc": {**AUC, "value": 0.7 + number / 100}}}
        summary = {**SUMMARY, "explored": number, "offers": 20, "measured": measured}
        record = open_run(store, f"{number:020d}", as_of=as_of, clock=as_of)
        assert record.campaign_id == campaign_of(as_of)
        finish_run(store, record.run_id, summary=summary, clock=as_of)
    store.close()
    return found


def newest(root: Path, history: History) -> Path:
    return root / ".retinue" / "runs" / campaign_of(history.runs[-1])


def leave_figures(root: Path, history: History, **told: Any) -> None:
    (newest(root, history) / FIGURES).write_text(json.dumps({"evaluation": {}, **told}))


def test_each_number_of_the_funnel_opens_as_many_customers(service: Service, history: History) -> None:
    client = service()
    found = client.get(PIPELINE, params=YEAR).json()
    assert [one["tier"] for one in found["tiers"]] == ["Premium", "Basic"]
    for funnel in (found["all"], *found["tiers"]):
        counts = {one["stage"]: one["customers"] for one in funnel["stages"]}
        counts["left"] = funnel["retention"]["left"]
        counts["not_known_yet"] = funnel["retention"]["not_known_yet"]
        assert counts["intervention"] == funnel["retention"]["judged"] + counts["not_known_yet"]
        for stage, many in counts.items():
            asked: dict[str, Any] = {**YEAR, "stage": stage, "limit": 13}
            if funnel["tier"] is not None:
                asked["tier"] = funnel["tier"]
            listed: list[str] = []
            cursor: str | None = None
            while True:
                page = client.get(
                    f"{PIPELINE}/customers", params={**asked, "cursor": cursor} if cursor else asked
                )
                body = page.json()
                listed += [one["customer_id"] for one in body["customers"]]
                cursor = body["next"]
                if cursor is None:
                    break
            assert (len(set(listed)), body["total"]) == (many, many), (funnel["tier"], stage)
    share = found["all"]["retention"]["share"]
    assert share["low"] < share["value"] < share["high"]
    assert set(found["definitions"]) >= {"total", "at_risk", "intervention", "retained", "not_known_yet"}


def test_the_period_before_stands_beside_it_where_history_reaches(service: Service, history: History) -> None:
    client = service()
    late = {"from": "2025-07-01", "to": "2025-12-31"}
    found = client.get(PIPELINE, params=late).json()
    earlier = client.get(PIPELINE, params={"from": "2024-12-29", "to": "2025-06-30"}).json()
    assert (found["previous"]["first"], found["previous"]["last"]) == ("2024-12-29", "2025-06-30")
    assert [one["previous"] for one in found["all"]["stages"]] == [
        one["customers"] for one in earlier["all"]["stages"]
    ]
    assert found["previous_series"] == earlier["series"]
    assert [one["previous"] for one in earlier["all"]["stages"]] == [None] * 4
    assert found["history_from"] == "2025-01-10T00:00:00Z"


def test_a_tier_of_a_few_is_told_with_others(service: Service, tmp_path: Path, history: History) -> None:
    path = newest(tmp_path, history) / JOURNEY
    with closing(sqlite3.connect(path)) as file:
        file.execute("INSERT INTO names VALUES ('tier', 9, 'Lonely')")
        (body,) = file.execute("SELECT body FROM columns WHERE name = 'spells.tier'").fetchone()
        rows = file.execute("SELECT body FROM columns WHERE name = 'spells.customer'").fetchone()[0]
        first = rows.count(rows[:4])  # every stretch of the first customer
        tiers = bytes([9] * first) + body[first:]
        file.execute("UPDATE columns SET body = ? WHERE name = 'spells.tier'", (tiers,))
        number = "SELECT customer_id FROM people WHERE number = 0"
        file.execute(f"UPDATE spells SET tier = 9 WHERE customer_id = ({number})")
        file.commit()
    found = service().get(PIPELINE, params=YEAR).json()
    assert "Lonely" not in [one["tier"] for one in found["tiers"]]
    total = {one["tier"]: one["stages"][0]["customers"] for one in found["tiers"]}
    assert sum(total.values()) == found["all"]["stages"][0]["customers"]
    (alone,) = {"Premium", "Basic"} & set(total)
    (joined,) = {"Premium", "Basic"} - {alone}
    client = service()
    for name in ("Lonely", joined):  # one of them alone would give the other by subtraction
        hidden = client.get(PIPELINE, params={**YEAR, "tier": name}).json()
        assert (hidden["all"]["stages"][0]["customers"], hidden["series"]) == (None, [])
    assert client.get(PIPELINE, params={**YEAR, "tier": alone}).json()["series"]
    others = client.get(PIPELINE, params={**YEAR, "tier": "others"}).json()
    listed = client.get(
        f"{PIPELINE}/customers", params={**YEAR, "tier": "others", "stage": "total", "limit": 200}
    ).json()
    assert {one["tier"] for one in listed["customers"]} == {"Lonely", joined}
    assert (
        total["others"]
        == listed["total"]
        == len(listed["customers"])
        == others["all"]["stages"][0]["customers"]
    )


def test_a_run_at_which_a_tier_was_of_a_few_is_no_point_of_its_line(
    service: Service, tmp_path: Path, history: History
) -> None:
    few = int(history.runs[4].timestamp())
    with closing(sqlite3.connect(newest(tmp_path, history) / JOURNEY)) as file:
        file.execute("UPDATE cells SET customers = 0 WHERE as_of = ? AND tier = 2", (few,))
        file.execute("UPDATE cells SET customers = 3 WHERE as_of = ? AND tier = 2 AND segment = 1", (few,))
        file.commit()
    client = service()
    for tier in ("Premium", "Basic"):  # all less the one would be the other
        points = client.get(PIPELINE, params={**YEAR, "tier": tier}).json()["series"]
        assert [place for place, one in enumerate(points) if one["active"] is None] == [4]
        assert set(points[4].values()) == {None, points[4]["run"], points[4]["as_of"]}
    whole = client.get(PIPELINE, params=YEAR).json()["series"]
    assert all(one["active"] for one in whole)


def test_a_list_whose_run_is_gone_says_so(service: Service, tmp_path: Path, history: History) -> None:
    client, asked = service(), {**YEAR, "stage": "total", "limit": 5}
    cursor = client.get(f"{PIPELINE}/customers", params=asked).json()["next"]
    (newest(tmp_path, history) / JOURNEY).unlink()
    gone = client.get(f"{PIPELINE}/customers", params={**asked, "cursor": cursor})
    assert (gone.status_code, gone.json()["where"]) == (404, "cursor")
    assert client.get(f"{PIPELINE}/customers", params=asked).json()["total"] == 0


def test_a_run_with_a_few_customers_of_a_cut_is_not_told(service: Service, history: History) -> None:
    client, left_out = service(), 0
    for (tier, segment), part in history.seen.groupby(["value_tier", "segment"]):
        many = part.groupby("as_of").size().reindex(history.runs, fill_value=0)
        found = client.get(PIPELINE, params={**YEAR, "tier": tier, "segment": segment}).json()
        assert found["all"]["stages"][0]["customers"] >= 5
        told = {campaign_of(at): n for at, n in many.items() if n == 0 or n >= 5}
        shown = {one["run"]: one["active"] for one in found["series"]}
        assert list(shown) == [campaign_of(at) for at in history.runs]
        assert {run: n for run, n in shown.items() if n is not None}.items() <= told.items()
        left_out += len(many) - len(told)
    assert left_out > 0


def test_a_csm_sees_the_own_customers_behind_a_number_and_it_is_on_record(
    service: Service, history: History, store: Store
) -> None:
    client = service()
    params = {**YEAR, "stage": "total", "limit": 200}
    everybody = client.get(f"{PIPELINE}/customers", params=params).json()
    own = [one["customer_id"] for one in everybody["customers"]][1:40:9]
    key, kept = make_api_key(store, "crm", ["customers.read"], role="csm", by="ada", now=NOW)
    for number, name in enumerate(own):
        case = Ask(
            f"dec_{number}", "cmp_1", name, False, 0, 0, {}, {}, NOW + timedelta(1), NOW + timedelta(9)
        )
        with store.transaction() as session:
            ask_in(session, [case], clock=NOW)
            note_in(session, case.decision_id, "assigned", who="bob", clock=NOW, assigned_to=kept.key_id)
    found = client.get(f"{PIPELINE}/customers", params=params, headers={"X-API-Key": key}).json()
    assert (found["total"], [one["customer_id"] for one in found["customers"]]) == (len(own), own)
    assert (found["own_only"], everybody["own_only"]) == (True, False)
    assert client.get(PIPELINE, headers={"X-API-Key": key}).status_code == 403
    client.app.state.door.readings.ahead.close()
    shown = [json.loads(one.detail) for one in search(store, action="prediction.served")]
    assert [one["customers"] for one in shown][::-1] == [
        [c["customer_id"] for c in everybody["customers"]],
        own,
    ]


def test_money_is_told_by_group_and_month_with_intervals_or_a_reason(
    service: Service, tmp_path: Path, history: History
) -> None:
    leave_earned(newest(tmp_path, history) / JOURNEY, Told("x", NOW, CURRENCY, 90.0, measured=True))
    client = service()
    path = "/api/v1/analytics/revenue"
    found = client.get(path, params={"from": "2025-10-01", "to": "2025-12-31"}).json()
    whole = found["all"]
    assert (whole["treated"], whole["alone"], whole["saved"], whole["cost"]) == (240, 60, 9_000.0, 600.0)
    terms = 3 * (85 * 2 + 1 + 15 * 2 + 1)
    net = 240 * terms / 300
    assert whole["net"]["value"] == pytest.approx(net)
    assert whole["net"]["always_low"] < whole["net"]["low"] < whole["net"]["value"] < whole["net"]["high"]
    assert whole["incremental"]["value"] == pytest.approx(net + 600)
    assert whole["roi"]["value"] == pytest.approx(net / 600)
    assert [one["treated"] + one["alone"] for one in found["tiers"]] == [255, 45], "the largest first"
    assert sum(one["cost"] for one in found["tiers"]) == whole["cost"]
    assert "it takes 30 of each" in found["tiers"][1]["net"]["reason"], "too few were left alone"
    assert [one["month"] for one in found["months"]] == ["2025-10", "2025-11", "2025-12"]
    assert found["months"][2]["cumulative_net"] == whole["net"]
    assert found["months"][2]["cumulative_cost"] == whole["cost"]
    assert (found["before"]["treated"], found["before"]["net"]["value"]) == (0, None)
    assert found["overall"] == whole


def test_the_value_of_a_few_customers_is_not_told(service: Service, tmp_path: Path, history: History) -> None:
    path = newest(tmp_path, history) / JOURNEY
    leave_earned(path, Told("x", NOW, CURRENCY, 90.0, measured=True))
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE earned SET retained = 2, valued = 2, saved = 1234.0")
        file.commit()
    found = service().get("/api/v1/analytics/revenue", params=YEAR).json()
    assert found["all"]["saved"] == 6 * 1234.0
    for one in found["months"]:
        assert one["saved"] is None
    rest = service().get("/api/v1/analytics/revenue", params={"from": "2025-12-01", "to": "2025-12-31"})
    assert (rest.json()["all"]["saved"], rest.json()["all"]["saved_reason"]) == (
        None,
        "Not enough data yet: fewer than 5 customers.",
    )


def test_of_a_few_customers_no_money_is_told(service: Service, tmp_path: Path, history: History) -> None:
    path = newest(tmp_path, history) / JOURNEY
    leave_earned(path, Told("x", NOW, CURRENCY, 90.0, measured=True))
    day = (datetime(2025, 9, 20) - datetime(1970, 1, 1)).days
    with closing(sqlite3.connect(path)) as file:
        rows = (day, 1, 1, 3, 3, 0, 2, 2, 2, 777.0, 12.5, 0.0, 6.0, 14.0, 1.0, 1.0)
        file.execute(f"INSERT INTO earned VALUES ({', '.join('?' * 16)})", rows)
        file.commit()
    client, address = service(), "/api/v1/analytics/revenue"
    single = client.get(address, params={"from": "2025-09-20", "to": "2025-09-20"}).json()
    counts = ("treated", "alone", "offered", "retained", "valued", "saved", "cost", "cost_alone")
    assert [single["all"][name] for name in counts] == [None] * len(counts)
    assert single["all"]["saved_reason"] == "Not enough data yet: fewer than 5 customers."
    assert (single["months"], single["tiers"], single["segments"]) == ([], [], [])
    found = client.get(address, params=YEAR).json()
    assert [one["month"] for one in found["months"]] == ["2025-10", "2025-11", "2025-12"]
    assert found["months"][0]["customers"] == 103
    assert found["months"][-1]["cumulative_cost"] == found["all"]["cost"] == 612.5
    assert sum(one["saved"] for one in found["months"]) == found["all"]["saved"] == 9_777.0


def test_a_broken_ratio_hides_every_difference_and_says_so(
    service: Service, tmp_path: Path, history: History
) -> None:
    told = Told("x", NOW, CURRENCY, 90.0, hidden=("The arms are not as drawn.",), measured=True)
    leave_earned(newest(tmp_path, history) / JOURNEY, told)
    found = service().get("/api/v1/analytics/revenue", params=YEAR).json()
    assert (found["hidden"], found["hidden_why"]) == (True, ["The arms are not as drawn."])
    for one in (found["all"], *found["tiers"], *found["segments"]):
        figures = [one[name]["value"] for name in ("net", "incremental", "roi", "kept")]
        assert (figures, one["saved"]) == ([None] * 4, None)
        assert one["net"]["reason"].startswith("Hidden")


def test_the_budget_is_what_the_ledger_holds(service: Service, history: History, store: Store) -> None:
    claims = [Claim("dec_1", "Premium", 1405), Claim("dec_2", "Basic", 1000)]
    grant = Grant(run_cents=10_000, tier_cents={"Premium": 2_000}, month_cents=50_000)
    reserve(store, f"{11:020d}", claims, grant, as_of=history.runs[-1])
    spend(store, ["dec_1"])
    found = service().get("/api/v1/analytics/revenue").json()["budget"]
    scopes = {(one["scope"], one["name"]): one for one in found["scopes"]}
    month, run = scopes["month", "2025-12"], scopes["campaign", campaign_of(history.runs[-1])]
    assert (found["month"], month["limit"], month["spent"], month["reserved"]) == (
        "2025-12",
        500.0,
        14.05,
        10.0,
    )
    assert (month["left"], run["left"]) == (475.95, 75.95)
    assert scopes["tier", "Premium"]["left"] == 5.95
    assert (scopes["tier", "Basic"]["limit"], scopes["tier", "Basic"]["left"]) == (None, None)


def test_the_model_is_told_with_its_past_and_what_it_came_to(
    service: Service, tmp_path: Path, history: History, store: Store
) -> None:
    measure = {"value": 0.8, "low": 0.7, "high": 0.9, "reason": None}
    month = {"month": "2025-03", "run": "CAMP_2025_03_11_001", "as_of": "2025-03-11T00:00:00Z"}
    decile = {"decile": 1, "customers": 40, "predicted": 0.6, "left": 20}
    leave_figures(
        tmp_path,
        history,
        realised=[
            {
                **month,
                "all": {"customers": 60, "predicted": 0.4, "left": 30},
                "alone": {"customers": 40, "predicted": 0.3, "left": 10},
                "measures": {"auc": measure},
            }
        ],
        deciles={**month, "all": [decile], "alone": [decile]},
        survival={"words": "w", "all": None, "by_quarter": [], "by_plan": [], "reason": "No contracts."},
    )
    slot = datetime(2025, 12, 7, 6, tzinfo=UTC)
    held = claim(store, "drift", slot, who="w", lease_seconds=60, most_tries=3, clock=slot)
    assert held is not None
    moved = {"feature": "mrr", "label": "revenue", "verdict": "major", "psi": 0.4, "statement": "It rose."}
    result = {"drifted": True, "statement": "1 of 1", "features": [{**moved, "kl": 0.1}], "rows_before": 9}
    assert settle(store, held, "done", clock=slot, result=result)
    found = service().get("/api/v1/analytics/model", params={"runs": 3}).json()
    assert [one["measures"]["auc"]["value"] for one in found["accuracy"]] == pytest.approx([0.79, 0.8, 0.81])
    (real,) = found["realised"]
    assert (real["customers"], real["predicted"]) == (40, 0.3)
    assert (real["left"]["value"], real["measures"]["auc"]) == (0.25, measure)
    assert found["deciles"]["all"][0]["left"]["value"] == 0.5
    assert found["drift"]["features"] == [moved]
    assert (found["deciles_reason"], found["challenger"]) == (None, None)
    assert found["survival"]["reason"] == "No contracts."


def test_campaigns_tell_incentives_and_hide_the_winner_of_a_broken_experiment(
    service: Service, tmp_path: Path, history: History
) -> None:
    check = {"found": {"a": 1}, "expected": {"a": 2.0}, "chi_square": 1.0, "e_value": 1.0, "statement": "s"}
    estimate = {"value": 0.1, "sd": 1.0, "units": 99, "low": 0.05, "high": 0.2, "always_low": 0.01}
    estimate |= {"always_high": 0.3, "variance_ratio": 1.0}
    contrast = {"versus": "holdout", "outcome": "retention", "claim": "better", "statement": "Better."}
    arm = {"arm": "treatment", "customers": 90, "matured": 80, "judged": 80, "retained": 0.9, "spend": 1.0}
    credit = {
        "incentive": "fixed_credit",
        "judged": 60,
        "customers": 60,
        "reward": 0.9,
        "low": 0.8,
        "high": 0.95,
        "effect": estimate,
        "probability_best": 0.8,
        "starving": False,
        "cost_per_extra": 250.0,
        "statement": "It keeps.",
    }
    earned: dict[str, Any] = {"hidden": False, "arms": [arm], "incentives": [credit]}
    earned |= {"contrasts": [{**contrast, "estimate": estimate}]}
    earned |= {name: {**check, "p_value": 0.005, "broken": False} for name in ("sample_ratio", "attrition")}
    leave_figures(tmp_path, history, earned=earned)
    client, path = service(), "/api/v1/analytics/campaigns"
    found = client.get(path, params=YEAR).json()
    experiment = found["experiment"]
    assert (experiment["winner"], experiment["entered"]["state"]) == ("treatment", "warning")
    (row,) = found["incentives"]
    offers = history.offers
    assert (row["made"], row["judged"]) == (len(offers), offers["retained"].count())
    assert row["cost_per_retained"] == pytest.approx(
        25.0 * row["judged"] / offers["retained"].sum(), abs=0.01
    )
    whole = found["offers"]
    assert (whole["made"], whole["judged"], whole["spend"]) == (row["made"], row["judged"], row["spend"])
    assert whole["retained"]["value"] == offers["retained"].mean()
    assert whole["cost_per_retained"] == row["cost_per_retained"], "of the judged alone"
    assert whole["cost_per_retained"] < whole["spend"] / whole["retained"]["count"]
    assert found["previous_offers"] is None
    extra = row["overall"]["extra_cost"]
    assert (extra["value"], extra["low"], extra["high"]) == pytest.approx((250.0, 125.0, 500.0))
    assert [one["explored"] for one in found["explored"]] == list(range(12))
    assert found["explored"][3]["share"] == 0.15

    broken = {**earned, "hidden": True, "contrasts": [{**contrast, "claim": "hidden", "estimate": None}]}
    broken["sample_ratio"] = {**check, "p_value": 0.0001, "broken": True}
    leave_figures(tmp_path, history, earned=broken)
    hidden = client.get(path, params=YEAR).json()["experiment"]
    assert (hidden["winner"], hidden["hidden"], hidden["entered"]["state"]) == (None, True, "broken")
    assert hidden["winner_words"].startswith("Hidden")
    assert hidden["arms"][0]["retained"]["value"] is None


def test_responses_are_of_the_messages_sent_and_unknown_kinds_are_null(
    service: Service, tmp_path: Path, history: History
) -> None:
    day = (datetime(2025, 6, 1) - datetime(1970, 1, 1)).days
    rows = [("messages", 42), ("sent", 40), ("delivered", 30), ("clicked", 10)]
    with closing(sqlite3.connect(newest(tmp_path, history) / JOURNEY)) as file:
        file.executemany(
            "INSERT INTO responses VALUES (?, 'fixed_credit', 'email', ?, ?)",
            [(day, kind, many) for kind, many in rows],
        )
        file.commit()
    client, path = service(), "/api/v1/analytics/campaigns"
    (row,) = client.get(path, params=YEAR).json()["responses"]
    assert (row["messages"], row["sent"], row["delivered"]["value"], row["clicked"]["value"]) == (
        42,
        40,
        0.75,
        0.25,
    )
    assert (row["opened"]["value"], row["opened"]["reason"]) == (
        None,
        "email has never told of anything opened.",
    )
    told = client.get(path, params=YEAR).json()["redeemed"]
    assert (told["value"], told["reason"]) == (None, "No channel told of an offer that was taken.")
    later = client.get(path, params={"from": "2025-06-02", "to": "2025-06-03"}).json()
    assert (later["responses"], len(later["previous_responses"])) == ([], 1)


def test_what_was_redeemed_is_told_of_all_messages_also_of_offers_that_few_got(
    service: Service, tmp_path: Path, history: History
) -> None:
    day = (datetime(2025, 6, 1) - datetime(1970, 1, 1)).days
    rows = [("a", "email", "sent", 40), ("a", "email", "redeemed", 10), ("b", "email", "sent", 3)]
    rows += [("a", "letter", "sent", 50)]  # a letter never tells
    with closing(sqlite3.connect(newest(tmp_path, history) / JOURNEY)) as file:
        file.executemany(f"INSERT INTO responses VALUES ({day}, ?, ?, ?, ?)", rows)
        file.commit()
    told = service().get("/api/v1/analytics/campaigns", params=YEAR).json()["redeemed"]
    assert (told["count"], told["of"], told["value"]) == (10, 43, 10 / 43)


def test_segments_are_told_with_their_past(service: Service, tmp_path: Path, history: History) -> None:
    trait = {
        "feature": "mrr",
        "label": "revenue",
        "mean": 9.0,
        "mean_of_all": 5.0,
        "apart": 1.2,
        "words": "w",
    }
    leave_figures(tmp_path, history, models={"segments": "K-means."}, traits={"Quiet": [trait]})
    found = service().get("/api/v1/analytics/segments").json()
    now = history.seen[history.seen["as_of"] == history.runs[-1]]
    for kind, column in (("clusters", "segment"), ("tiers", "value_tier"), ("rfm", "rfm_segment")):
        told = {one["name"]: one["customers"] for one in found[kind]}
        assert told == now[column].value_counts().to_dict()
        for one in found[kind]:
            part = now[now[column] == one["name"]]
            assert one["value"] == pytest.approx(part["clv"].sum(), abs=0.01)
            assert one["churn"] == pytest.approx(part["churn_probability"].mean())
    assert {one["name"]: one["traits"] for one in found["clusters"]}["Quiet"] == [trait]
    assert [sum(one["customers"].values()) for one in found["tier_trend"]] == [
        len(part) for _, part in history.seen.groupby("as_of")
    ]


def test_segments_of_a_run_within_a_second_are_those_of_that_run(service: Service, tmp_path: Path) -> None:
    history_in(tmp_path, later=timedelta(microseconds=250_000))
    found = service().get("/api/v1/analytics/segments").json()
    assert [len(found[kind]) for kind in ("clusters", "tiers", "rfm")] == [3, 2, 1]


def test_one_customers_curve_passes_through_the_risk(service: Service, tmp_path: Path) -> None:
    campaign = leave_run(tmp_path)
    path = tmp_path / ".retinue" / "runs" / campaign / CUSTOMERS
    shared = msgspec.structs.replace(shared_of(campaign), timing=Curve(90.0, 1.5, "fitted"))
    write_customers(path, shared, rows_of(scores(40), []), [("C00001", "gone")])
    client = service()
    found = client.get("/api/v1/customers/C12345/survival").json()
    at = {one["days"]: one for one in found["points"]}
    assert (at[0]["probability"], at[90]["probability"]) == (1.0, pytest.approx(1 - 0.78))
    assert at[180]["probability"] == pytest.approx((1 - 0.78) ** 2**1.5)
    assert [at[day]["beyond"] for day in (90, 93)] == [False, True]
    chances = [one["probability"] for one in found["points"]]
    assert chances == sorted(chances, reverse=True)
    assert (found["median_days"], found["shape"], found["fitted"]) == (45, 1.5, "fitted")
    assert (
        client.get("/api/v1/customers/C00001/survival").json()["detail"] == "The customer had left by then."
    )
    assert client.get("/api/v1/customers/C99999/survival").status_code == 404


def test_each_number_of_effectiveness_opens_as_many_decisions(service: Service, history: History) -> None:
    client = service()
    found = client.get("/api/v1/analytics/campaigns", params=YEAR).json()
    numbers = [(None, found["offers"])] + [(one["incentive"], one) for one in found["incentives"]]
    assert found["offers"]["made"] > 20
    for incentive, row in numbers:
        kept = row["retained"]["count"]
        counts = {"made": row["made"], "judged": row["judged"], "retained": kept}
        counts |= {"left": row["judged"] - kept, "not_known_yet": row["made"] - row["judged"]}
        for outcome, many in counts.items():
            rows = all_decisions(client, {**YEAR, "outcome": outcome, "incentive": incentive})
            assert len({one["decision_id"] for one in rows}) == many, (incentive, outcome)
            assert all(
                one["incentive"] == incentive if incentive else one["incentive"] != "none" for one in rows
            )
            if outcome == "made":
                assert sum(one["cost"] for one in rows) == pytest.approx(row["spend"], abs=0.01)
    assert all_decisions(client, {**YEAR, "incentive": "no_such"}) == []


def all_decisions(client: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {name: value for name, value in params.items() if value is not None} | {"limit": 7}
    rows: list[dict[str, Any]] = []
    while True:
        body = client.get(DECISIONS, params=asked).json()
        rows += body["decisions"]
        if body["next"] is None:
            assert body["total"] == len(rows)
            return rows
        asked["cursor"] = body["next"]


def test_decisions_are_of_the_own_cases_and_on_record_and_the_erased_have_no_name(
    service: Service, tmp_path: Path, history: History, store: Store
) -> None:
    client = service()
    (first, second, *_) = sorted(set(history.offers["customer_id"]))
    with closing(sqlite3.connect(newest(tmp_path, history) / JOURNEY)) as file:
        file.execute("UPDATE decisions SET customer_id = 'erased_0' WHERE customer_id = ?", (second,))
        file.commit()
    everybody = all_decisions(client, YEAR)
    assert [one for one in everybody if one["customer_id"] is None]
    key, kept = make_api_key(store, "crm", ["customers.read"], role="csm", by="ada", now=NOW)
    case = Ask("dec_1", "cmp_1", first, False, 0, 0, {}, {}, NOW + timedelta(1), NOW + timedelta(9))
    with store.transaction() as session:
        ask_in(session, [case], clock=NOW)
        note_in(session, "dec_1", "assigned", who="bob", clock=NOW, assigned_to=kept.key_id)
    own = client.get(DECISIONS, params=YEAR, headers={"X-API-Key": key}).json()
    assert own["own_only"]
    assert {one["customer_id"] for one in own["decisions"]} == {first}
    assert own["total"] == [one["customer_id"] for one in everybody].count(first)
    client.app.state.door.readings.ahead.close()
    shown = json.loads(search(store, action="prediction.served")[0].detail)
    assert shown["customers"] == [first] * own["total"]


def test_an_answer_that_did_not_change_is_not_sent_again(service: Service, history: History) -> None:
    client = service()
    for view in ("pipeline", "revenue", "campaigns", "segments"):
        first = client.get(f"/api/v1/analytics/{view}")
        again = client.get(f"/api/v1/analytics/{view}", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code) == (200, 304)


def leave_earned(path: Path, told: Told) -> None:
    """A hundred customers of three months each, four fifths treated; a term is 2 give or take 1."""
    with closing(sqlite3.connect(path)) as file:
        for month in (10, 11, 12):
            day = (datetime(2025, month, 3) - datetime(1970, 1, 1)).days
            for tier, many in ((1, 85), (2, 15)):
                treated = many - (19 if tier == 1 else 1)
                net = [2.0 + (-1) ** n for n in range(many)]
                file.execute(
                    f"INSERT INTO earned VALUES ({', '.join('?' * 16)})",
                    (
                        *(day, tier, 1, many, treated, many - treated, treated, treated, treated),
                        *(30.0 * many, treated * 2.5, 0.0, sum(net), sum(v * v for v in net), 1.0, 1.0),
                    ),
                )
        file.execute("UPDATE told SET body = ?", (msgspec.json.encode(told),))
        file.commit()
