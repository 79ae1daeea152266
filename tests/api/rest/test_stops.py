"""The stop over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_stopped_and_let_go_on_with_who_and_why(service: Callable[..., Any]) -> None:
    client = service()
    assert client.get("/api/v1/stops").json() == {"stopped": False, "switches": []}
    assert client.post("/api/v1/resume", json={}).status_code == 409
    done = client.post("/api/v1/stop", json={"reason": "wrong prices"}).json()
    assert (done["action"], done["who"], done["reason"]) == ("stop", "local", "wrong prices")
    assert client.get("/healthz").json()["stopped"] is True
    assert client.get("/api/v1/stops").json()["stopped"] is True
    client.post("/api/v1/resume", json={"reason": "corrected"})
    found = client.get("/api/v1/stops").json()
    assert found["stopped"] is False
    assert [one["action"] for one in found["switches"]] == ["resume", "stop"]
    assert client.post("/api/v1/stop", json={"reason": "x" * 2_001}).status_code == 422
