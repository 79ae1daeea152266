"""The generic double: its modes and faults, and a witness that misses nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from retinue.channels.base import TryLater, Unsure
from retinue.channels.calls import Caller, Limits
from retinue.testing.doubles import FAULTS, Running, start
from retinue.testing.doubles.faults import DONE

LIMITS = Limits(connect=2, read=0.4, whole=2)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("provider") as provider:
        yield provider


@pytest.fixture
def provider(running: Running) -> Running:
    running.set(mode="honour-keys")
    running.reset()
    return running


def post(provider: Running, key: str = "d1") -> int:
    with Caller("Provider", provider.url, limits=LIMITS) as caller:
        return caller.post("/hook?a=1", content=b"words", headers={"webhook-id": key}).status


def test_a_call_is_an_effect_with_its_time(provider: Running) -> None:
    assert post(provider) == 200
    (effect,) = provider.effects("d1")
    assert effect["what"] == {"path": "/hook", "body": "words"}
    (call,) = provider.calls()
    assert (call["method"], call["path"], call["key"], call["status"]) == ("POST", "/hook", "d1", 200)
    assert abs(call["at"] - effect["at"]) < 1


def test_a_second_call_with_a_key_is_no_second_effect(provider: Running) -> None:
    post(provider)
    with Caller("Provider", provider.url) as caller:
        answer = caller.post("/", headers={"webhook-id": "d1"})
    assert answer.headers["idempotent-replayed"] == "true"
    assert (len(provider.effects()), len(provider.calls())) == (1, 2)
    provider.set(mode="ignore-keys")
    post(provider)
    assert len(provider.effects("d1")) == 2


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "failure_in_ok"])
def test_a_fault_is_done_or_not_as_it_says(provider: Running, fault: str) -> None:
    provider.inject(fault, seconds=1.0)  # type: ignore[arg-type]
    silent = {"dropped_before", "lost_answer", "half_answer", "slow"}
    if fault in silent:
        with pytest.raises(Unsure):
            post(provider)
    else:
        codes = {"throttled": 429, "throttled_wait": 429, "unauthorised": 401, "invalid": 400, "garbage": 200}
        assert post(provider) == codes.get(fault, 500)
    assert len(provider.effects("d1")) == (fault in DONE)
    assert [call["fault"] for call in provider.calls()] == [fault]
    assert post(provider) == 200, "one fault for one call"
    assert len(provider.effects("d1")) == 1


def test_a_wait_is_named_when_told(provider: Running) -> None:
    provider.inject("throttled_wait", retry_after=7)
    with Caller("Provider", provider.url) as caller:
        answer = caller.post("/")
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")


def test_the_modes_hold_for_every_call(provider: Running) -> None:
    provider.set(mode="timeout-after-success")
    for _ in range(2):
        with pytest.raises(Unsure):
            post(provider)
    provider.set(mode="429")
    assert post(provider, "d2") == 429
    provider.set(mode="garbage")
    assert post(provider, "d3") == 200
    assert [effect["key"] for effect in provider.effects()] == ["d1", "d3"]


def test_many_clients_at_once_lose_nothing(provider: Running) -> None:
    def client(number: int) -> None:
        for turn in range(20):
            assert post(provider, f"k{number}-{turn % 10}") == 200

    threads = [threading.Thread(target=client, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(provider.calls()) == 240
    assert len({effect["key"] for effect in provider.effects()}) == len(provider.effects()) == 120


def test_what_was_answered_is_on_disk_when_the_double_is_killed() -> None:
    with start("provider") as provider:
        assert post(provider, "k1") == 200
        provider.process.kill()
        provider.process.wait(5)
        assert [effect["key"] for effect in provider.effects()] == ["k1"]
        with pytest.raises(TryLater):
            post(provider)


def test_it_can_be_started_and_controlled_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "retinue.testing.doubles.provider", "--port", "0"]
    command += ["--witness", str(tmp_path / "w.sqlite"), "--set", "mode=ignore-keys"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_effects", timeout=5) as answer:
            assert json.load(answer) == {"effects": [], "calls": []}
    finally:
        process.terminate()
        process.communicate(timeout=5)


def test_it_ends_with_whoever_started_it() -> None:
    with start("provider") as provider:
        assert provider.process.stdin is not None
        provider.process.stdin.close()
        provider.process.wait(5)
        provider.process.stdin = None


def test_what_it_does_not_know_is_an_error(provider: Running) -> None:
    for wrong in ({"mode": "no"}, {"other": 1}):
        with pytest.raises(urllib.error.HTTPError):
            provider.set(**wrong)
    with pytest.raises(urllib.error.HTTPError):
        provider.inject("no such")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="ended with code"), start("no_such_double"):
        pass
