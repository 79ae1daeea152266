"""Spans go to whoever takes them, name nobody, and cost nothing where nobody does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from retinue.pipeline.observer import Timeline
from retinue.telemetry import span
from retinue.telemetry.tracing import span_of_request, traced

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with traced(provider):
        yield exporter


def test_a_stage_of_a_run_is_a_span_within_the_run(exported: InMemorySpanExporter) -> None:
    with span("run"), Timeline().stage("train") as reused:
        reused(True)
    stage, run = exported.get_finished_spans()
    assert (stage.name, run.name) == ("stage train", "run")
    assert stage.parent is not None
    assert stage.parent.span_id == run.context.span_id
    assert dict(stage.attributes or {}) == {"retinue.stage": "train", "retinue.reused": True}


def test_a_request_goes_on_with_the_callers_trace(exported: InMemorySpanExporter) -> None:
    with span_of_request("GET", {"traceparent": PARENT}):
        pass
    (found,) = exported.get_finished_spans()
    assert f"{found.context.trace_id:032x}" == PARENT.split("-")[1]
    assert found.parent is not None
    assert f"{found.parent.span_id:016x}" == PARENT.split("-")[2]


def test_an_error_marks_the_span_by_its_kind_only(exported: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError), span("deliver", retinue_note="to ada@example.com", email="x"):
        raise ValueError("no reply of ada@example.com")
    (found,) = exported.get_finished_spans()
    assert found.attributes is not None
    assert found.attributes["error.type"] == "ValueError"
    assert not found.status.is_ok
    assert "ada" not in found.to_json()


def test_nobody_listens_by_default_and_it_costs_next_to_nothing() -> None:
    begun = time.perf_counter()
    for _ in range(10_000):
        with span("run.stage", retinue_stage="train") as opened:
            assert opened is None
    assert (time.perf_counter() - begun) / 10_000 < 20e-6


TALK = """
import json, sys
from retinue.telemetry import span
from retinue.telemetry.tracing import tracing
with tracing("retinue-test") as on, span("x") as opened:
    pass
print(json.dumps([on, opened is None, sorted(m for m in sys.modules if m.startswith("opentelemetry.sdk"))]))
"""


def test_without_a_place_to_send_them_no_sdk_is_even_imported() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", TALK], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [False, True, []]
