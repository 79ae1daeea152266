"""Customers over HTTP: the design document's answer, pages, filters, tags, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW
from tests.api.rest.conftest import leave_run

from retinue.runs.privacy.files import without_scores
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.reviews import Ask, ask_in, note_in

Service = Callable[..., Any]


def test_the_risk_is_answered_as_the_design_document_says(service: Service, ran: str) -> None:
    answer = service().get("/api/v1/customers/C12345/risk")
    assert answer.status_code == 200
    assert answer.json() == {
        "customer_id": "C12345",
        "timestamp": "2026-02-14T00:00:00Z",
        "risk_assessment": {"churn_probability": 0.78, "risk_level": "HIGH", "time_to_churn_days": 45},
        "customer_value": {"clv": 5420.50, "segment": "Premium"},
        "recommendation": {
            "action": "immediate_intervention",
            "incentive": {"type": "percentage_discount", "value": 15},
            "expected_roi": 1250.00,
        },
    }


def test_who_is_watched_or_safe_gets_no_offer(service: Service, ran: str) -> None:
    client = service()
    watched = client.get("/api/v1/customers/C12346/risk").json()
    assert watched["recommendation"] == {"action": "monitor", "incentive": None, "expected_roi": 0.0}
    safe = client.get("/api/v1/customers/C12384/risk").json()
    assert safe["recommendation"]["action"] == "no_action"
    assert safe["risk_assessment"]["time_to_churn_days"] is None


@pytest.mark.parametrize(
    ("customer", "said"),
    [("C00001", "had left"), ("C00002", "too short a time"), ("C99999", "No customer of that id")],
)
def test_who_is_not_active_is_not_found_and_it_says_why(
    service: Service, ran: str, customer: str, said: str
) -> None:
    answer = service().get(f"/api/v1/customers/{customer}/risk")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_a_csm_finds_the_customers_of_the_own_cases_only(service: Service, ran: str, store: Store) -> None:
    key, kept = make_api_key(store, "crm", ["customers.read"], role="csm", by="ada", now=NOW)
    case = Ask("dec_1", "cmp_1", "C12346", False, 0, 0, {}, {}, NOW + timedelta(1), NOW + timedelta(9))
    with store.transaction() as session:
        ask_in(session, [case], clock=NOW)
    client = service()

    def ask(path: str) -> Any:
        return client.get(f"/api/v1/customers{path}", headers={"X-API-Key": key})

    assert ask("").json()["customers"] == []
    assert ask("/C12346").status_code == 404
    with store.transaction() as session:
        note_in(session, "dec_1", "assigned", who="bob", clock=NOW, assigned_to=kept.key_id)
    assert [one["customer_id"] for one in ask("").json()["customers"]] == ["C12346"]
    assert [ask(f"/{name}").status_code for name in ("C12346", "C12345", "C99999")] == [200, 404, 404]
    assert ask("/C12345/risk").content == ask("/C99999/risk").content
    assert len(client.get("/api/v1/customers").json()["customers"]) > 1


def test_without_a_run_there_is_nobody(service: Service) -> None:
    for path in ("/api/v1/customers/C1/risk", "/api/v1/customers/C1", "/api/v1/customers"):
        answer = service().get(path)
        assert answer.status_code == 404
        assert "No finished run" in answer.json()["detail"]


def test_a_new_run_is_seen_within_seconds(service: Service, ran: str, tmp_path: Path, clock: Any) -> None:
    client = service()
    before = client.get("/api/v1/customers/C12345/risk")
    leave_run(tmp_path, as_of=datetime(2026, 2, 15, tzinfo=UTC), run_id="f" * 20)
    clock.now += timedelta(seconds=6)
    after = client.get("/api/v1/customers/C12345/risk")
    assert after.json()["timestamp"] == "2026-02-15T00:00:00Z"
    assert after.headers["etag"] != before.headers["etag"]
    older = client.get("/api/v1/customers/C12345", params={"run": ran})
    assert older.json()["as_of"] == "2026-02-14T00:00:00Z"


def test_what_did_not_change_is_not_sent_again(service: Service, ran: str) -> None:
    client = service()
    for path in ("/api/v1/customers/C12345/risk", "/api/v1/customers/C12345", "/api/v1/customers"):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("churn_probability", "desc"),
        ("clv", "asc"),
        ("time_to_churn_days", "asc"),
        ("priority_score", "desc"),
    ],
)
def test_pages_hold_everybody_once_in_order(service: Service, ran: str, sort: str, order: str) -> None:
    client, found, cursor = service(), [], None
    while True:
        asked = {"sort": sort, "order": order, "limit": 7} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/customers", params=asked).json()
        found += page["customers"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len({row["customer_id"] for row in found}) == len(found) == 40
    last = -1e308 if sort != "time_to_churn_days" else 1e308
    values = [last if row[sort] is None else row[sort] for row in found]
    assert values == sorted(values, reverse=order == "desc")


def test_a_cursor_stays_with_its_run(service: Service, ran: str, tmp_path: Path, clock: Any) -> None:
    client = service()
    first = client.get("/api/v1/customers", params={"limit": 5}).json()
    leave_run(tmp_path, as_of=datetime(2026, 2, 15, tzinfo=UTC), run_id="f" * 20)
    clock.now += timedelta(seconds=6)
    second = client.get("/api/v1/customers", params={"limit": 5, "cursor": first["next"]}).json()
    assert second["run"] == first["run"] == ran
    assert client.get("/api/v1/customers").json()["run"] != ran


def test_filters_are_alternatives_within_and_conditions_between(service: Service, ran: str) -> None:
    client = service()

    def ids(**params: Any) -> list[str]:
        answer = client.get("/api/v1/customers", params={"limit": 200, **params})
        assert answer.status_code == 200, answer.text
        return [row["customer_id"] for row in answer.json()["customers"]]

    assert ids(action_type=["monitor", "auto_execute"]) == ["C12345", "C12346"]
    assert ids(value_tier="Premium", action_type=["monitor", "auto_execute"]) == ["C12345"]
    assert len(ids(value_tier=["Premium", "Basic"])) == 40
    assert ids(clv_min=5000) == ["C12345"]
    assert ids(churn_probability_min=0.7, churn_probability_max=0.77)[0] == "C12346"
    assert ids(starts="C1238") == ["C12380", "C12381", "C12382", "C12383", "C12384"]
    assert ids(segment="' OR 1=1 --") == []
    assert (len(ids(held_out=False)), ids(held_out=True)) == (40, []), "also those nobody decided about"


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "decision"},
        {"sort": "clv; DROP TABLE customers"},
        {"limit": 0},
        {"limit": 201},
        {"risk_level": "SOME"},
        {"churn_probability_min": "nan"},
        {"clv_min": "inf"},
        {"segment": "a\x00b"},
        {"cursor": "no cursor"},
        {"cursor": "AAAA"},
        {"run": "../../etc"},
    ],
)
def test_what_is_not_on_the_list_is_refused(service: Service, ran: str, params: dict[str, Any]) -> None:
    answer = service().get("/api/v1/customers", params=params)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] == "RTN-0600"


def test_a_cursor_is_signed_and_belongs_to_its_question(service: Service, ran: str) -> None:
    client = service()
    cursor = client.get("/api/v1/customers", params={"limit": 5}).json()["next"]
    changed = cursor[:-4] + ("AAAA" if cursor[-4:] != "AAAA" else "BBBB")
    assert client.get("/api/v1/customers", params={"limit": 5, "cursor": changed}).status_code == 422
    other = client.get("/api/v1/customers", params={"limit": 5, "cursor": cursor, "value_tier": "Basic"})
    assert "another question" in other.json()["detail"]


def test_a_profile_tells_the_decision_with_its_causes(service: Service, ran: str) -> None:
    profile = service().get("/api/v1/customers/C12345").json()
    assert profile["decision"]["rule"] == "low_value_low_risk"
    assert profile["decision"]["reasons"][0].startswith("active days")
    assert (profile["clv_low"], profile["mrr"], profile["held_out"]) == (10.0, 49.0, False)


def test_every_answer_has_a_name(service: Service, ran: str) -> None:
    client = service()
    mine = client.get(
        "/api/v1/customers/C12345/risk", headers={"X-Request-Id": "6f9619ff-8b86-d011-b42d-00cf4fc964ff"}
    )
    assert mine.headers["x-request-id"] == "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    for given in ("short", "has space in it", "x" * 101, 'inject"quote-quote'):
        answer = client.get("/api/v1/nothing", headers={"X-Request-Id": given})
        assert answer.status_code == 404
        assert len(answer.headers["x-request-id"]) == 32


def test_from_elsewhere_nobody_reads_customers(service: Service, ran: str) -> None:
    answer = service(peer="203.0.113.9").get("/api/v1/customers/C12345/risk")
    assert answer.status_code == 403


def test_how_many_there_are_behind_a_filter(service: Service, ran: str) -> None:
    client = service()
    whole = client.get("/api/v1/counts/customers").json()
    assert (whole["run"], whole["total"], whole["of"]) == (ran, 40, 40)
    for asked in ({"risk_level": "HIGH"}, {"value_tier": "Basic", "clv_min": 200}, {"starts": "C1234"}):
        listed = client.get("/api/v1/customers", params={"limit": 200, **asked}).json()["customers"]
        told = client.get("/api/v1/counts/customers", params=asked).json()
        assert (told["total"], told["of"]) == (len(listed), 40), asked
        assert 0 < told["total"] < 40


def test_who_was_taken_out_is_not_found_by_the_run_either(service: Service, tmp_path: Path, ran: str) -> None:
    client, path = service(), "/api/v1/customers/C12345"
    assert client.get(path).status_code == 200
    assert client.get(path, params={"run": ran}).status_code == 200
    assert without_scores(tmp_path / ".retinue", ran, "C12345")
    assert client.get(path, params={"run": ran}).status_code == 404
