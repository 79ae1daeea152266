"""A path says how it may be asked, whatever else has the same path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_allow_names_every_method_of_a_path(service: Callable[..., Any]) -> None:
    client = service()
    paths: dict[str, dict[str, Any]] = client.get("/api/v1/openapi.json").json()["paths"]
    assert len(paths) > 50
    for path, item in paths.items():
        named = path
        for name in ("campaign_id", "decision_id", "job_id", "delivery_id", "request_id", "customer_id"):
            named = named.replace(f"{{{name}}}", "x1")
        answer = client.request("PATCH", named.replace("{", "").replace("}", ""))
        assert answer.status_code == 405, path
        assert answer.headers["allow"].split(", ") == sorted(method.upper() for method in item), path


def test_health_does_not_hang_on_the_store(service: Callable[..., Any], monkeypatch: Any) -> None:
    from retinue.api import main
    from retinue.errors import StoreUnavailable

    def gone(_: object) -> None:
        raise StoreUnavailable("It does not answer.", where="store.url", fix="Try again.")

    client = service()
    assert client.get("/healthz").json() == {"status": "ok", "stopped": False}
    monkeypatch.setattr(main, "stopped", gone)
    assert client.get("/healthz").json() == {"status": "ok", "stopped": None}


def test_a_time_is_written_as_one(service: Callable[..., Any]) -> None:
    client = service()
    for text, status in (("0.5", 422), ("1e9", 422), ("1770000000", 422), ("2026-01-05", 200)):
        assert client.get("/api/v1/audit/records", params={"until": text}).status_code == status, text
