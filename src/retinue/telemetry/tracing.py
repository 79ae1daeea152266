"""Spans of OpenTelemetry, where somebody takes them; else nothing at all.

They are taken when the extra `otel` is installed and the usual variables name a place, such as
`OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318`; or by `traced(provider)`, for whoever embeds Retinue.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

__all__ = ["span", "span_of_request", "traced", "tracing"]

_PLACES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")

_tracer: Any = None
_NOTHING: AbstractContextManager[None] = nullcontext()


def span(name: str, **attributes: str | int | float | bool) -> AbstractContextManager[Any]:
    """A span around a piece of work; None inside where nobody takes it.

    Attributes are named with `_` for `.` and must name nobody; one that looks personal is hidden. An error
    marks the span by its kind, never by its words.

    >>> with span("run.stage", retinue_stage="train") as opened:
    ...     opened is None
    True
    """
    return _NOTHING if _tracer is None else _opened(name, attributes, None)


def span_of_request(name: str, headers: Mapping[str, str], **attributes: str) -> AbstractContextManager[Any]:
    """The same for a request: a child of the caller's span, where its header `traceparent` names one."""
    if _tracer is None:
        return _NOTHING
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return _opened(name, attributes, TraceContextTextMapPropagator().extract(headers))


@contextmanager
def traced(provider: Any) -> Iterator[None]:
    """Spans of what happens inside go to this provider."""
    global _tracer
    before, _tracer = _tracer, provider.get_tracer("retinue")
    try:
        yield
    finally:
        _tracer = before


@contextmanager
def tracing(service: str) -> Iterator[bool]:
    """Spans of what happens inside are sent where the environment says; whether they are.

    service: the name of this process there. Spans are sent from a thread, and what is left at the end.
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not any(map(os.environ.get, _PLACES)):
        yield False
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        from retinue.telemetry.logs import logger

        logger(__name__).warning("traces are not sent: the extra otel is not installed")
        yield False
        return
    name = os.environ.get("OTEL_SERVICE_NAME") or service
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        with traced(provider):
            yield True
    finally:
        provider.shutdown()


@contextmanager
def _opened(name: str, attributes: Mapping[str, Any], parent: Any) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind, Status, StatusCode

    from retinue.telemetry.hiding import hidden
    from retinue.telemetry.logs import bound

    told = {key.replace("_", "."): hidden(key, value) for key, value in attributes.items()}
    kind = SpanKind.INTERNAL if parent is None else SpanKind.SERVER
    opening = _tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        attributes=told,
        record_exception=False,
        set_status_on_exception=False,
    )
    with opening as opened:
        ids = opened.get_span_context()
        with bound(trace_id=f"{ids.trace_id:032x}", span_id=f"{ids.span_id:016x}"):
            try:
                yield opened
            except BaseException as error:
                opened.set_attribute("error.type", type(error).__name__)
                opened.set_status(Status(StatusCode.ERROR))
                raise
