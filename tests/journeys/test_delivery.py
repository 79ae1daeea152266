"""From a run to the other end: seen first, approved by hash, sent once; a person decides, a stop stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retinue.testing.doubles import Running, start

RUN = ("--as-of", "2026-01-01", "--now", "2026-01-01T12:00:00Z")
NOON = ("--now", "2026-01-01T12:00:00Z")
TOML = """
[delivery]
mode = "live"
messages = ["hook"]
notices = ["desk"]
first_wait_seconds = 1.0
quiet_from = "20:00"

[channels.hook]
kind = "webhook"
url = "{url}/customers"
secrets = ["${{HOOK_SECRET}}"]
allow_private = true

[channels.desk]
kind = "webhook"
url = "{url}/colleagues"
secrets = ["${{HOOK_SECRET}}"]
allow_private = true
delivers = "notice"

[decisions]
act_above = 0.15
monitor_up_to = 0.25
review_clv_above = 700.0

[incentives]
caution = 0.0

[review.people]
ada = "approver"
bob = "csm"
"""
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start("provider") as running:
        yield running


class Desk:
    """A workspace with a finished run, and a person who types commands."""

    def __init__(self, folder: Path, provider: Running, data: Path) -> None:
        self.folder, self.data = folder, data
        (folder / "retinue.toml").write_text(TOML.format(url=provider.url))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
        self.environment["HOOK_SECRET"] = SECRET
        done = self.type("run", "--data", data, *RUN)
        assert done.returncode == 0, done.stderr
        self.campaign = "CAMP_2026_01_01_001"

    def type(self, *words: str | Path, ok: bool | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "retinue", *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ok is None or ok == (done.returncode == 0), done.stderr + done.stdout
        return done

    def ask(self, *words: str | Path) -> Any:
        return json.loads(self.type(*words, "--json", ok=True).stdout)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, provider: Running, business: Path) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"), provider, business)


def interventions(folder: Path) -> list[dict[str, Any]]:
    """The table as it is known now."""
    from datetime import UTC, datetime

    from retinue import Retinue

    with Retinue(folder) as retinue:
        table = retinue.warehouse.history("interventions", datetime(2026, 1, 2, tzinfo=UTC))
        return list(table.to_pyarrow().to_pylist())


@pytest.mark.slow
def test_a_campaign_from_plan_to_finish(desk: Desk, provider: Running) -> None:
    (planned,) = desk.ask("campaign", "list")
    assert (planned["state"], planned["deliveries"]) == ("planned", {})

    # Seen first: nothing is written, nobody called.
    before = (desk.folder / ".retinue" / "store.sqlite").read_bytes()
    foreseen = desk.ask("campaign", "run", desk.campaign, "--dry-run", *NOON)
    assert (desk.folder / ".retinue" / "store.sqlite").read_bytes() == before
    assert provider.calls() == []
    would = {action["customer_id"] for action in foreseen["actions"] if action["what"] == "send"}
    waits = {action["decision_id"] for action in foreseen["actions"] if action["what"] == "review"}
    assert len(would) > 5
    assert len(waits) >= 3

    # Another plan than the one that was seen is refused.
    refused = desk.type("campaign", "run", desk.campaign, "--plan", "0" * 12, *NOON, ok=False)
    assert "Look at it again" in refused.stderr
    desk.type("campaign", "run", desk.campaign, "--plan", foreseen["plan_sha256"][:12], *NOON, ok=True)
    refusing = min(would)
    desk.type("consent", "withdraw", refusing, "--channel", "hook", *NOON, ok=True)
    would -= {refusing}
    sent = desk.ask("deliveries", "send", *NOON)
    assert sent["sent"] == len(would) + 1
    told = [json.loads(effect["what"]["body"]) for effect in provider.effects()]
    customers = [body["data"]["customer_id"] for body in told if body["type"] == "retinue.message"]
    assert sorted(customers) == sorted(would)
    (notice,) = [body["data"]["message"]["text"] for body in told if body["type"] == "retinue.notice"]
    assert f"{len(waits)} offers of campaign" in notice

    # A person decides, and understands why each case is there.
    cases = desk.ask("review", "list", *NOON)
    assert {case["decision_id"] for case in cases} == waits
    case = cases[0]
    words = " ".join(case["words"])
    for part in ("will leave with a probability of", "Proposed:", "Why a person decides:", "Due in"):
        assert part in words
    too_much = next((c for c in cases if c["cents"] > 25_000), None)
    if too_much is not None:
        assert (
            "may approve up to"
            in desk.type("review", "approve", too_much["decision_id"], "--who", "bob").stdout
        )
    assert "no role" in desk.type("review", "approve", case["decision_id"], "--who", "mallory").stdout
    cheap = [c for c in cases if c["cents"] <= 100_000][:3]
    first, second, third = (c["decision_id"] for c in cheap)
    desk.type("review", "approve", first, second, "--who", "ada", *NOON, ok=True)
    desk.type("review", "reject", third, "--code", "in_talks", "--who", "ada", *NOON, ok=True)
    withdrawn = cheap[1]["customer_id"]
    desk.type("consent", "withdraw", withdrawn, "--channel", "email", "--purpose", "any", *NOON, ok=True)
    desk.type("consent", "withdraw", withdrawn, "--channel", "hook", *NOON, ok=True)
    desk.type("deliveries", "send", *NOON, ok=True)
    states = {row["decision_id"]: row["state"] for row in desk.ask("deliveries", "list", "--limit", "500")}
    assert states[first] == "sent"
    assert states[second] == "withheld"
    assert third not in states

    # The warehouse hears what came of each: what was not sent is no offer, what a person approved is one.
    collected = desk.ask("outcomes", "collect", *NOON)
    assert collected["fates"] == len(would) + 1 + 2
    assert desk.ask("outcomes", "collect", *NOON)["fates"] == 0
    rows = [row for row in interventions(desk.folder) if row["campaign_id"] == desk.campaign]
    (refused_row,) = [row for row in rows if row["customer_id"] == refusing]
    assert (refused_row["incentive"], refused_row["cost"]) == ("none", 0)
    assert refused_row["policy_version"].startswith("undelivered:")
    by_decision = {row["decision_id"]: row for row in rows}
    assert by_decision[first]["incentive"] == cheap[0]["offer"]["id"]
    assert float(by_decision[first]["cost"]) * 100 == pytest.approx(cheap[0]["cents"])
    assert by_decision[first]["policy_version"].startswith("reviewed:")
    assert by_decision[second]["incentive"] == by_decision[third]["incentive"] == "none"

    # Tomorrow nobody is asked again about whom a person said no to, and the story says so.
    later = ("--as-of", "2026-01-02", "--now", "2026-01-02T12:00:00Z")
    desk.type("run", "--data", desk.data, *later, ok=True)
    said = desk.type("explain", cheap[2]["customer_id"], "--as-of", "2026-01-02", ok=True).stdout
    assert "A person rejected an offer for the customer" in said

    # The run again: the same campaign, nothing twice.
    calls = len(provider.calls())
    desk.type("run", "--data", desk.data, *RUN, ok=True)
    desk.type("deliveries", "send", *NOON, ok=True)
    assert len(provider.calls()) == calls
    shown = desk.ask("campaign", "show", desk.campaign)
    assert shown["state"] == "running"
    desk.type("campaign", "stop", desk.campaign, "--reason", "the year is over", ok=True)
    assert desk.ask("review", "list", *NOON) == []
    assert [move["state"] for move in desk.ask("campaign", "show", desk.campaign)["moves"]] == [
        "planned",
        "approved",
        "running",
        "stopped",
    ]


@pytest.mark.slow
def test_a_stop_stops_sending_in_five_seconds_in_every_process(tmp_path: Path, provider: Running) -> None:
    from tests.delivery.harness import Trial, in_child

    trial = Trial(tmp_path, f"{provider.url}/stop", True, "stop", automatic=160, reviewed=0)
    for what in ("plan", "start"):
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    # The trial's store under the workspace's name, and its key.
    state = tmp_path / ".retinue"
    state.mkdir()
    (tmp_path / "store.sqlite").rename(state / "store.sqlite")
    from tests.campaigns.witness import KEY

    (state / "key").write_text(KEY.hex())
    (state / "key").chmod(0o600)
    toml = TOML.format(url=f"{provider.url}/stop").replace('quiet_from = "20:00"', 'quiet_from = "08:00"')
    (tmp_path / "retinue.toml").write_text(toml.replace("[delivery]", "[delivery]\nat_once = 2"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    environment["HOOK_SECRET"] = SECRET
    provider.inject("slow", times=-1, seconds=0.2)
    command = [sys.executable, "-m", "retinue"]
    workers = [
        subprocess.Popen(
            [*command, "worker", "--jobs", "reviews"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]

    def calls() -> list[dict[str, Any]]:
        return [call for call in provider.calls() if call["path"].startswith("/stop")]

    try:
        end = time.monotonic() + 60
        while len(calls()) < 8 and time.monotonic() < end:
            time.sleep(0.05)
        stopped = subprocess.run(
            [*command, "stop", "--reason", "wrong"], cwd=tmp_path, env=environment, check=False
        )
        assert stopped.returncode == 0
        at = time.time()
        time.sleep(7)
        late = [call["at"] - at for call in calls() if call["at"] > at + 5]
        before = len(calls())
        assert late == []
        assert 8 <= before < 160, "the stop came too late to prove anything"
        provider.heal()
        subprocess.run([*command, "resume"], cwd=tmp_path, env=environment, check=True)
        end = time.monotonic() + 60
        while len({call["key"] for call in calls()}) < 160 and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        provider.heal()
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        ended = [worker.wait(30) for worker in workers]
    assert ended == [0, 0]
    effects = [effect["key"] for effect in provider.effects() if "C_stop_" in str(effect["what"])]
    assert len(effects) == len(set(effects)) == 160
