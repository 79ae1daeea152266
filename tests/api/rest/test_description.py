"""The description of the service: every operation named, every status documented, every example true."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute

from retinue.api import access
from retinue.api.routes import ROUTERS
from retinue.api.shapes.customers import ACTIONS, Recommendation, Risk

SNAPSHOT = Path(__file__).parents[3] / "docs" / "reference" / "openapi.json"
OPEN = tuple(access.PUBLIC)
"""Operations that prove who calls in a way of their own, or need not."""


def routes() -> list[APIRoute]:
    found = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [route for route in found if route.path not in OPEN]


def permissions(dependant: Any) -> Iterator[str]:
    if hasattr(dependant.call, "permission"):
        yield dependant.call.permission
    for inner in dependant.dependencies:
        yield from permissions(inner)


@pytest.mark.parametrize("route", routes(), ids=lambda route: f"{min(route.methods)} {route.path}")
def test_every_operation_asks_for_one_permission_and_refuses_who_has_it_not(
    route: APIRoute, service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(set(permissions(route.dependant))) == 1
    monkeypatch.setattr(access, "LOCAL", replace(access.LOCAL, roles=frozenset()))
    path = route.path
    for name in ("customer_id", "campaign_id", "decision_id", "delivery_id"):
        path = path.replace(f"{{{name}}}", "x_1")
    answer = service().request(min(route.methods), path.replace("{source}", "live"), json={})
    # what cannot be read is told first; nothing of the workspace is
    assert answer.status_code in (403, 422), answer.text
    if answer.status_code == 403:
        assert "You may not" in answer.json()["detail"]


RFC_6749 = ("/oauth/token", "/oauth/revoke")
"""Their errors are those that every client of OAuth reads."""


def test_names_are_stable_and_every_operation_documents_its_statuses() -> None:
    found = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    names: list[str] = []
    for path, item in found["paths"].items():
        for method, operation in item.items():
            names.append(operation["operationId"])
            answers = set(operation["responses"])
            assert {"422", "429", "500", "503"} <= answers, path
            if path not in OPEN:
                assert {"401", "403", "404"} <= answers, path
            if method == "post":
                assert {"400", "409", "413"} <= answers, path
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and not (path in RFC_6749 and status in ("400", "401")):
                    assert "application/problem+json" in answer["content"], (path, status)
    assert len(names) == len(set(names)) >= 45
    assert {"customers_risk", "predictions_batch", "campaigns_create", "analytics_dashboard"} <= set(names)


def test_examples_have_the_form_they_show(service: Callable[..., Any], ran: str) -> None:
    (example,) = Risk.model_config["json_schema_extra"]["examples"]  # type: ignore[index,call-overload]
    assert Risk.model_validate(example).model_dump(mode="json") == example
    answer = service().get("/api/v1/customers/C12345/risk").json()
    assert {**answer, "timestamp": None} == {**example, "timestamp": None}
    assert set(ACTIONS) == set(Recommendation.model_json_schema()["properties"]["action"]["enum"])


@pytest.mark.parametrize("body", [b"\xff", b"[" * 20_000, b"1", b'"x"', b"null", b"{"])
def test_bodies_that_are_none_are_refused_not_crashed_on(
    service: Callable[..., Any], ran: str, body: bytes
) -> None:
    client = service()
    for path in ("/api/v1/predictions/batch", "/api/v1/stop", "/api/v1/campaigns", "/api/v1/reviews/bulk"):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
