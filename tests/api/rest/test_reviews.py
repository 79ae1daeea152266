"""The review queue over HTTP: who may answer what, in which order, and that an answer stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.campaigns.witness import NOW, Business, Witness, action

from retinue.api import access
from retinue.security import Principal
from retinue.security.api_keys import make_api_key
from retinue.security.users import create_user
from retinue.store.reviews import Ask, ask_in, note_in

PATH = "/api/v1/reviews"
Service = Callable[..., Any]


@pytest.fixture
def business(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path / ".retinue", [Witness()])
    made.settings = made.settings.model_copy(update={"root": tmp_path})
    made.start(
        *(action(n, route="manual_review", cost=cost) for n, cost in ((1, 5.0), (2, 300.0), (3, 1500.0))),
        action(4),
    )
    yield made
    made.store.close()


@pytest.fixture
def client(business: Business, service: Service) -> Any:
    return service(business.settings)


@pytest.fixture
def as_role(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let whoever is on this machine be somebody with these roles."""

    def become(name: str, *roles: str) -> None:
        monkeypatch.setattr(access, "LOCAL", replace(access.LOCAL, subject=name, roles=frozenset(roles)))

    assert isinstance(access.LOCAL, Principal)
    return become


def test_urgent_cases_come_first_page_by_page(client: Any) -> None:
    first = client.get(PATH, params={"limit": 2}).json()
    assert [case["decision_id"] for case in first["reviews"]] == ["dec_3", "dec_1"]
    second = client.get(PATH, params={"limit": 2, "cursor": first["next"]}).json()
    assert [case["decision_id"] for case in second["reviews"]] == ["dec_2"]
    assert second["next"] is None
    assert "72 % to leave" in first["reviews"][0]["headline"]
    told = {name: first["reviews"][0][name] for name in ("churn_probability", "clv", "tier", "contest")}
    assert told == {"churn_probability": 0.72, "clv": 6200.0, "tier": "Basic", "contest": False}


def test_one_case_is_told_in_words_with_its_steps(client: Any) -> None:
    client.post(f"{PATH}/dec_1/change", json={"offer": "fixed_credit", "reason": "likes credit"})
    case = client.get(f"{PATH}/dec_1").json()
    assert case["offer"]["id"] == "fixed_credit"
    assert [(s["what"], s["who"], s["reason"]) for s in case["steps"]] == [
        ("changed", "local", "likes credit")
    ]
    assert any(line.startswith("Why a person decides") for line in case["words"])
    assert client.get(f"{PATH}/dec_9").status_code == 404


def test_limits_go_by_the_role_that_is_proven(client: Any, as_role: Any, business: Business) -> None:
    as_role("cem", "csm")
    for number in (1, 2):
        give(business, f"dec_{number}", "cem")
    assert client.post(f"{PATH}/dec_1/approve", json={}).json()["state"] == "approved"
    refused = client.post(f"{PATH}/dec_2/approve", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "RTN-0150")
    assert "may approve up to 250.00" in refused.json()["detail"]
    as_role("ada", "viewer", "csm", "approver")
    assert client.post(f"{PATH}/dec_2/approve", json={}).json()["state"] == "approved"
    first = client.post(f"{PATH}/dec_3/approve", json={}).json()
    assert (first["state"], first["first_by"]) == ("waiting", "ada")
    assert client.post(f"{PATH}/dec_3/approve", json={}).status_code == 403
    as_role("bob", "approver")
    assert client.post(f"{PATH}/dec_3/approve", json={}).json()["state"] == "approved"
    assert set(business.states()) >= {"dec_1/email", "dec_2/email", "dec_3/email"}


def give(business: Business, decision_id: str, who: str) -> None:
    with business.store.transaction() as session:
        note_in(session, decision_id, "assigned", who="lead", clock=NOW, assigned_to=who)


def test_a_csm_sees_and_answers_the_cases_of_their_own_customers(
    client: Any, as_role: Any, business: Business
) -> None:
    give(business, "dec_2", "cem")
    as_role("cem", "csm")
    assert [case["decision_id"] for case in client.get(PATH).json()["reviews"]] == ["dec_2"]
    assert client.get(f"{PATH}/dec_2").status_code == 200
    absent = client.get(f"{PATH}/dec_9").json()
    for path in ("dec_1", "dec_3"):
        hidden = client.get(f"{PATH}/{path}")
        assert hidden.status_code == 404
        assert hidden.json() == {**absent, "detail": f"No case waits under {path}."}
    bodies = {
        "approve": {},
        "reject": {"code": "not_now"},
        "change": {"offer": "fixed_credit"},
        "snooze": {"until": "2026-02-16T10:00:00Z"},
        "assign": {"to": "cem"},
    }
    for step, body in bodies.items():
        assert client.post(f"{PATH}/dec_1/{step}", json=body).status_code == 404, step
    many = {"decisions": ["dec_1", "dec_2", "dec_9"], "answer": "reject", "code": "not_now"}
    results = client.post(f"{PATH}/bulk", json=many).json()["results"]
    assert results["dec_2"] == {"state": "rejected"}
    assert [results[f"dec_{n}"] for n in (1, 9)] == [
        {"refused": f"No case waits under dec_{n}."} for n in (1, 9)
    ]
    as_role("lea", "csm", "approver")
    assert len(client.get(PATH).json()["reviews"]) == 2


def test_a_csm_sees_what_campaigns_do_for_own_customers(
    client: Any, as_role: Any, business: Business
) -> None:
    client.app.state.door.channels.update(business.channels)
    client.post(f"{PATH}/dec_1/approve", json={})
    every = client.get("/api/v1/deliveries").json()["deliveries"]
    plan = f"/api/v1/campaigns/{every[0]['campaign_id']}/plan"
    assert {one["customer_id"] for one in every} == {"C1", "C4"}
    give(business, "dec_1", "cem")
    as_role("cem", "csm")
    mine = client.get("/api/v1/deliveries").json()["deliveries"]
    assert {one["customer_id"] for one in mine} == {"C1"}
    pages, cursor = [], None
    while not pages or cursor:
        asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        found = client.get("/api/v1/deliveries", params=asked).json()
        cursor = found["next"]
        pages.append([one["delivery_id"] for one in found["deliveries"]])
    assert pages == [[one["delivery_id"]] for one in mine], "no page is short because of others' customers"
    for one in every:
        status = client.get(f"/api/v1/deliveries/{one['delivery_id']}").status_code
        assert status == (200 if one["customer_id"] == "C1" else 404)
    assert {one["customer_id"] for one in client.get(plan).json()["actions"]} == {"C1"}
    foreseen = client.get(plan.replace("plan", "preview")).json()["actions"]
    assert {one["customer_id"] for one in foreseen} <= {"C1"}


def test_a_case_is_given_to_a_user_of_the_service(client: Any, business: Business) -> None:
    create_user(business.store, "cem", "correct horse battery", ["csm"], now=NOW)
    create_user(business.store, "eve", "correct horse battery", ["viewer"], now=NOW)
    key, _ = make_api_key(
        business.store, "lead", ["reviews.answer", "reviews.read"], role="admin", by="lead", now=NOW
    )
    client.headers["X-API-Key"] = key
    assert client.post(f"{PATH}/dec_1/assign", json={"to": "cem"}).json()["assigned_to"] == "cem"
    too_dear = client.post(f"{PATH}/dec_2/assign", json={"to": "cem"})
    assert too_dear.status_code == 403
    for nobody in ("eve", "made-up"):
        assert client.post(f"{PATH}/dec_1/assign", json={"to": nobody}).status_code == 400, nobody


def test_who_may_not_answer_is_refused(client: Any, as_role: Any) -> None:
    as_role("eve", "viewer")
    assert client.get(PATH).status_code == 403
    assert client.post(f"{PATH}/dec_1/approve", json={}).status_code == 403
    as_role("ana", "analyst")
    assert client.post(f"{PATH}/bulk", json={"decisions": ["dec_1"], "answer": "approve"}).status_code == 403


def test_an_answer_stands(client: Any) -> None:
    assert client.post(f"{PATH}/dec_1/reject", json={"code": "not_now"}).json()["state"] == "rejected"
    closed = client.post(f"{PATH}/dec_1/approve", json={})
    assert (closed.status_code, closed.json()["code"]) == (409, "RTN-0140")
    assert client.post(f"{PATH}/dec_2/reject", json={"code": "because"}).status_code == 422
    assert client.post(f"{PATH}/dec_2/reject", json={"code": "other"}).status_code == 400
    assert client.post(f"{PATH}/dec_2/change", json={"offer": "nothing"}).status_code == 400


def test_put_off_and_given_to_somebody(client: Any) -> None:
    later = client.post(f"{PATH}/dec_1/snooze", json={"until": "2026-02-16T10:00:00+02:00"})
    assert later.json()["snoozed_until"] == "2026-02-16T08:00:00Z"
    assert len(client.get(PATH).json()["reviews"]) == 2
    assert len(client.get(PATH, params={"snoozed": True}).json()["reviews"]) == 3
    for until, status in (("2020-01-01", 400), ("9999-12-31T23:59:59-14:00", 422), ("soon", 422)):
        assert client.post(f"{PATH}/dec_2/snooze", json={"until": until}).status_code == status
    assert client.post(f"{PATH}/dec_2/assign", json={"to": "local"}).json()["assigned_to"] == "local"
    mine = client.get(PATH, params={"assigned_to": "local"}).json()["reviews"]
    assert [case["decision_id"] for case in mine] == ["dec_2"]


def test_many_at_once_each_on_its_own(client: Any) -> None:
    body = {"decisions": ["dec_1", "dec_9", "dec_2"], "answer": "approve", "reason": "looked at"}
    results = client.post(f"{PATH}/bulk", json=body).json()["results"]
    assert results["dec_1"] == {"state": "approved"}
    assert results["dec_2"] == {"state": "approved"}
    assert "No case waits" in results["dec_9"]["refused"]
    assert client.post(f"{PATH}/bulk", json={"decisions": ["dec_3"], "answer": "reject"}).status_code == 422
    done = client.post(f"{PATH}/bulk", json={"decisions": ["dec_3"], "answer": "reject", "code": "too_dear"})
    assert done.json()["results"] == {"dec_3": {"state": "rejected"}}


def test_deliveries_are_listed_and_what_is_unknown_is_settled(client: Any, business: Business) -> None:
    for n in (1, 2):
        client.post(f"{PATH}/dec_{n}/approve", json={})
    first = client.get("/api/v1/deliveries", params={"limit": 2}).json()
    second = client.get("/api/v1/deliveries", params={"limit": 2, "cursor": first["next"]}).json()
    names = [d["decision_id"] for d in first["deliveries"] + second["deliveries"]]
    assert sorted(names) == ["dec_1", "dec_2", "dec_4"]
    assert second["next"] is None
    assert "example.org" not in client.get("/api/v1/deliveries").text
    known = first["deliveries"][0]["delivery_id"]
    settled = client.post(f"/api/v1/deliveries/{known}/settle", json={"state": "sent"})
    assert (settled.status_code, settled.json()["code"]) == (409, "RTN-0140")
    assert client.post("/api/v1/deliveries/dlv_0/settle", json={"state": "sent"}).status_code == 404
    assert client.get(f"/api/v1/deliveries/{known}").json()["steps"][0]["state"] == "queued"


def test_what_a_person_found_of_an_unknown_delivery_stands_with_who_and_why(
    client: Any, business: Business
) -> None:
    business.channels["email"].plan = [("after", ConnectionError("lost"))]
    business.pump()
    (unknown,) = client.get("/api/v1/deliveries", params={"state": "unknown"}).json()["deliveries"]
    path = f"/api/v1/deliveries/{unknown['delivery_id']}/settle"
    body, key = {"state": "sent", "reason": "seen in the log of the mail server"}, {"Idempotency-Key": "s"}
    settled = client.post(path, json=body, headers=key)
    assert settled.status_code == 200, settled.text
    assert settled.json()["state"] == "sent"
    last = settled.json()["steps"][-1]
    assert (last["before"], last["state"]) == ("unknown", "sent")
    assert last["reason"] == "local: seen in the log of the mail server"
    again = client.post(path, json=body, headers=key)
    assert again.json() == settled.json()
    assert client.post(path, json=body).status_code == 409
    assert client.get("/api/v1/deliveries", params={"state": "unknown"}).json()["deliveries"] == []
    assert list(business.channels["email"].effects.values()) == [1]


def test_the_queue_in_numbers(client: Any, as_role: Any, business: Business, clock: Any) -> None:
    counts = "/api/v1/counts/reviews"
    cases = client.get(PATH).json()["reviews"]
    told = client.get(counts).json()
    assert (told["waiting"], told["urgent"], told["overdue"], told["nobodys"]) == (3, 2, 0, 3)
    assert (told["offers"], told["cents"]) == (3, sum(case["cents"] for case in cases))
    assert told["expected_cents"] == sum(case["expected_cents"] for case in cases)
    assert told["campaigns"] == [{"campaign_id": cases[0]["campaign_id"], "waiting": 3}]
    assert told["people"] == ["local"]
    client.post(f"{PATH}/dec_1/snooze", json={"until": "2026-02-18T10:00:00Z"})
    give(business, "dec_2", "cem")
    clock.now = datetime.fromisoformat(cases[0]["due_at"])
    late = client.get(counts).json()
    assert (late["waiting"], late["snoozed"], late["overdue"], late["mine"]) == (2, 1, 1, 0)
    clock.now += timedelta(hours=36)
    assert client.get(counts).json()["due_today"] == 1, "the usual case is due two days after it was asked"
    as_role("cem", "csm")
    own = client.get(counts).json()
    assert (own["waiting"], own["mine"], own["snoozed"]) == (1, 1, 0)
    as_role("eve", "viewer")
    assert client.get(counts).status_code == 403


def test_what_waits_for_a_look_asks_for_no_money(client: Any, business: Business) -> None:
    before = client.get("/api/v1/counts/reviews").json()
    asks = Ask(
        "prv_1",
        "CAMP_1",
        "C1",
        False,
        0,
        9_900,
        {"contest": True, "decision_id": "dec_9"},
        {"id": "none", "type": "none"},
        NOW + timedelta(1),
        NOW + timedelta(9),
    )
    with business.store.transaction() as session:
        ask_in(session, [asks], clock=NOW)
    told = client.get("/api/v1/counts/reviews").json()
    assert (told["waiting"], told["offers"]) == (before["waiting"] + 1, before["offers"])
    assert (told["cents"], told["expected_cents"]) == (before["cents"], before["expected_cents"])


def test_a_case_may_be_given_to_whoever_has_a_role_in_the_queue(client: Any, business: Business) -> None:
    for name, role in (("cem", "csm"), ("eve", "viewer")):
        create_user(business.store, name, "correct horse battery", [role], now=NOW)
    key, kept = make_api_key(business.store, "lead", ["reviews.read"], role="admin", by="lead", now=NOW)
    told = client.get("/api/v1/counts/reviews", headers={"X-API-Key": key}).json()
    assert told["people"] == sorted(["cem", kept.key_id])
