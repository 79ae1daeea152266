"""Requests of customers over HTTP: who may, once, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.api.conftest import NOW, TestClient

from retinue.runs.privacy import opening
from retinue.security import PERMISSIONS, ROLES
from retinue.security.api_keys import make_api_key
from retinue.settings import AuthSettings, Settings
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.consents import words_of_one
from retinue.store.privacy_requests import close, list_requests

PATH = "/api/v1/privacy/requests"
Service = Callable[..., TestClient]


def test_an_objection_is_heeded_when_the_answer_comes_and_once(service: Service, store: Store) -> None:
    client, body = service(), {"kind": "objection", "customer_id": "C1", "reason": "no more"}
    first = client.post(PATH, json=body, headers={"Idempotency-Key": "k1"})
    again = client.post(PATH, json=body, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["state"] == "done"
    assert "reason" not in first.json()
    assert {(w.channel, w.purpose, w.granted) for w in words_of_one(store, "C1")} == {
        ("any", "marketing", False),
        ("any", "profiling", False),
    }
    assert len(list_requests(store)) == 1
    other = client.post(PATH, json={**body, "customer_id": "C2"}, headers={"Idempotency-Key": "k1"})
    assert other.status_code == 422


def test_a_request_is_due_in_a_month_and_listed(service: Service) -> None:
    client = service()
    late = (NOW - timedelta(days=25)).isoformat()
    made = client.post(PATH, json={"kind": "access", "customer_id": "C1", "received_at": late}).json()
    client.post(PATH, json={"kind": "erasure", "customer_id": "C2"})
    assert (made["state"], made["due_at"], made["near_due"]) == ("open", "2026-02-20T09:00:00Z", True)
    listed = client.get(PATH, params={"state": "open"}).json()["requests"]
    assert [(one["customer_id"], one["near_due"]) for one in listed] == [("C1", True), ("C2", False)]
    assert client.get(f"{PATH}/{made['request_id']}").json() == made
    assert client.get(f"{PATH}/prv_0").status_code == 404
    assert client.get(f"{PATH}/{made['request_id']}/result").status_code == 404
    refused = client.post(f"{PATH}/{made['request_id']}/refuse", json={"reason": "identity not proven"})
    assert refused.json()["state"] == "refused"
    again = client.post(f"{PATH}/{made['request_id']}/refuse", json={"reason": "identity not proven"})
    assert again.status_code == 409


def test_a_copy_is_fetched_on_record(service: Service, store: Store, tmp_path: Path) -> None:
    client = service()
    name = client.post(PATH, json={"kind": "access", "customer_id": "C1"}).json()["request_id"]

    class Here:
        settings, clock = Settings(root=tmp_path), NOW

    Here.store = store  # type: ignore[attr-defined]
    sha256 = opening.keep_answer(Here(), name, "C1", b"PK the copy")  # type: ignore[arg-type]
    close(store, name, who="retinue", clock=NOW, result_sha256=sha256)
    answer = client.get(f"{PATH}/{name}/result")
    assert (answer.status_code, answer.content) == (200, b"PK the copy")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    (read,) = search(store, action="personal.read")
    assert (read.actor, read.object_id) == ("local", "C1")


def test_only_who_handles_privacy_may_and_a_copy_needs_more(service: Service, store: Store) -> None:
    made = service().post(PATH, json={"kind": "access", "customer_id": "C1"}).json()["request_id"]
    client = service(peer="10.0.0.9", host="shop.example", auth=AuthSettings(builtin=False))

    def status(path: str, role: str, *scopes: str) -> int:
        able = scopes or tuple(name for name, one in PERMISSIONS.items() if role in one.roles)
        key, _ = make_api_key(store, role, able, role=role, by="ada", now=NOW)
        return client.get(path, headers={"X-API-Key": key}).status_code

    assert {role: status(PATH, role) for role in ROLES} == {
        role: 200 if role == "dpo" else 403 for role in ROLES
    }
    assert status(f"{PATH}/{made}/result", "dpo", "privacy.handle") == 403
    assert status(f"{PATH}/{made}/result", "dpo") == 404
    assert client.get(PATH).status_code == 401


def test_nothing_is_explained_of_what_nobody_knows(service: Service) -> None:
    client = service()
    assert client.get("/api/v1/privacy/letters/dec_0").status_code == 404
    made = client.post(PATH, json={"kind": "review", "customer_id": "C1"})
    assert made.status_code == 404
