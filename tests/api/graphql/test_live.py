"""Subscriptions against the real server: changes are told, and end with the right to know of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.browser import Browser
from tests.api.graphql.conftest import URL, key_of
from tests.campaigns.witness import NOW, Business, Witness, action

from retinue.campaigns.lifecycle import stop_campaign
from retinue.store.api_keys import revoke_api_key
from retinue.store.reviews import Ask, ask_in, withdraw_in
from retinue.store.users import change_roles

QUEUE = "subscription { reviewQueue { waiting overdue } }"
PROGRESS = """subscription P($id: String!) { campaignProgress(campaignId: $id) { state deliveries } }"""


@dataclass
class Served:
    """A server of its own, and the store it reads."""

    base: str
    business: Business
    process: subprocess.Popen[bytes]
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base, timeout=10)
        self.key = key_of(self.business.store, "approver")

    def ask(self, query: str, *, accept: str = "text/event-stream", **headers: str) -> httpx.Response:
        given = {"X-API-Key": self.key, "Accept": accept, **headers}
        return self.http.post(URL, json={"query": query}, headers=given)

    @contextmanager
    def listening(self, query: str, headers: dict[str, str], **variables: Any) -> Iterator[Iterator[Any]]:
        """The events of a subscription: what `next` says, and None for `complete`."""
        body = {"query": query, "variables": variables}
        given = {"Accept": "text/event-stream", **headers}
        with self.http.stream("POST", URL, json=body, headers=given) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events(answer)

    def wait(self, *names: str) -> None:
        """Ask for so many people."""
        asks = [
            Ask(f"dec_{name}", "cmp_1", f"C{name}", False, 0, 0, {}, {}, NOW + timedelta(1), late())
            for name in names
        ]
        with self.business.store.transaction() as session:
            ask_in(session, asks, clock=NOW)


def late() -> datetime:
    return datetime.now(UTC) + timedelta(days=9)


def events(answer: httpx.Response) -> Iterator[Any]:
    kind = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data:"):
            yield json.loads(line.removeprefix("data:")) if kind == "next" else None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root: Path = tmp_path_factory.mktemp("live")
    business = Business(root / ".retinue", [Witness()])
    business.start(action(1), action(2))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RETINUE_")}
    settings = {"RETINUE_API__GRAPHQL_SECONDS": "0.1", "RETINUE_API__GRAPHQL_LISTENERS": "2"}
    process = subprocess.Popen(
        [sys.executable, "-m", "retinue", "serve", "--port", str(port)],
        cwd=root,
        env=plain | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{base}/healthz")
                break
            except httpx.HTTPError:
                assert process.poll() is None, "the service ended"
                time.sleep(0.1)
        made = Served(base, business, process)
        with made.http:
            yield made
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
        business.store.close()


def test_the_page_listens_with_a_question_of_these_tests() -> None:
    page = Path(__file__).parents[3] / "docs" / "how-to" / "ask-with-graphql.md"
    assert f'{{"query": "{QUEUE}"}}' in page.read_text(encoding="utf-8")


def test_what_changes_is_told_and_nothing_else(served: Served) -> None:
    with served.listening(QUEUE, {"X-API-Key": served.key}) as told:
        assert next(told) == {"data": {"reviewQueue": {"waiting": 0, "overdue": 0}}}
        time.sleep(0.35)  # it looks three times and finds the same
        served.wait("a", "b")
        assert next(told) == {"data": {"reviewQueue": {"waiting": 2, "overdue": 2}}}
        with served.business.store.transaction() as session:
            withdraw_in(session, "cmp_1", who="ada", reason="", clock=NOW)
        assert next(told) == {"data": {"reviewQueue": {"waiting": 0, "overdue": 0}}}


def test_a_campaign_is_followed(served: Served) -> None:
    campaign = "CAMP_2026_02_14_001"
    with served.listening(PROGRESS, {"X-API-Key": served.key}, id=campaign) as told:
        first = next(told)["data"]["campaignProgress"]
        assert first == {"state": "running", "deliveries": {"queued": 2}}
        stop_campaign(served.business.store, campaign, who="ada", reason="", clock=NOW)
        last = next(told)["data"]["campaignProgress"]
        while last["state"] != "stopped" or "queued" in last["deliveries"]:
            last = next(told)["data"]["campaignProgress"]
        assert last == {"state": "stopped", "deliveries": {"cancelled": 2}}
    with served.listening(PROGRESS, {"X-API-Key": served.key}, id="CAMP_1999_01_01_001") as told:
        error, end = list(told)
        assert error["errors"][0]["extensions"]["status"] == 404
        assert end is None


def test_it_ends_when_the_key_is_revoked(served: Served) -> None:
    key = key_of(served.business.store, "csm")
    with served.listening(QUEUE, {"X-API-Key": key}) as told:
        assert "data" in next(told)
        revoke_api_key(served.business.store, f"key_{key[4:20]}", now=datetime.now(UTC))
        error, end = list(told)
    assert error["errors"][0]["extensions"]["status"] == 401
    assert end is None


def test_it_ends_when_the_role_is_taken(served: Served) -> None:
    browser = Browser(served.http, served.business.store, roles=("csm",))
    token = browser.signed_in()["access_token"]
    with served.listening(QUEUE, {"Authorization": f"Bearer {token}"}) as told:
        assert "data" in next(told)
        change_roles(served.business.store, "ada", ["viewer"])
        error, end = list(told)
    assert error["errors"][0]["extensions"] | {"fix": ""} == {
        "type": "urn:retinue:error:RTN-0600",
        "title": "Forbidden",
        "status": 403,
        "code": "RTN-0600",
        "where": "reviews.read",
        "fix": "",
    }
    assert end is None


def test_each_has_so_many_at_once(served: Served) -> None:
    headers = {"X-API-Key": served.key}
    with served.listening(QUEUE, headers) as one, served.listening(QUEUE, headers) as other:
        assert next(one) == next(other)
        third = served.ask(QUEUE)
        assert third.status_code == 429
        assert third.json()["errors"][0]["extensions"]["where"] == "[api] graphql_listeners"
        with served.listening(QUEUE, {"X-API-Key": key_of(served.business.store, "admin")}) as theirs:
            assert "data" in next(theirs)
    for _ in range(50):
        with served.http.stream(
            "POST", URL, json={"query": QUEUE}, headers={**headers, "Accept": "text/event-stream"}
        ) as again:
            if again.status_code == 200:
                assert "data" in next(events(again))
                return
        time.sleep(0.1)
    pytest.fail("those that ended still count")


def test_it_is_answered_as_events_only_and_for_whoever_may_know(served: Served) -> None:
    plain = served.ask(QUEUE, accept="application/json")
    assert plain.status_code == 406
    assert plain.json()["errors"][0]["extensions"]["status"] == 406
    viewer = served.ask(QUEUE, **{"X-API-Key": key_of(served.business.store, "viewer")})
    assert '"status":403' in viewer.text
    assert viewer.text.rstrip().endswith("event: complete\r\ndata:")
    assert served.ask(QUEUE, **{"X-API-Key": "rtn_wrong"}).status_code == 401


def test_the_server_ends_while_somebody_listens(served: Served) -> None:
    """The last one: it ends the server."""
    with served.listening(QUEUE, {"X-API-Key": served.key}) as told:
        assert "data" in next(told)
        begun = time.monotonic()
        os.killpg(served.process.pid, signal.SIGTERM)
        assert list(told) == [None], "its end is told"
        served.process.wait(20)
        assert time.monotonic() - begun < 15
