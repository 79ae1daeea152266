"""Revenue impact over HTTP, from a history of runs: groups, months, few customers, the budget."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.api.conftest import NOW
from tests.api.rest.conftest import (
    YEAR,
    newest,
)
from tests.runs.journeys import CURRENCY, History, campaign_of

from retinue.runs.figures import JOURNEY, Told
from retinue.store import Store
from retinue.store.ledger import Claim, Grant, reserve, spend

Service = Callable[..., Any]


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
