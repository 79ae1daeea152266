"""A campaign's life over HTTP: planned, seen, approved by hash, run, paused, stopped; and who did what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.api.rest.conftest import CAMPAIGN, leave_run

PATH = f"/api/v1/campaigns/{CAMPAIGN}"


@pytest.fixture
def client(campaigning: Any) -> Any:
    """The service with a run whose campaign can be sent."""
    return campaigning


def planned(client: Any) -> str:
    answer = client.post("/api/v1/campaigns", json={"campaign_id": CAMPAIGN})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == PATH
    return str(answer.json()["plan_sha256"])


def test_a_campaign_that_nobody_planned_is_listed(client: Any) -> None:
    (row,) = client.get("/api/v1/campaigns").json()["campaigns"]
    assert (row["campaign_id"], row["state"], row["plan_sha256"]) == (CAMPAIGN, "listed", None)
    assert (row["customers"], row["offers"], row["expected_net"], row["planned_cost"]) == (
        2,
        1,
        1250.0,
        14.05,
    )
    shown = client.get(PATH).json()
    assert (shown["target_customers"], shown["total_expected_roi"]) == (2, 1250.0)
    assert (shown["delivery"], shown["offers_by_incentive"]) == ("live", {"percentage_discount_15": 1})
    assert client.get(f"{PATH}/plan").status_code == 404
    first = client.get(f"{PATH}/actions", params={"limit": 1}).json()
    assert first["actions"][0]["recommended_incentive"]["value"] == 15
    second = client.get(f"{PATH}/actions", params={"limit": 1, "cursor": first["next"]}).json()
    assert (second["actions"][0]["action_type"], second["next"]) == ("monitor", None)


def test_what_was_seen_is_approved_and_started(client: Any) -> None:
    sha = planned(client)
    plan = client.get(f"{PATH}/plan")
    assert plan.headers["etag"] == f'"{sha}"'
    assert plan.json()["actions"][0]["channels"] == ["email"]
    assert client.get(f"{PATH}/plan", headers={"If-None-Match": f'"{sha}"'}).status_code == 304
    foreseen = client.get(f"{PATH}/preview").json()
    assert foreseen["counts"] == {"send": 1}
    assert client.get(PATH).json()["deliveries"] == {}
    done = client.post(f"{PATH}/approve", json={}, headers={"If-Match": plan.headers["etag"]})
    assert (done.status_code, done.json()["state"], done.json()["approved_by"]) == (200, "approved", "local")
    assert client.post(f"{PATH}/start").json()["state"] == "running"
    assert client.get(PATH).json()["deliveries"] == {"queued": 1}
    for step, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        answer = client.post(f"{PATH}/{step}", json={"reason": "prices"})
        assert answer.json()["state"] == state, answer.text
    moves = client.get(PATH).json()["moves"]
    assert [m["state"] for m in moves] == [
        "planned", "approved", "running", "paused", "running", "stopped",
    ]  # fmt: skip
    assert {m["who"] for m in moves} == {"local"}
    assert moves[-1]["reason"] == "prices"
    assert client.get(PATH).json()["deliveries"] == {"cancelled": 1}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({}, {}, 422),
        ({"plan_sha256": "0" * 64}, {}, 409),
        ({"plan_sha256": "xyz"}, {}, 422),
        ({}, {"If-Match": f'"{"0" * 64}"'}, 412),
        ({}, {"If-Match": "*"}, 422),
    ],
)
def test_nothing_is_approved_but_the_plan_there_is(
    client: Any, body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    planned(client)
    answer = client.post(f"{PATH}/approve", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert client.get(PATH).json()["state"] == "planned"


def test_steps_out_of_order_are_conflicts_and_unknown_names_are_not_found(client: Any) -> None:
    planned(client)
    for step in ("start", "pause", "resume"):
        answer = client.post(f"{PATH}/{step}", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "RTN-0140"), step
    for step in ("approve", "start", "pause", "resume", "stop"):
        answer = client.post(
            f"/api/v1/campaigns/CAMP_1/{step}", json={"plan_sha256": "0" * 8} if step == "approve" else {}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "RTN-0130"), step
    assert client.post("/api/v1/campaigns", json={"campaign_id": "CAMP_1"}).status_code == 404
    assert client.get("/api/v1/campaigns/..%2F..%2Fkey/actions").status_code in (404, 422)


def test_the_same_key_starts_once(client: Any) -> None:
    sha = planned(client)
    client.post(f"{PATH}/approve", json={"plan_sha256": sha})
    client.post(f"{PATH}/start")
    pausing = {"json": {"reason": "x"}, "headers": {"Idempotency-Key": "p"}}
    first = client.post(f"{PATH}/pause", **pausing)
    again = client.post(f"{PATH}/pause", **pausing)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert client.post(f"{PATH}/stop", **pausing).status_code == 422
    assert len(client.get(PATH).json()["moves"]) == 4


def test_lists_are_paged_newest_first(client: Any, tmp_path: Path) -> None:
    from datetime import timedelta

    from tests.api.rest.conftest import AS_OF

    for day in range(1, 4):
        leave_run(tmp_path, 3, as_of=AS_OF + timedelta(days=day), run_id=f"run{day}".ljust(20, "0"))
    names, cursor = [], None
    while True:
        asked = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/campaigns", params=asked).json()
        names += [row["campaign_id"] for row in page["campaigns"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert names == [f"CAMP_2026_02_{14 + day}_001" for day in (3, 2, 1, 0)]
    assert client.get("/api/v1/campaigns", params={"state": "running"}).json()["campaigns"] == []
