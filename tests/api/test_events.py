"""Usage events over HTTP: each judged by itself, on disk before the answer, loaded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from retinue.store import Store, inbox_events
from retinue.store.audit.reading import search

PATH = "/api/v1/events"
BULK = f"{PATH}/bulk"
Service = Callable[..., Any]
ONE = {
    "event_id": "E1",
    "customer_id": "C1",
    "event_type": "login",
    "timestamp": "2026-02-13T08:00:00Z",
    "metadata": {"device": "phone"},
}


def kept(store: Store) -> list[dict[str, Any]]:
    return [body for report in inbox_events.waiting(store) for body in report.bodies]


def test_events_are_kept_and_each_is_answered_by_itself(service: Service, store: Store) -> None:
    wrong = [
        ({**ONE, "customer_id": ""}, "customer_id"),
        ({**ONE, "more": 1}, "more"),
        ({**ONE, "timestamp": "soon"}, "timestamp"),
        ({**ONE, "timestamp": "2026-02-20T00:00:00Z"}, "more than a day in the future"),
        ({**ONE, "metadata": {"long": "x" * 40_000}}, "longer than"),
        ({**ONE, "event_type": "a\x00b"}, "event_type"),
        ("login", "no JSON object"),
    ]
    unnamed = {name: value for name, value in ONE.items() if name != "event_id"}
    answer = service().post(PATH, json=[ONE, *(one for one, _ in wrong), unnamed])
    assert answer.status_code == 202
    found = answer.json()
    assert (found["accepted"], found["rejected"]) == (2, len(wrong))
    assert [one["status"] for one in found["events"]] == ["accepted", *["rejected"] * len(wrong), "accepted"]
    for one, (_, said) in zip(found["events"][1:-1], wrong, strict=True):
        assert said in one["reason"]
    assert [body["event_id"] for body in kept(store)] == ["E1", found["events"][-1]["event_id"]]
    assert json.loads(kept(store)[0]["metadata"]) == {"device": "phone"}
    assert [one.action for one in search(store, action="events.")] == ["events.reported"]


@pytest.mark.parametrize(
    ("body", "status"),
    [([], 422), ([ONE] * 1_001, 422), ([{}], 422), ({}, 422), (7, 422), (None, 422)],
)
def test_what_holds_no_event_is_refused_and_nothing_is_kept(
    service: Service, store: Store, body: Any, status: int
) -> None:
    assert service().post(PATH, json=body).status_code == status
    assert kept(store) == []


def test_bodies_that_are_too_long_or_too_deep_are_refused(service: Service, store: Store) -> None:
    client = service(api={"body_limit_kb": 64})
    assert client.post(PATH, json={**ONE, "metadata": {"x": "y" * 70_000}}).status_code == 413
    deep = json.dumps(ONE).replace('"phone"', "[" * 20_000 + "]" * 20_000)
    answer = client.post(PATH, content=deep, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert kept(store) == []


def test_the_same_key_is_kept_once(service: Service, store: Store) -> None:
    client, key = service(), {"Idempotency-Key": "k"}
    first, again = (client.post(PATH, json=ONE, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(kept(store)) == 1
    assert client.post(PATH, json={**ONE, "event_id": "E2"}, headers=key).status_code == 422


def test_an_upload_is_answered_line_by_line(service: Service, store: Store) -> None:
    client = service()
    lines = [json.dumps(ONE), "{", json.dumps({**ONE, "event_id": "E2", "customer_id": None})]
    answer = client.post(BULK, content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["status"] for one in found[:-1]] == ["accepted", "rejected", "rejected"]
    assert found[-1]["total"] == {"accepted": 1, "unchanged": 0, "rejected": 2}
    csv = 'event_id,customer_id,event_type,timestamp,metadata\nE3,C1,login,2026-02-13,"{""a"": 1}"\n'
    sent = {"content-type": "text/csv", "Idempotency-Key": "u"}
    first, again = (client.post(BULK, content=csv, headers=sent) for _ in range(2))
    assert first.text.splitlines()[-1] == again.text.splitlines()[-1]
    assert [(body["event_id"], body.get("metadata")) for body in kept(store)][1:] == [("E3", '{"a": 1}')]
    assert client.post(BULK, content="x", headers={"content-type": "text/plain"}).status_code == 415
