"""The checker is believed because it goes red when a protection is taken away, whichever it is."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.delivery.checker import broken
from tests.delivery.conftest import verdict
from tests.delivery.harness import Trial, begin, in_child, told, until_paused

from retinue.campaigns import sender as sending
from retinue.channels.webhook import WebhookChannel
from retinue.store import outbox
from retinue.store.ledger import give_back_in
from retinue.testing.doubles import Running


def killed_while_sending(trial: Trial, point: str = "delivery.called") -> None:
    for what in ("plan", "start", "review"):
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    for nth in (1, 2):
        in_child(lambda: trial.step("send"), f"{point}:{nth}:kill")
        trial.pass_time()
    trial.finish()


def paused(trial: Trial, point: str = "delivery.marked") -> None:
    """One worker is paused beyond its lease, another does the work, then the first goes on."""
    for what in ("plan", "start", "review"):
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    first = begin(lambda: trial.send(trial.business(), "first"), f"{point}:1:stop")
    if until_paused(first):
        time.sleep(trial.lease + 0.05)
        assert in_child(lambda: trial.send(trial.business(), "second")) == "done"
        os.kill(first, signal.SIGCONT)
        assert told(os.waitpid(first, 0)[1]) == "done"
    trial.finish()


def another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    send = WebhookChannel.send
    monkeypatch.setattr(
        WebhookChannel, "send", lambda self, prepared, key: send(self, prepared, f"{key}-{time.time_ns()}")
    )


def no_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    def anybody(session: Any, delivery_id: str, *, owner: str, fence: int) -> Any:
        row = session.get(outbox.Delivery, delivery_id)
        return None if row is None else outbox.record_of(row)

    monkeypatch.setattr(sending, "locked_in", anybody)


def keys_believed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending.Sender, "_may_repeat", lambda *given: True)


def no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivery is marked as being sent only when it has been."""
    settle_in = outbox.settle_in

    def unmarked(session: Any, delivery_id: str, state: str, **more: Any) -> Any:
        if state == "sending":
            return outbox.record_of(session.get(outbox.Delivery, delivery_id))
        return settle_in(session, delivery_id, state, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "settle_in", unmarked)


def sent_whatever_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is lost while sending is taken to have sent."""
    work = sending.Sender.work

    def hopeful(self: Any, delivery: Any) -> None:
        if delivery.state == "sending":
            self._settle(delivery, sending.Settled("sent"))
        else:
            work(self, delivery)

    monkeypatch.setattr(sending.Sender, "work", hopeful)


def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery whose worker was lost is given up, its money freed."""
    work = sending.Sender.work

    def hasty(self: Any, delivery: Any) -> None:
        if delivery.state == "sending":
            self._settle(delivery, sending.Settled("failed"))
        else:
            work(self, delivery)

    monkeypatch.setattr(sending.Sender, "work", hasty)


def money_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The money of what nobody knows is given back."""
    settle = sending.settle

    def generous(session: Any, held: Any, outcome: Any, *, clock: Any) -> Any:
        done = settle(session, held, outcome, clock=clock)
        if done.state == "unknown":
            give_back_in(session, done.decision_id)
        return done

    monkeypatch.setattr(sending, "settle", generous)


@pytest.mark.parametrize(
    ("without", "keys", "point", "says"),
    [
        (another_key, True, "delivery.called", "that no delivery has"),
        (keys_believed_in, False, "delivery.called", "was done 2 times"),
        (no_mark, False, "delivery.called", "was done 2 times"),
        (sent_whatever_came, False, "delivery.marked", "is called sent and was never done"),
        (forgotten, False, "delivery.called", "was done and is called failed"),
        (money_freed, False, "delivery.called", "the money of"),
    ],
)
def test_it_sees_what_a_kill_does_without(
    without: Callable[[pytest.MonkeyPatch], None],
    keys: bool,
    point: str,
    says: str,
    careful: Running,
    careless: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = careful if keys else careless
    name = f"{without.__name__.replace('_', '')}{'k' if keys else 'n'}"
    killed_while_sending(sound := Trial(tmp_path / "sound", running.url, keys, f"{name}s"), point)
    assert verdict(sound, running) == []
    without(monkeypatch)
    killed_while_sending(trial := Trial(tmp_path / "without", running.url, keys, f"{name}w"), point)
    assert any(says in line for line in verdict(trial, running)), verdict(trial, running)


def overtaken(trial: Trial) -> None:
    """A worker that lost its claim goes on while the next one is about to make the call."""
    for what in ("plan", "start", "review"):
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    first = begin(lambda: trial.send(trial.business(), "first"), "delivery.claimed:1:stop")
    assert until_paused(first)
    time.sleep(trial.lease + 0.05)
    second = begin(lambda: trial.send(trial.business(), "second"), "delivery.marked:1:stop")
    assert until_paused(second)
    for pid in (first, second):
        os.kill(pid, signal.SIGCONT)
        assert told(os.waitpid(pid, 0)[1]) == "done"
    trial.finish()


def test_it_sees_what_a_pause_does_without_fences(
    careless: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken(sound := Trial(tmp_path / "sound", careless.url, False, "fences", 2, 0, lease=3.0))
    assert verdict(sound, careless) == []
    no_fence(monkeypatch)
    overtaken(trial := Trial(tmp_path / "without", careless.url, False, "fencew", 2, 0, lease=3.0))
    assert any("was done 2 times" in line for line in verdict(trial, careless)), verdict(trial, careless)


def test_it_sees_what_was_lost(careful: Running, tmp_path: Path) -> None:
    killed_while_sending(trial := Trial(tmp_path, careful.url, True, "lost"))
    b = trial.business()
    everybody = [a["decision_id"] for a in trial.actions]
    mine = [effect for effect in careful.effects() if trial.name in str(effect["what"])]
    assert broken(b.store, trial.campaign, everybody, mine, keys=True) == []
    assert "dec_x was lost" in broken(b.store, trial.campaign, [*everybody, "dec_x"], mine, keys=True)
    assert broken(b.store, trial.campaign, everybody[1:], mine, keys=True)
    assert broken(b.store, trial.campaign, everybody, mine[1:], keys=True)
    assert broken(b.store, trial.campaign, everybody, [*mine, mine[0]], keys=True)
    b.store.close()


POINTS = ("delivery.claimed", "delivery.prepared", "delivery.marked", "delivery.called", "delivery.finished")


def paused_at_random(folder: Path, running: Running, seed: int, *, keys: bool) -> list[str]:
    chance = random.Random(seed)
    trial = Trial(folder, running.url, keys, f"p{'k' if keys else 'n'}{seed}", 3, 0, lease=0.15)
    paused(trial, chance.choice(POINTS))
    return verdict(trial, running)


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_a_paused_worker_does_nothing_twice(
    seed: int, keys: bool, careful: Running, careless: Running, tmp_path: Path
) -> None:
    assert paused_at_random(tmp_path, careful if keys else careless, seed, keys=keys) == []


@pytest.mark.slow
@pytest.mark.parametrize("keys", [True, False])
def test_five_hundred_pauses(keys: bool, careful: Running, careless: Running, tmp_path: Path) -> None:
    running = careful if keys else careless
    for seed in range(1_000, 1_250):
        assert paused_at_random(tmp_path / str(seed), running, seed, keys=keys) == [], f"seed {seed}"
