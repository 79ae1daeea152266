"""Other ends that keep count, and the verdict on a campaign."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.delivery.checker import broken
from tests.delivery.harness import Trial

from retinue.testing.doubles import Running, start


@pytest.fixture(scope="module")
def careful() -> Iterator[Running]:
    with start("provider", mode="honour-keys") as running:
        yield running


@pytest.fixture(scope="module")
def careless() -> Iterator[Running]:
    with start("provider", mode="ignore-keys") as running:
        yield running


def verdict(trial: Trial, running: Running) -> list[str]:
    """What was broken in a campaign, by the other end's count and the store."""
    b = trial.business()
    mine = [effect for effect in running.effects() if trial.name in str(effect["what"])]
    found = broken(b.store, trial.campaign, [a["decision_id"] for a in trial.actions], mine, keys=trial.keys)
    b.store.close()
    return found
