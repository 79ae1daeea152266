"""Each request has an id, is counted under its route's template, and names nobody in any log."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from structlog.testing import capture_logs
from tests.api.conftest import NOW

from retinue.api.observing import HEADER, Observed, Tally
from retinue.store import Store
from retinue.store.request_counts import requests_since
from retinue.telemetry.metrics import Meter
from retinue.telemetry.tracing import traced

Service = Callable[..., TestClient]
CANARIES = ("ada.canary@example.com", "+49 170 7654321", "Ada Canary")
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def figures(client: TestClient) -> dict[str, float]:
    """Samples by name and labels, as the service shows them."""
    text = client.get("/metrics").raise_for_status().text
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")
    }


def test_an_answer_carries_the_requests_id(service: Service) -> None:
    client = service()
    made = client.get("/healthz").headers[HEADER]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert client.get("/healthz").headers[HEADER] != made
    assert client.get("/healthz", headers={HEADER: UUID}).headers[HEADER] == UUID
    assert client.get("/nowhere", headers={HEADER: UUID}).headers[HEADER] == UUID


@pytest.mark.parametrize("given", [*CANARIES[:2], "C10442", "491707654321", "x" * 500, ""])
def test_an_id_that_may_be_a_persons_is_not_taken(service: Service, given: str) -> None:
    assert service().get("/healthz", headers={HEADER: given}).headers[HEADER] != given


def test_requests_are_counted_by_route_and_never_by_path(service: Service) -> None:
    client = service()
    client.post("/api/v1/channels/ada.canary@example.com/callback", content=b"{}")
    for _ in range(3):
        client.get("/customers/ada.canary@example.com")
    client.request("BREW", "/healthz")
    found = figures(client)
    assert not [name for name in found if "canary" in name or "BREW" in name]
    count = "retinue_http_request_seconds_count"
    assert found[count + '{method="GET",route="unmatched",status="404"}'] == 3
    assert found[count + '{method="POST",route="/api/v1/channels/{name}/callback",status="404"}'] == 1
    assert found[count + '{method="OTHER",route="/healthz",status="405"}'] == 1


def test_an_error_is_counted_logged_with_the_id_and_says_nothing_of_the_data(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    client = service()

    @client.app.get("/api/v1/broken/{customer}")  # type: ignore[attr-defined,untyped-decorator]
    def broken(customer: str) -> None:
        raise ValueError(f"the row of {customer}: {CANARIES}")

    answer = client.get(f"/api/v1/broken/{CANARIES[0]}", headers={HEADER: UUID})
    assert answer.status_code == 500
    assert answer.headers[HEADER] == UUID
    said = capsys.readouterr().err
    assert "ValueError" in said
    assert UUID in said
    assert "/api/v1/broken/{customer}" in said
    for canary in CANARIES:
        assert canary not in said + answer.text
    found = figures(client)
    assert found['retinue_http_errors_total{method="GET",route="/api/v1/broken/{customer}"}'] == 1


def test_lines_of_a_request_carry_its_id_and_the_callers_trace(service: Service) -> None:
    client = service()
    trace = "0af7651916cd43dd8448eb211c80319c"
    with capture_logs() as lines:
        client.get("/nowhere", headers={HEADER: UUID, "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert not lines or all("path" not in line for line in lines)
    from structlog.contextvars import get_contextvars

    seen: dict[str, Any] = {}

    @client.app.get("/seen")  # type: ignore[attr-defined,untyped-decorator]
    def look() -> None:  # in a thread of its own
        seen.update(get_contextvars())

    client.get("/seen", headers={HEADER: UUID, "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert seen == {"request_id": UUID, "trace_id": trace}
    client.get("/seen", headers={"traceparent": "00-nonsense"})
    assert "trace_id" not in seen or seen["request_id"] != UUID
    assert get_contextvars() == {}


def test_a_request_is_a_span_named_by_its_route(service: Service) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = service()
    with traced(provider):
        client.get(f"/customers/{CANARIES[0]}")
        client.get("/healthz")
    unmatched, health = exporter.get_finished_spans()
    assert (unmatched.name, health.name) == ("GET unmatched", "GET /healthz")
    assert health.attributes is not None
    assert health.attributes["http.response.status_code"] == 200
    assert "canary" not in unmatched.to_json()


def test_the_store_is_told_how_requests_went(service: Service, store: Store) -> None:
    client = service()

    @client.app.get("/broken")  # type: ignore[attr-defined,untyped-decorator]
    def broken() -> None:
        raise ValueError

    for path in ("/nowhere", "/nowhere", "/broken", "/healthz", "/readyz", "/metrics"):
        client.get(path)
    client.app.state.watched.flush()  # type: ignore[attr-defined]
    client.app.state.watched.flush()  # type: ignore[attr-defined]
    found = requests_since(store, NOW)
    assert (found["requests"], found["errors"]) == (3, 1)
    assert sum(count for name, count in found.items() if name.startswith("le ")) == 3


def test_what_could_not_be_told_is_told_later(service: Service, store: Store) -> None:
    client = service()
    watched = client.app.state.watched  # type: ignore[attr-defined]
    client.get("/nowhere")
    kept, watched._store = watched._store, None
    watched.flush()
    watched._store = kept
    assert requests_since(store, NOW) == {}
    client.get("/nowhere")
    watched.flush()
    assert requests_since(store, NOW)["requests"] == 2


def test_it_costs_a_request_next_to_nothing() -> None:
    """Measured without a server: the middleware around an application that only answers."""
    import asyncio

    async def seconds(app: Any) -> float:
        scope = {"type": "http", "method": "GET", "path": "/x", "headers": [(b"host", b"x")]}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(_: Any) -> None: ...

        answer = PlainTextResponse("ok")

        async def inner(scope: Any, receive: Any, send: Any) -> None:
            await answer(scope, receive, send)

        wrapped = inner if app is None else app(inner)
        best = float("inf")
        for _ in range(5):
            begun = time.perf_counter()
            for _ in range(500):
                await wrapped(dict(scope), receive, send)
            best = min(best, (time.perf_counter() - begun) / 500)
        return best

    alone = asyncio.run(seconds(None))
    with_it = asyncio.run(seconds(lambda inner: Observed(inner, Meter(), Tally())))
    print(json.dumps({"microseconds": round((with_it - alone) * 1e6, 1)}))
    assert with_it - alone < 500e-6
