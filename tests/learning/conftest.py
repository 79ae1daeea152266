"""Logs whose truth is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtr

from retinue.learning import Logged

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A log, both policies, and the true expected reward of every action for each of its rows."""

    log: Logged
    champion: Floats
    challenger: Floats
    truth: Floats

    @property
    def difference(self) -> float:
        return float(((self.challenger - self.champion) * self.truth).sum(axis=1).mean())


def draw(seed: int, n: int = 1000, *, floor: float = 0.1, gain: float = 0.0, repeat: int = 1) -> World:
    """Four actions; the log favours one by x0 and gives the others `floor` each.

    The challenger gives action 1 where x1 > 0, which adds `gain` to a retention of about 0.8. Customers have
    `repeat` rows each, and luck of their own.
    """
    rng = np.random.default_rng(seed)
    people = n // repeat
    x = np.repeat(rng.normal(size=(people, 2)), repeat, axis=0)
    favoured = np.where(x[:, 0] > 0, 2, 0)
    chance = np.full((n, 4), floor)
    chance[np.arange(n), favoured] += 1 - 4 * floor
    action = (chance.cumsum(axis=1) > rng.random(n)[:, None]).argmax(axis=1)
    truth = np.repeat(0.8 - 0.1 * np.tanh(x[:, :1]), 4, axis=1)
    truth[:, 1] += gain * (x[:, 1] > 0)
    luck = rng.random(n)
    if repeat > 1:
        own = np.repeat(rng.normal(size=people), repeat)
        luck = ndtr((own + rng.normal(size=n)) / np.sqrt(2.0))
    reward = (luck < truth[np.arange(n), action]).astype(float)
    challenger = np.zeros((n, 4))
    challenger[np.arange(n), np.where(x[:, 1] > 0, 1, favoured)] = 1.0
    log = Logged.of(
        action,
        reward,
        propensities=chance,
        actions=["none", "credit", "upgrade", "points"],
        context=x,
        cluster=np.arange(n) // repeat,
        per_week=350.0,
    )
    return World(log, chance, challenger, truth)


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    return draw


@pytest.fixture(scope="session")
def open_bandit(real_data: Any) -> Callable[[str], Any]:
    """A table of the Open Bandit data by name, or a skip."""
    import pandas as pd

    def read(name: str) -> Any:
        file = real_data / "open_bandit_small" / f"{name}.parquet"
        if not file.is_file():
            pytest.skip(f"{file} is not there: set RETINUE_DATA to the folder of the real data sets")
        return pd.read_parquet(file)

    return read
