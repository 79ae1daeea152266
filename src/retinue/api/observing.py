"""What the service tells of each request: its id, how long it took, what came of it, and a span.

A request has an id, that of the caller's `X-Request-Id` where that is a UUID or as good as one, else a new
one; the answer carries it, and every line of the log that the request caused. A caller's `traceparent` is
taken up. Routes are named by their template: a path may hold a customer's id.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from secrets import token_hex
from threading import Lock

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinue.store.acting import NOBODY, acting
from retinue.telemetry import bound, logger
from retinue.telemetry.hiding import hidden
from retinue.telemetry.metrics import METRICS, Meter
from retinue.telemetry.tracing import span_of_request

__all__ = ["HEADER", "Observed", "Tally", "fail", "observe_all", "route_of"]

HEADER = "X-Request-Id"
_GIVEN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}", re.IGNORECASE)
_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNASKED = frozenset({"/metrics", "/healthz", "/readyz"})
"""Routes of the machinery itself: they are timed, and neither logged nor in the service's own share of
errors, which customers would not notice."""

_LASTING = "text/event-stream"
"""Answers that go on for as long as somebody listens; they took as long as until they began."""

BUCKETS = METRICS["retinue_http_request_seconds"].buckets


class Tally:
    """Requests since it was last taken: how many, how many failed, and how many took how long at most."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def add(self, seconds: float, *, failed: bool) -> None:
        """One more request."""
        most = next((f"{bound:g}" for bound in BUCKETS if seconds <= bound), "inf")
        with self._lock:
            self._counts["requests"] += 1
            self._counts[f"le {most}"] += 1
            if failed:
                self._counts["errors"] += 1

    def taken(self) -> Counter[str]:
        """What was counted; it starts anew."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Counter[str]) -> None:
        """Count them again, as nobody could be told."""
        with self._lock:
            self._counts.update(counts)


def _name_of(given: str) -> str:
    """The caller's name of a request, unless it is none or looks like something personal: it is logged."""
    fit = _GIVEN.fullmatch(given) and hidden("request", given) == given
    return given if fit else token_hex(16)


class Observed:
    """Middleware of ASGI around the whole application."""

    def __init__(self, app: ASGIApp, meter: Meter, tally: Tally) -> None:
        self.app = app
        self.meter = meter
        self.tally = tally
        self._log = logger("api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        request_id = _name_of(given)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        status, begun_to_answer = 500, False
        seconds: float | None = None
        begun = time.perf_counter()

        async def answered(message: Message) -> None:
            nonlocal status, begun_to_answer, seconds
            if message["type"] == "http.response.start":
                status, begun_to_answer = message["status"], True
                found = MutableHeaders(scope=message)
                found[HEADER] = request_id
                if found.get("content-type", "").startswith(_LASTING):
                    seconds = time.perf_counter() - begun
            await send(message)

        parent = _PARENT.fullmatch(headers.get("traceparent", ""))
        ids = {"request_id": request_id} | ({"trace_id": parent[1]} if parent else {})
        opened = span_of_request(f"{method}", headers, http_request_method=method)
        with bound(**ids), acting(lambda: _subject(scope)), opened as span:
            try:
                await self.app(scope, receive, answered)
            except Exception:
                # Answered, and logged by its kind; a server would print its words, which may quote data.
                if not begun_to_answer:
                    raise
            finally:
                route = route_of(scope)
                took = time.perf_counter() - begun if seconds is None else seconds
                self._told(route, method, status, took, status >= 500 or _failed(scope))
                if span is not None:
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.route", route)
                    span.set_attribute("http.response.status_code", status)

    def _told(self, route: str, method: str, status: int, seconds: float, failed: bool) -> None:
        self.meter.observe(
            "retinue_http_request_seconds", seconds, route=route, method=method, status=str(status)
        )
        if failed and route != "/readyz":
            self.meter.count("retinue_http_errors_total", route=route, method=method)
        if route not in _UNASKED:
            self.tally.add(seconds, failed=failed)
            self._log.info("request done", route=route, method=method, status=status, seconds=seconds)


def _subject(scope: Scope) -> str:
    """Who acts in a request: whoever proved who they are."""
    principal = scope.get("state", {}).get("principal")
    return NOBODY if principal is None else str(principal.subject)


def fail(request: Request) -> None:
    """Count a request as failed that is answered all the same, in part."""
    request.state.failed = True


def _failed(scope: Scope) -> bool:
    return bool(scope.get("state", {}).get("failed"))


def observe_all(app: Starlette, meter: Meter, tally: Tally) -> None:
    """Put the middleware around everything, so that the answers to unforeseen errors pass it too."""
    inner = app.build_middleware_stack
    app.build_middleware_stack = lambda: Observed(inner(), meter, tally)  # type: ignore[method-assign]


def route_of(scope: Scope) -> str:
    """The template of the route that a request was for; `unmatched` where there is none."""
    found = getattr(scope.get("route"), "path", None)
    return found if isinstance(found, str) and found else "unmatched"
