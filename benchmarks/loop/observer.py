"""What the observer knows: every law of the world, and of a customer only what a business sees.

The expected value saved by a sufficient offer, or lost by disturbing, given the visible features is learned
from other worlds of the same laws in which the truth is read off. With enough of them this is the frontier of
what an honest learner can know about a customer's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.business import Business
from benchmarks.loop.play import MONTHS, RATE, Situation
from retinue.simulation import World, truth
from retinue.simulation.parameters import MONTH, Parameters

__all__ = ["Seen", "watch"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """Expected value saved and lost, in months of the customer's price."""

    saved: Any
    lost: Any

    def __call__(self, now: Situation, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        features, price = now.view.features[rows], now.view.monthly[rows]
        return self.saved.predict(features) * price, self.lost.predict(features) * price


def watch(laws: Parameters, *, customers: int, seed: int, worlds: int = 2, paths: int = 8) -> Seen:
    """Learn from other worlds, at six times of each."""
    import lightgbm

    features, saved, lost = [], [], []
    for number in range(worlds):
        world = World(customers, years=2.0, seed=seed + 1_000 + number, dirt=0, laws=laws)
        business = Business(world)
        business.catch_up()
        for week in range(50, world.weeks_played + 1, 9):
            view = business.view(week)
            state = world.state if week == world.weeks_played else world.snapshots[week]
            end = world.calendar.begin(week) + MONTHS * MONTH
            flows = truth._flows(world, state, view.who, week, end, paths, cases=(0, 2, 3), discount=RATE)
            value = np.concatenate([f.value for f in flows], axis=1) / view.monthly
            features.append(view.features)
            saved.append(value[1] - value[0])
            lost.append(value[2] - value[0])
    x = np.concatenate(features)
    settings = {
        "objective": "regression",
        "num_leaves": 31,
        "learning_rate": 0.05,
        "min_data_in_leaf": 100,
        "verbose": -1,
        "seed": seed,
        "num_threads": 2,
        "deterministic": True,
    }
    found = [
        lightgbm.train(settings, lightgbm.Dataset(x, np.concatenate(y)), num_boost_round=300)
        for y in (saved, lost)
    ]
    return Seen(*found)
