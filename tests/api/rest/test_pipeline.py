"""The at-risk pipeline over HTTP, from a history of runs: its numbers and the lists behind them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.api.conftest import NOW
from tests.api.rest.conftest import (
    YEAR,
    newest,
)
from tests.runs.journeys import History, campaign_of

from retinue.runs.figures import JOURNEY
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.reviews import Ask, ask_in, note_in

Service = Callable[..., Any]
PIPELINE = "/api/v1/analytics/pipeline"


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
