"""Outcomes over HTTP: kept before the answer, once for each key, refused where they cannot be used."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.api.conftest import Clock, TestClient

from retinue.security import api_keys
from retinue.store import Store, idempotency, inbox

Service = Callable[..., TestClient]
NDJSON = "application/x-ndjson"
URL = "/api/v1/feedback/outcome"
ONE = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}


def bodies(store: Store) -> list[dict[str, Any]]:
    return [row.body for row in inbox.waiting(store)]


def test_one_outcome_is_kept_and_named_by_its_content(service: Service, store: Store) -> None:
    answer = service().post(URL, json=ONE)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["accepted"], told["unchanged"]) == (1, 0)
    name = told["outcomes"][0]["outcome_id"]
    assert name.startswith("content_")
    assert bodies(store) == [
        {
            "customer_id": "C1",
            "retained": True,
            "observed_at": "2026-02-13T08:00:00+00:00",
            "outcome_id": name,
        }
    ]


def test_a_list_is_kept_in_its_order_and_the_same_again_changes_nothing(
    service: Service, store: Store
) -> None:
    client = service()
    rows = [{**ONE, "outcome_id": f"O{n}", "revenue": n, "decision_id": "D1"} for n in range(3)]
    assert client.post(URL, json=rows).json()["accepted"] == 3
    again = client.post(URL, json=[*rows, {**rows[0], "retained": False}]).json()
    assert [one["status"] for one in again["outcomes"]] == ["unchanged", "unchanged", "unchanged", "accepted"]
    # the correction waits for what it corrects
    assert [body["outcome_id"] for body in bodies(store)] == ["O0", "O1", "O2"]
    assert inbox.counts(store) == {"received": 4, "waiting": 4}


def test_the_zone_of_a_time_does_not_make_another_outcome(service: Service) -> None:
    client = service()
    first = client.post(URL, json=ONE).json()
    same = client.post(URL, json={**ONE, "observed_at": "2026-02-13T09:00:00+01:00"}).json()
    assert same["outcomes"] == [{**first["outcomes"][0], "status": "unchanged"}]


BAD: dict[str, tuple[Any, str]] = {
    "nothing": (None, ""),
    "a number": (5, ""),
    "an empty list": ([], ""),
    "an empty object": ({}, "customer_id"),
    "no customer": ({k: v for k, v in ONE.items() if k != "customer_id"}, "customer_id"),
    "customer empty": ({**ONE, "customer_id": ""}, "customer_id"),
    "customer with spaces": ({**ONE, "customer_id": " C1"}, "customer_id"),
    "customer with a line break": ({**ONE, "customer_id": "C1\nC2"}, "customer_id"),
    "customer a number": ({**ONE, "customer_id": 1}, "customer_id"),
    "customer too long": ({**ONE, "customer_id": "x" * 201}, "customer_id"),
    "retained in words": ({**ONE, "retained": "yes"}, "retained"),
    "retained a number": ({**ONE, "retained": 1}, "retained"),
    "retained null": ({**ONE, "retained": None}, "retained"),
    "no time": ({k: v for k, v in ONE.items() if k != "observed_at"}, "observed_at"),
    "time in words": ({**ONE, "observed_at": "yesterday"}, "observed_at"),
    "time in the future": ({**ONE, "observed_at": "2026-02-14T09:00:01Z"}, "observed_at"),
    "revenue infinite": ({**ONE, "revenue": "inf"}, "revenue"),
    "revenue in words": ({**ONE, "revenue": "much"}, "revenue"),
    "revenue too precise": ({**ONE, "revenue": "1.00001"}, "revenue"),
    "revenue too large": ({**ONE, "revenue": 1e30}, "revenue"),
    "an unknown field": ({**ONE, "churned": False}, "churned"),
    "one bad of two": ([ONE, {**ONE, "retained": "no"}], "1"),
    "too many": ([ONE] * 1001, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_keeps_nothing_and_says_where(service: Service, store: Store, name: str) -> None:
    body, pointed = BAD[name]
    answer = service().post(URL, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "RTN-0600"
    assert problem["type"] == "urn:retinue:error:RTN-0600"
    assert problem["status"] == 422
    if pointed:
        assert any(pointed in part["pointer"] for part in problem["errors"]), problem
    assert bodies(store) == []


def test_a_fault_is_pointed_at_in_the_form_that_was_sent(service: Service) -> None:
    client = service()
    one = client.post(URL, json={**ONE, "retained": "yes"}).json()["errors"]
    assert [part["pointer"] for part in one] == ["/retained"]
    many = client.post(URL, json=[ONE, {**ONE, "retained": "yes", "x": 1}]).json()["errors"]
    assert [part["pointer"] for part in many] == ["/1/retained", "/1/x"]


def test_a_problem_does_not_repeat_what_was_sent(service: Service) -> None:
    answer = service().post(URL, json={**ONE, "retained": "ada@example.org", "ada@example.com": 1})
    assert "ada@example.org" not in answer.text


@pytest.mark.parametrize("text", ["", "{", "[1,", "\ufeff{}", "NaN"])
def test_no_json_is_a_problem_too(service: Service, text: str) -> None:
    answer = service().post(URL, content=text.encode(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


# --- Idempotency-Key ------------------------------------------------------------------------------------


def test_the_same_key_and_body_get_the_same_answer(service: Service, store: Store) -> None:
    client = service()
    first = client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"})
    again = client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"})
    assert (again.status_code, again.text) == (first.status_code, first.text) == (202, first.text)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert inbox.counts(store)["received"] == 1


def test_the_same_key_with_another_body_is_refused(service: Service, store: Store) -> None:
    client = service()
    client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"})
    answer = client.post(URL, json={**ONE, "retained": False}, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["where"]) == (422, "Idempotency-Key")
    assert inbox.counts(store)["received"] == 1


@pytest.mark.parametrize("path", [URL, "/api/v1/feedback/outcomes/bulk", "/api/v1/events/bulk"])
def test_two_callers_may_use_the_same_key(service: Service, store: Store, clock: Clock, path: str) -> None:
    client = service()
    scopes = ["outcomes.report", "events.report"]
    kinds = {URL: "application/json"}
    for name in ("crm", "shop"):
        key, _ = api_keys.make_api_key(store, name, scopes, role="service", by="ada", now=clock.now)
        headers = {"X-API-Key": key, "Idempotency-Key": "1", "Content-Type": kinds.get(path, NDJSON)}
        body = json.dumps({**ONE, "outcome_id": name}) + ("" if path == URL else "\n")
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code in (200, 202)
        assert "idempotency-replayed" not in answer.headers


def test_a_key_that_is_worked_on_is_a_conflict_until_its_worker_is_given_up(
    service: Service, store: Store, clock: Clock
) -> None:
    client = service()
    client.post(URL, json=ONE, headers={"Idempotency-Key": "other"})
    # as a process leaves it that died after the claim
    scope, digest = _claim_of(client, store)
    assert idempotency.claim(store, scope, "k1", digest, now=clock.now).state == "fresh"
    waiting = client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"})
    assert (waiting.status_code, waiting.headers["retry-after"]) == (409, "1")
    clock.now += idempotency.LEASE + timedelta(seconds=1)
    assert client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"}).status_code == 202


def _claim_of(client: TestClient, store: Store) -> tuple[str, str]:
    """The scope and the digest under which the body of ONE was claimed."""
    from sqlalchemy import text

    with store.engine.connect() as connection:
        scope, digest = connection.execute(text("SELECT scope, body FROM idempotency_keys")).one()
        return str(scope), str(digest)


def test_many_at_once_with_one_key_are_one(service: Service, store: Store) -> None:
    client = service()
    found: list[tuple[int, str]] = []

    def send() -> None:
        answer = client.post(URL, json=[ONE, {**ONE, "customer_id": "C2"}], headers={"Idempotency-Key": "k"})
        found.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = {text for status, text in found if status == 202}
    assert len(found) == 12
    assert {status for status, _ in found} <= {202, 409}
    assert len(done) == 1
    assert inbox.counts(store)["received"] == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "käse".encode("latin-1")])
def test_a_key_must_be_plain(service: Service, key: Any) -> None:
    headers = {"Idempotency-Key": key}
    assert service().post(URL, json=ONE, headers=headers).status_code == 422


def test_a_refused_body_does_not_use_up_its_key(service: Service) -> None:
    client = service()
    headers = {"Idempotency-Key": "k1"}
    assert client.post(URL, json={**ONE, "retained": 3}, headers=headers).status_code == 422
    assert client.post(URL, json=ONE, headers=headers).status_code == 202


def test_a_failure_frees_the_key(service: Service, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    client = service()

    def broken(*_: Any, **__: Any) -> Any:
        raise OSError("disk full at /secret/place")

    with monkeypatch.context() as patch:
        patch.setattr("retinue.api.routes.feedback.keep", broken)
        answer = client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert client.post(URL, json=ONE, headers={"Idempotency-Key": "k1"}).status_code == 202
    assert inbox.counts(store)["received"] == 1


# --- Who may call ---------------------------------------------------------------------------------------

TOKEN = "a-token-of-enough-length"  # noqa: S105


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ({}, {}, 202),
        ({"host": "localhost"}, {}, 202),
        ({"peer": "203.0.113.5"}, {}, 403),
        ({}, {"X-Forwarded-For": "203.0.113.5"}, 403),
        ({}, {"Forwarded": "for=203.0.113.5"}, 403),
        ({}, {"Origin": "https://evil.example"}, 403),
        ({"host": "evil.example"}, {}, 403),
        ({"api": {"behind_proxy": True}}, {}, 403),
        ({"api": {"public_url": "https://retinue.example.com"}}, {}, 403),
        ({"api": {"token": TOKEN}}, {}, 401),
        ({"api": {"token": TOKEN}}, {"Authorization": f"Bearer {TOKEN}"}, 202),
        ({"api": {"token": TOKEN}}, {"Authorization": f"bearer {TOKEN}"}, 202),
        ({"api": {"token": TOKEN}, "peer": "203.0.113.5"}, {"Authorization": f"Bearer {TOKEN}"}, 202),
        ({"api": {"token": TOKEN}}, {"Authorization": f"Basic {TOKEN}"}, 401),
        ({"api": {"token": TOKEN}}, {"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"api": {"token": TOKEN}}, {"Authorization": "Bearer "}, 401),
        ({"api": {"token": TOKEN}}, {"Authorization": "Bearer ü".encode()}, 401),
    ],
)
def test_who_may_call(service: Service, options: dict[str, Any], headers: Any, status: int) -> None:
    answer = service(**options).post(URL, json=ONE, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("where", ["/api/v1/feedback/outcome", "/api/v1/feedback/outcomes/bulk"])
def test_nothing_is_read_of_who_may_not_call(service: Service, store: Store, where: str) -> None:
    client = service(peer="203.0.113.5")
    kind = "application/json" if where == URL else "application/x-ndjson"
    answer = client.post(where, content=json.dumps(ONE), headers={"Content-Type": kind})
    assert answer.status_code == 403
    assert bodies(store) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_a_longest_length(service: Service, store: Store, chunked: bool) -> None:
    client = service(api={"body_limit_kb": 4})
    body = json.dumps([{**ONE, "outcome_id": f"O{n}"} for n in range(100)]).encode()
    content: Any = (body[i : i + 1000] for i in range(0, len(body), 1000)) if chunked else body
    answer = client.post(URL, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert bodies(store) == []


def test_unknown_paths_and_methods_are_problems(service: Service) -> None:
    client = service()
    for answer, status in ((client.get("/nowhere"), 404), (client.get(URL), 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_service_says_that_it_is_well_and_whether_it_was_stopped(service: Service, store: Store) -> None:
    from tests.api.conftest import NOW

    from retinue.store.stops import stop

    client = service()
    assert client.get("/healthz").json() == {"status": "ok", "stopped": False}
    stop(store, who="ada", clock=NOW)
    assert client.get("/healthz").json()["stopped"] is True
