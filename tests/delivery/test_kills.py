"""Killed at every point of a campaign: once where keys are honoured, at most once elsewhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.delivery.checker import broken
from tests.delivery.harness import POINTS, STEPS, Trial, in_child
from tests.delivery.test_cancel_kills import CANCEL_POINTS
from tests.journeys.test_kill import OF_DELIVERY, every_point

from retinue.testing.doubles import Running, start


@pytest.fixture(scope="module", params=["honour-keys", "ignore-keys"])
def provider(request: pytest.FixtureRequest) -> Iterator[tuple[Running, bool]]:
    with start("provider", mode=request.param) as running:
        yield running, request.param == "honour-keys"


def test_every_point_of_delivery_has_its_kill() -> None:
    known = {*CANCEL_POINTS, *(point for points in POINTS.values() for point in points)}
    # Those of collecting and of jobs are killed at in tests/runs.
    here = tuple(prefix for prefix in OF_DELIVERY if prefix not in ("collect.", "job."))
    assert known == {point for point in every_point() if point.startswith(here)}


def killed_campaign(folder: Path, running: Running, keys: bool, seed: int) -> tuple[int, list[str]]:
    """A campaign with kills at points drawn by the seed; how many kills, and what was broken."""
    chance = random.Random(seed)
    trial = Trial(folder, running.url, keys, f"{'k' if keys else 'n'}{seed}")
    kills = 0
    for what in STEPS:
        for _ in range(chance.choice((1, 1, 2, 3)) if what != "send" else chance.choice((2, 3, 4, 5))):
            point = chance.choice(POINTS[what])
            fault = f"{point}:{chance.randint(1, 4 if what == 'send' else 2)}:kill"
            ended = in_child(lambda what=what: trial.step(what), fault)  # type: ignore[misc]
            assert ended in ("killed", "done")
            kills += ended == "killed"
            trial.pass_time()
        if what != "send":
            assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    trial.finish()
    b = trial.business()
    mine = [effect for effect in running.effects() if trial.name in str(effect["what"])]
    wrong = broken(b.store, trial.campaign, [a["decision_id"] for a in trial.actions], mine, keys=keys)
    b.store.close()
    return kills, wrong


@pytest.mark.parametrize("point", [point for points in POINTS.values() for point in points])
def test_killed_at(point: str, provider: tuple[Running, bool], tmp_path: Path) -> None:
    running, keys = provider
    trial = Trial(tmp_path, running.url, keys, f"{'k' if keys else 'n'}-{point.replace('.', '-')}")
    for what in STEPS:
        if point in POINTS[what]:
            assert in_child(lambda what=what: trial.step(what), f"{point}:1:kill") == "killed"  # type: ignore[misc]
            trial.pass_time()
        assert in_child(lambda what=what: trial.step(what)) == "done"  # type: ignore[misc]
    trial.finish()
    b = trial.business()
    mine = [effect for effect in running.effects() if trial.name in str(effect["what"])]
    expected = [a["decision_id"] for a in trial.actions]
    assert broken(b.store, trial.campaign, expected, mine, keys=keys) == []
    b.store.close()


@pytest.mark.parametrize("seed", range(6))
def test_killed_again_and_again(seed: int, provider: tuple[Running, bool], tmp_path: Path) -> None:
    running, keys = provider
    kills, wrong = killed_campaign(tmp_path, running, keys, seed)
    assert wrong == []
    assert kills > 0


@pytest.mark.slow
def test_a_thousand_kills(provider: tuple[Running, bool], tmp_path: Path) -> None:
    running, keys = provider
    kills, seed = 0, 1_000
    while kills < 1_000:
        more, wrong = killed_campaign(tmp_path / str(seed), running, keys, seed)
        assert wrong == [], f"seed {seed}"
        kills, seed = kills + more, seed + 1
    print(
        f"{kills} kills in {seed - 1_000} campaigns, keys {'honoured' if keys else 'ignored'}: nothing broken"
    )
