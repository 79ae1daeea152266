"""The churn score and the value that every policy of the comparison shares, learned from the visible past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.loop.business import Business, View
from retinue.simulation.parameters import WEEK

__all__ = ["HORIZON_WEEKS", "Score", "train"]

HORIZON_WEEKS = 13


@dataclass(frozen=True)
class Score:
    """P(leaves within 13 weeks) of every customer of a view."""

    model: Any

    def __call__(self, view: View) -> NDArray[np.float64]:
        return np.clip(np.asarray(self.model.predict(view.features)), 1e-4, 0.999)


def train(business: Business, *, seed: int) -> Score:
    """Trees on every fourth week of the past that has its outcome; the past has no offers in it."""
    import lightgbm

    world = business.world
    features, labels = [], []
    for week in range(26, world.weeks_played - HORIZON_WEEKS, 4):
        view = business.view(week)
        end = world.calendar.begin(week) + HORIZON_WEEKS * WEEK
        features.append(view.features)
        labels.append(world.state.ended_at[view.who] <= end)
    x, y = np.concatenate(features), np.concatenate(labels).astype(float)
    settings = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.05,
        "min_data_in_leaf": 100,
        "lambda_l2": 5.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "seed": seed,
        "verbose": -1,
        "num_threads": 2,
        "deterministic": True,
    }
    return Score(lightgbm.train(settings, lightgbm.Dataset(x, y), num_boost_round=250))
