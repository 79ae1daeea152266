"""Predictions of many customers, once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PATH = "/api/v1/predictions/batch"
Service = Callable[..., Any]


def test_predictions_come_in_the_order_asked_for(service: Service, ran: str) -> None:
    client = service()
    asked = ["C12350", "C12345", "C00001", "nobody", "C00002", "C12350"]
    answer = client.post(PATH, json={"customer_ids": asked})
    assert answer.status_code == 200
    found = answer.json()
    assert [row["customer_id"] for row in found["predictions"]] == ["C12350", "C12345"]
    assert found["predictions"][1] == client.get("/api/v1/customers/C12345/risk").json()
    assert {row["customer_id"]: row["why"] for row in found["missing"]} == {
        "C00001": "gone",
        "C00002": "too_new",
        "nobody": "unknown",
    }


def test_a_thousand_are_answered_and_one_more_is_refused(service: Service, ran: str) -> None:
    client = service()
    many = [f"C{12345 + i}" for i in range(1_000)]
    assert len(client.post(PATH, json={"customer_ids": many}).json()["predictions"]) == 40
    for refused in ([*many, "C1"], [], [""], ["a\x00"], [7]):
        assert client.post(PATH, json={"customer_ids": refused}).status_code == 422
    assert client.post(PATH, json={"customer_ids": ["C1"], "more": 1}).status_code == 422
    assert client.post(PATH, content=b"{", headers={"content-type": "application/json"}).status_code == 422


def test_the_same_key_gets_the_answer_of_before(service: Service, ran: str) -> None:
    client, key = service(), {"Idempotency-Key": "one"}
    first = client.post(PATH, json={"customer_ids": ["C12345"]}, headers=key)
    again = client.post(PATH, json={"customer_ids": ["C12345"]}, headers=key)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(PATH, json={"customer_ids": ["C12346"]}, headers=key)
    assert other.status_code == 422
    assert "another request" in other.json()["detail"]


def test_a_key_whose_work_failed_is_free_again(service: Service, tmp_path: Any, clock: Any) -> None:
    from tests.api.rest.conftest import leave_run

    client, key = service(), {"Idempotency-Key": "one"}
    assert client.post(PATH, json={"customer_ids": ["C12345"]}, headers=key).status_code == 404
    leave_run(tmp_path)
    answer = client.post(PATH, json={"customer_ids": ["C12345"]}, headers=key)
    assert answer.status_code == 200
    assert "idempotency-replayed" not in answer.headers
