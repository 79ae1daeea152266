"""Requests that no client would send, byte by byte: refused in time, and the service goes on."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.api.conftest import NOW
from tests.api.graphql.conftest import key_of
from tests.api.rest.conftest import SUMMARY, leave_run
from tests.servers import serving

from retinue.store import Store
from retinue.store.contacts import Known, keep_contacts

JSON = "Content-Type: application/json\r\n"
KEY = "Idempotency-Key: hostile-1\r\n"
REPORT = "/api/v1/feedback/outcome"
OUTCOME = b'[{"outcome_id":"%s","customer_id":"C1","retained":true,"observed_at":"2026-01-01"%s}]'


CANARIES = ("Zaphod Canarius", "zaphod.canarius@example.org", "+491705551234", "DE89370400440532013000")
"""A name, an address, a number and an account. The first three are known to Retinue, the last to nobody."""


class Wire:
    """A service in processes of its own, spoken to by hand."""

    def __init__(self, base: str, key: str, log: Path) -> None:
        self.port, self.key, self.log, self.folder = int(base.rpartition(":")[2]), key, log, log.parent

    def say(self, request: bytes, seconds: float = 10.0) -> bytes:
        """Its whole answer."""
        answer = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as line:
            with suppress(OSError):  # it has heard enough, and may have said so
                line.sendall(request)
            with suppress(ConnectionResetError):
                while part := line.recv(65_536):
                    answer += part
        return answer

    def ask(self, path: str, headers: str = "", method: str = "GET", body: bytes | None = None) -> bytes:
        """Its answer to a request that is right but for what is given."""
        lines = f"{method} {path} HTTP/1.1\r\nConnection: close\r\nX-API-Key: {self.key}\r\n{headers}"
        if "Host:" not in headers:
            lines += "Host: 127.0.0.1\r\n"
        if body is not None:
            lines += f"Content-Length: {len(body)}\r\n"
        return self.say(lines.encode("latin-1") + b"\r\n" + (body or b""))


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    root = tmp_path_factory.mktemp("wire")
    leave_run(root, summary=SUMMARY)
    store = Store(root / ".retinue" / "store.sqlite")
    key = key_of(store, "admin")
    keep_contacts(store, [Known("C12345", name=CANARIES[0], email=CANARIES[1], phone=CANARIES[2])], clock=NOW)
    store.close()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    environment |= {"RETINUE_LOG": "json", "RETINUE_AUTH__FAILURES_PER_MINUTE": "1000"}
    with serving(root, environment, log=root / "log") as base:
        yield Wire(base, key, root / "log")


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


HEADERS = {
    "a header of a megabyte": ("X-A: " + "a" * 1_000_000 + "\r\n", {431}),
    "a thousand headers": ("".join(f"X-{n}: 1\r\n" for n in range(1_000)), {431}),
    "two keys": ("X-API-Key: x\r\n", {401}),
    "a key and a token": ("Authorization: Bearer x\r\n", {401}),
    "a host that is no address": ("Host: [::1\r\n", {200, 400}),
    "a host of other bytes": ("Host: \xff\xfe\r\n", {200, 400}),
    "an origin that is no address": ("Origin: http://[\r\n", {200, 400}),
    "a name of the request of other bytes": ("X-Request-ID: \xff\xfe\r\n", {200}),
    "a name of the request with an end of line": ("X-Request-ID: a%0d%0aSet-Cookie: x\r\n", {200}),
    "a forwarded address of nonsense": ("X-Forwarded-For: \xff,,,\r\n", {200}),
    "a trace of nonsense": ("traceparent: 00-\xff-\r\ntracestate: ,,=\r\n", {200}),
    "an accept of nonsense": ("Accept: \xff;q=x;;;,\r\n", {200}),
    "a version of nonsense": ('If-None-Match: \xff", W/"\r\n', {200}),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers(wire: Wire, name: str) -> None:
    headers, expected = HEADERS[name]
    answer = wire.ask("/api/v1/customers", headers)
    assert status(answer) in expected, answer[:300]
    assert b"Set-Cookie" not in answer.partition(b"\r\n\r\n")[0]


def test_nobody_without_a_proof_makes_it_fail(wire: Wire) -> None:
    for host in ("[::1", "[", "]", "\xff", "a b", "[v1.x]"):
        said = wire.say(
            f"GET /api/v1/customers HTTP/1.1\r\nConnection: close\r\nHost: {host}\r\n\r\n".encode("latin-1")
        )
        assert status(said) in (400, 401, 403), (host, said[:300])
    for shown in ("X-API-Key: \xff\xfe", "Authorization: Bearer \xff", "Authorization: \xff", "X-API-Key:"):
        said = wire.say(
            f"GET /api/v1/customers HTTP/1.1\r\nConnection: close\r\nHost: a\r\n{shown}\r\n\r\n".encode(
                "latin-1"
            )
        )
        assert status(said) == 401, (shown, said[:300])


PATHS = {
    "/api/v1/customers/%2e%2e": {404},
    "/api/v1/customers/..%2f..%2fetc%2fpasswd": {404},
    "/api/v1/customers/%252e%252e%252f": {404},
    "/api/v1/customers/%00": {422},
    "/api/v1/customers/%ff%fe/risk": {404, 422},
    "/api/v1/customers/%ED%A0%80/risk": {404, 422},
    "/api/v1/customers/a%0d%0ab/risk": {422},
    "/api/v1/customers/%F0%9F%98%80/risk": {404},
    "/api/v1/customers/%E2%80%AEx/risk": {404, 422},
    "/api/v1/campaigns/%E2%80%AE/plan": {422},
    "/api/v1/unsubscribe/%ff.%ff.%ff": {404},
    "/%2e%2e/%2e%2e/etc/passwd": {404},
    "/cancel.js/../../retinue.toml": {404},
    "//evil.example/api/v1/customers": {404},
    "/api/v1/customers;x=1": {404},
    "/api/v1/customers?cursor=%00": {422},
    "/api/v1/customers?segment=%00": {422},
    "/api/v1/customers?segment=%ED%A0%80": {200, 422},
    "/api/v1/audit/records?kind=%00": {422},
    "/api/v1/audit/records?action=a%00.": {422},
    "/api/v1/counts/reviews?campaign_id=%00": {422},
    "/api/v1/reviews?campaign_id=%00": {422},
    "/api/v1/reviews?assigned_to=%00": {422},
    "/api/v1/deliveries?customer_id=%00": {422},
    "/api/v1/exports/deliveries?campaign_id=%00": {422},
    "/api/v1/quality/quarantine?table=%00": {404, 422},
    "/api/v1/analytics/pipeline?tier=%00": {422},
    "/api/v1/audit/records?object=%ED%A0%80": {200, 422},
    "/api/v1/customers?" + "a=1&" * 20_000: {414},
    "/api/v1/customers/" + "a" * 60_000: {422},
    "/oauth/authorize?client_id=%00&redirect_uri=%ff": {400, 404},
}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:50])
def test_paths(wire: Wire, path: str) -> None:
    answer = wire.ask(path)
    assert status(answer) in PATHS[path], answer[:300]
    assert b"root:" not in answer


BODIES = {
    "lists in lists": (REPORT, b"[" * 10_000 + b"]" * 10_000, {400, 422}),
    "objects in objects": ("/api/v1/events", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, {400, 422}),
    "a number of 5,000 digits": (REPORT, OUTCOME % (b"a", b',"revenue":' + b"9" * 5_000), {400, 422}),
    "a number beyond any": (REPORT, OUTCOME % (b"a", b',"revenue":1e400'), {400, 422}),
    "no number": (REPORT, OUTCOME % (b"a", b',"revenue":NaN'), {400, 422}),
    "half a character": (REPORT, OUTCOME % (b"a\\ud800", b""), {422}),
    "the character zero": (REPORT, OUTCOME % (b"a\\u0000", b""), {422}),
    "a question in questions": (
        "/api/v1/graphql",
        b'{"query":"' + b"{a" * 5_000 + b"}" * 5_000 + b'"}',
        {400, 422},
    ),
    "variables in variables": (
        "/api/v1/graphql",
        b'{"query":"{ runs { runs { runId } } }","variables":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        {400, 422},
    ),
    "another alphabet": (REPORT, "[]".encode("utf-16"), {400, 422}),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(wire: Wire, name: str) -> None:
    path, body, expected = BODIES[name]
    answer = wire.ask(path, JSON, "POST", body)
    assert status(answer) in expected, answer[:300]


def test_ten_megabytes_are_refused_before_they_are_read(wire: Wire) -> None:
    began = time.monotonic()
    answer = wire.ask(REPORT, JSON, "POST", b"[" + b" " * 10_000_000 + b"]")
    assert status(answer) == 413
    assert time.monotonic() - began < 1


def test_an_answer_is_not_many_times_what_was_asked(wire: Wire) -> None:
    body = b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}"
    answer = wire.ask(REPORT, JSON, "POST", body)
    assert status(answer) == 422
    assert len(answer) < 20_000


def test_a_length_that_two_headers_tell_differently_is_one_request(wire: Wire) -> None:
    hidden = b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    for two in (
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n",
    ):
        head = f"POST {REPORT} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{JSON}{two}\r\n"
        answer = wire.say(head.encode() + b"0\r\n\r\n" + hidden)
        assert answer.count(b"HTTP/1.1 ") == 1, answer[:500]
        assert status(answer) in (400, 401, 413, 422)


def test_slow_callers_keep_nobody_else_waiting(wire: Wire) -> None:
    lines = [socket.create_connection(("127.0.0.1", wire.port), timeout=5) for _ in range(200)]
    try:
        for n, line in enumerate(lines):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" if n % 2 else b"POST " + REPORT.encode())
            if n % 2:
                line.sendall(f"{JSON}Content-Length: 1000\r\n\r\n[".encode())
        began = time.monotonic()
        for _ in range(10):
            assert status(wire.ask("/api/v1/customers?limit=1")) == 200
        assert time.monotonic() - began < 5
    finally:
        for line in lines:
            line.close()


def test_one_event_is_one_line_of_the_log(wire: Wire) -> None:
    evil = "x%0d%0a%7b%22message%22%3a%22forged%22%7d%1b%5b31m"
    for path in (f"/api/v1/customers/{evil}/risk", f"/{evil}", f"/api/v1/customers?segment={evil}"):
        wire.ask(path, f"X-Request-ID: {evil}\r\nUser-Agent: a\x1b[31m{evil}\r\n")
    time.sleep(0.2)
    told = [line for line in wire.log.read_text().splitlines() if line.startswith("{")]
    assert len(told) > 10
    for line in told:
        assert json.loads(line)["message"] != "forged"
        assert "\x1b" not in line
    assert "Traceback" not in wire.log.read_text(), "nothing here was a crash"
    assert '"log.level": "error"' not in wire.log.read_text()


def test_what_is_personal_stands_in_no_file_wherever_callers_put_it(wire: Wire) -> None:
    """In paths, queries, headers and bodies that are refused: nowhere in the workspace or in the log."""
    for canary in CANARIES:
        said = quote(canary, safe="")
        for path in ("customers/{}", "customers/{}/risk", "customers/{}/timeline", "campaigns/{}", "runs/{}"):
            assert status(wire.ask("/api/v1/" + path.format(said))) in (404, 422)
        for path in (
            "customers?segment={}",
            "customers?limit={}",
            "audit/records?object={}",
            "unsubscribe/{}",
        ):
            assert status(wire.ask("/api/v1/" + path.format(said))) in (200, 404, 422)
        wire.ask(
            "/api/v1/customers", f"X-Request-ID: {canary}\r\nUser-Agent: {canary}\r\nReferer: {canary}\r\n"
        )
        head = "GET /api/v1/customers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        assert status(wire.say(f"{head}Authorization: Bearer {canary}\r\n\r\n".encode())) == 401
        for path, body in (
            (
                REPORT,
                [{"outcome_id": canary, "customer_id": "C1", "retained": canary, "observed_at": canary}],
            ),
            (
                "/api/v1/events",
                [{"event_id": "e", "customer_id": "C1", "event_type": canary, "timestamp": canary}],
            ),
            ("/api/v1/reviews/bulk", {"answer": "reject", "decisions": [canary], "reason": canary}),
            ("/api/v1/graphql", {"query": f"{{ customer(customerId: 5) {{ {canary} }} }}"}),
        ):
            found = status(wire.ask(path, JSON + KEY, "POST", json.dumps(body).encode()))
            assert found in (400, 422), (path, found)
    time.sleep(2.5)  # what was shown is in the trail a second later
    searched = [path for path in wire.folder.rglob("*") if path.is_file()]
    assert len(searched) > 5
    for path in searched:
        held = path.read_bytes()
        for canary in CANARIES:
            assert canary.encode() not in held, path.name
    assert not any(canary.encode() in wire.ask("/metrics") for canary in CANARIES)
