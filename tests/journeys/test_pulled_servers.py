"""A walk with the store in PostgreSQL and the limits in Redis, and both pulled while the service serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from tests.servers import PrivatePostgreSQL, PrivateRedis, serving

from retinue.testing.doubles import Running, start

NOON = ("--now", "2026-01-01T12:00:00Z")
TOML = """
[store]
url = "${{DATABASE_URL}}"

[cache]
url = "${{REDIS_URL}}"

[delivery]
mode = "live"
messages = ["hook"]
quiet_from = "20:00"

[channels.hook]
kind = "webhook"
url = "{url}/customers"
secrets = ["${{HOOK_SECRET}}"]
allow_private = true
"""
BOLD = {
    "RETINUE_DECISIONS__ACT_ABOVE": "0.15",
    "RETINUE_DECISIONS__MONITOR_UP_TO": "0.25",
    "RETINUE_INCENTIVES__CAUTION": "0",
    "HOOK_SECRET": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


CANARIES = ("Zaphod Canarius", "zaphod.canarius@example.org", "+491705551234")
"""What nobody may find in a file: it is kept sealed."""


class Walk:
    """A workspace on servers of its own, and a person who types commands."""

    def __init__(self, folder: Path, provider: Running) -> None:
        self.folder, self.provider = folder, provider
        self.postgresql, self.redis = PrivatePostgreSQL(), PrivateRedis()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")} | BOLD
        self.environment |= {"DATABASE_URL": self.postgresql.url, "REDIS_URL": self.redis.url}
        (folder / "retinue.toml").write_text(TOML.format(url=provider.url))

    def type(self, *words: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "retinue", *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def ask(self, *words: str | Path) -> Any:
        return json.loads(self.type(*words, "--json"))

    def remove(self) -> None:
        self.redis.go_on()
        self.redis.kill()
        self.postgresql.remove()


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, undisturbed: tuple[Path, Any], business: Path
) -> Iterator[Walk]:
    """What a run on a file left, run again with its store on servers: nothing is trained twice."""
    folder = tmp_path_factory.mktemp("servers") / "work"
    shutil.copytree(undisturbed[0], folder, ignore=shutil.ignore_patterns("store.sqlite*", "audit"))
    with start("provider") as provider:
        made = Walk(folder, provider)
        try:
            made.type("run", "--data", business, "--as-of", "2026-01-01", *NOON)
            yield made
        finally:
            made.remove()


@pytest.mark.slow
def test_a_campaign_goes_out_and_what_came_of_it_comes_back(walk: Walk) -> None:
    (planned,) = walk.ask("campaign", "list")
    foreseen = walk.ask("campaign", "run", planned["campaign_id"], "--dry-run", *NOON)
    would = {action["customer_id"] for action in foreseen["actions"] if action["what"] == "send"}
    assert len(would) > 5
    first = min(would)
    (walk.folder / "contacts.csv").write_text(
        f"customer_id,name,email,phone\n{first},{','.join(CANARIES)}\n", encoding="utf-8"
    )
    walk.type("contacts", "load", "contacts.csv")
    (walk.folder / "contacts.csv").unlink()
    walk.type("campaign", "run", planned["campaign_id"], "--plan", foreseen["plan_sha256"][:12], *NOON)
    assert walk.ask("deliveries", "send", *NOON)["sent"] == len(would)
    bodies = [json.loads(effect["what"]["body"])["data"] for effect in walk.provider.effects()]
    assert sorted(body["customer_id"] for body in bodies) == sorted(would)
    with serving(walk.folder, walk.environment) as base:
        listed = httpx.get(f"{base}/api/v1/deliveries", params={"limit": 200}).json()["deliveries"]
        assert {one["customer_id"] for one in listed if one["state"] == "sent"} == would
        rows = [
            {"outcome_id": f"W{n}", "customer_id": name, "retained": True, "observed_at": "2026-01-05"}
            for n, name in enumerate(sorted(would))
        ]
        assert httpx.post(f"{base}/api/v1/feedback/outcome", json=rows).status_code == 202
    collected = walk.ask("outcomes", "collect", "--now", "2026-01-06")
    assert collected["reported"]["loaded"] == len(would)
    walk.type("audit", "verify")
    assert not (walk.folder / ".retinue" / "store.sqlite").exists()
    with psycopg.connect(walk.postgresql.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    for folder in (walk.folder, walk.postgresql.folder):  # its pages and its log of changes
        for path in folder.rglob("*"):
            held = path.read_bytes() if path.is_file() else b""
            assert not any(canary.encode() in held for canary in CANARIES), path.name


class Callers:
    """People who go on asking and reporting, whatever they are told."""

    def __init__(self, base: str, customers: list[str]) -> None:
        self.base, self.customers = base, customers
        self.answers: list[tuple[str, int, float, float]] = []
        self.acknowledged: set[str] = set()
        self._ending = threading.Event()
        asked = ("/healthz", "/readyz", f"/api/v1/customers/{customers[0]}/risk", "/api/v1/campaigns")
        calls: list[tuple[str, Callable[[httpx.Client, int], httpx.Response]]] = [
            (path, lambda client, _, path=path: client.get(path))  # type: ignore[misc]
            for path in asked
        ]
        calls += [("report", self._report), ("graphql", self._graphql)]
        self._threads = [threading.Thread(target=self._go_on, args=call) for call in calls]
        for thread in self._threads:
            thread.start()

    def _report(self, client: httpx.Client, n: int) -> httpx.Response:
        row = {"outcome_id": f"P{n}", "retained": True, "observed_at": "2026-01-05"}
        row["customer_id"] = self.customers[n % len(self.customers)]
        answer = client.post("/api/v1/feedback/outcome", json=row, headers={"Idempotency-Key": f"key-of-{n}"})
        if answer.status_code == 202:
            self.acknowledged.add(f"P{n}")
        return answer

    def _graphql(self, client: httpx.Client, _: int) -> httpx.Response:
        return client.post("/api/v1/graphql", json={"query": "{ campaigns { campaigns { campaignId } } }"})

    def _go_on(self, name: str, call: Callable[[httpx.Client, int], httpx.Response]) -> None:
        with httpx.Client(base_url=self.base, timeout=30) as client:
            n = 0
            while not self._ending.is_set():
                n, began = n + 1, time.monotonic()
                answer = call(client, n)
                assert answer.status_code != 503 or "retry-after" in answer.headers, name
                self.answers.append((name, answer.status_code, began, time.monotonic()))
                time.sleep(0.25)

    def during(self, seconds: float) -> dict[str, Counter[int]]:
        """What each was told for what they asked in the time from now on."""
        began = time.monotonic()
        time.sleep(seconds)
        found: dict[str, Counter[int]] = {}
        for name, status, at, _ in list(self.answers):
            if at >= began:
                found.setdefault(name, Counter())[status] += 1
        return found

    def well_within(self, seconds: float) -> bool:
        """Whether everybody is told 200 or 202 again within some seconds, and from then on."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.during(1.0)
            if len(found) == 6 and all(set(told) <= {200, 202} for told in found.values()):
                return True
        return False

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.slow
def test_servers_are_pulled_while_it_serves(walk: Walk) -> None:
    with serving(walk.folder, walk.environment) as base:
        page = httpx.get(f"{base}/api/v1/customers", params={"limit": 20}).json()
        callers = Callers(base, [one["customer_id"] for one in page["customers"]])
        try:
            assert callers.well_within(10)
            walk.postgresql.stop_at_once()
            down = callers.during(2)
            walk.postgresql.start()
            assert set(down.pop("/healthz")) == {200}, "to start the service again would mend nothing"
            assert {status for told in down.values() for status in told} <= {200, 202, 503}
            assert down["report"][503] > 0
            assert callers.well_within(10)

            walk.redis.kill()
            assert all(set(told) <= {200, 202} for told in callers.during(1.5).values()), "limits go on alone"
            walk.redis.start()
            walk.redis.pause()
            assert all(set(told) <= {200, 202} for told in callers.during(1.5).values())
            walk.redis.go_on()

            walk.postgresql.pause()
            callers.during(9)
            quiet = callers.during(2)
            walk.postgresql.go_on()
            assert set(quiet["report"]) == {503}, "told at once once it is known"
            assert callers.well_within(10)
        finally:
            walk.postgresql.go_on()
            walk.redis.go_on()
            callers.end()
    assert {status for _, status, _, _ in callers.answers} == {200, 202, 503}
    assert max(done - began for _, _, began, done in callers.answers) < 12
    with psycopg.connect(walk.postgresql.url) as connection:
        kept = {row[0] for row in connection.execute("SELECT outcome_id FROM inbox_outcomes")}
    assert len(callers.acknowledged) > 20
    assert callers.acknowledged <= kept
    walk.type("audit", "verify")
