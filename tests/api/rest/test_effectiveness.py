"""Campaign effectiveness over HTTP, from a history of runs: incentives, responses, decisions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW
from tests.api.rest.conftest import (
    YEAR,
    leave_figures,
    newest,
)
from tests.runs.journeys import History

from retinue.runs.figures import JOURNEY
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.reviews import Ask, ask_in, note_in

Service = Callable[..., Any]
DECISIONS = "/api/v1/analytics/campaigns/decisions"


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
