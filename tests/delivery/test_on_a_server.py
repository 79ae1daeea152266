"""The promises of delivery with the store on PostgreSQL: workers killed at every point, and paused."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import a_place
from tests.delivery.conftest import verdict
from tests.delivery.harness import POINTS, STEPS, Trial, begin, in_child, told, until_paused

from retinue.testing.doubles import Running


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path | str]:
    with a_place("postgresql", tmp_path) as found:
        yield found


def killed(trial: Trial, faults: dict[str, list[str]]) -> int:
    """A campaign whose steps are killed as listed before they are done; how many kills there were."""
    kills = 0
    for what in STEPS:
        for fault in faults.get(what, ()):
            kills += in_child(lambda what=what: trial.step(what), fault) == "killed"  # type: ignore[misc]
            trial.pass_time()
        if what != "send":
            assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    trial.finish()
    return kills


@pytest.mark.parametrize(
    ("what", "point"), [(what, point) for what, points in POINTS.items() for point in points]
)
def test_killed_at(what: str, point: str, place: str, careless: Running, tmp_path: Path) -> None:
    name = f"pg-{point.replace('.', '-')}"
    trial = Trial(tmp_path, careless.url, False, name, 2, 1, place=place)
    assert killed(trial, {what: [f"{point}:1:kill"]}) == 1
    assert verdict(trial, careless) == []


def killed_at_random(trial: Trial, seed: int) -> int:
    chance = random.Random(seed)
    return killed(
        trial,
        {
            what: [
                f"{chance.choice(POINTS[what])}:{chance.randint(1, 4 if what == 'send' else 2)}:kill"
                for _ in range(chance.choice((2, 3, 4)) if what == "send" else 1)
            ]
            for what in STEPS
        },
    )


@pytest.mark.parametrize("keys", [True, False])
def test_killed_again_and_again(
    keys: bool, place: str, careful: Running, careless: Running, tmp_path: Path
) -> None:
    running = careful if keys else careless
    trial = Trial(tmp_path, running.url, keys, f"pgr{'k' if keys else 'n'}", place=place)
    assert killed_at_random(trial, 11) > 0
    assert verdict(trial, running) == []


def paused(trial: Trial, point: str) -> None:
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


# Not within a transaction: whoever is paused there holds the lock of all writers, and the server ends it.
@pytest.mark.parametrize("point", [point for point in POINTS["send"] if not point.startswith("audit.")])
def test_a_paused_worker_does_nothing_twice(
    point: str, place: str, careless: Running, tmp_path: Path
) -> None:
    name = f"pgp-{point.replace('.', '-')}"
    trial = Trial(tmp_path, careless.url, False, name, 3, 0, lease=0.3, place=place)
    paused(trial, point)
    assert verdict(trial, careless) == []


def test_workers_at_once_do_nothing_twice(place: str, careless: Running, tmp_path: Path) -> None:
    trial = Trial(tmp_path, careless.url, False, "pgmany", 24, 0, place=place)
    for what in ("plan", "start", "review"):
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    workers = [begin(lambda n=n: trial.send(trial.business(), f"w{n}")) for n in range(4)]  # type: ignore[misc]
    assert [told(os.waitpid(pid, 0)[1]) for pid in workers] == ["done"] * 4
    trial.finish()
    assert verdict(trial, careless) == []


@pytest.mark.slow
@pytest.mark.parametrize("keys", [True, False])
def test_two_hundred_kills(keys: bool, careful: Running, careless: Running, tmp_path: Path) -> None:
    running, kills, seed = careful if keys else careless, 0, 1_000
    while kills < 200:
        with a_place("postgresql", tmp_path) as place:
            name = f"pgs{'k' if keys else 'n'}{seed}"
            trial = Trial(tmp_path / str(seed), running.url, keys, name, place=place)
            kills += killed_at_random(trial, seed)
            assert verdict(trial, running) == [], f"seed {seed}"
        seed += 1
