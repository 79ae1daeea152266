"""Learning while tastes change: quarter by quarter, what is believed widening in between.

What an offer keeps is taken to move like a random walk. So evidence is never forgotten, it only says less
about today: where nothing worked the belief stays low instead of returning to the catalogue's, and where
the best offer changes, the newest quarter can overrule what the older ones said. This is Bayesian filtering
with a state that drifts (West and Harrison (1997), Bayesian Forecasting and Dynamic Models, ch. 2), each
quarter's update by Laplace's method.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.response.base import Observations, Response
from retinue.incentives.response.fit import fit

__all__ = ["EPOCH_DAYS", "follow"]

Floats = NDArray[np.float64]
EPOCH_DAYS = 91.0
TOGETHER, WITHIN_TYPE, ALONE = 0.3, 0.5, 0.2
"""How the variance of an offer's move is shared: with all offers, with those of its type, its own."""
ELSEWHERE = 0.25
"""Standard deviation of the other terms' moves, as a share of the offers'."""


def follow(
    prior: Response, seen: Observations, age_days: Floats, types: tuple[str, ...], *, drift: float
) -> Response:
    """The posterior of today.

    age_days: age of each observation, 0 or more. types: the kind of each offer, such as `fixed_credit`.
    drift: standard deviation, in logits, of what an offer's kept share may move within a year; 0: never.

    The quarters are counted back from today, so they move with it; each night everything is computed anew.
    """
    if drift == 0 or not len(seen):
        return fit(prior, seen)
    epoch = (age_days // EPOCH_DAYS).astype(np.intp)
    moved = drift**2 * EPOCH_DAYS / 365.0 * _shape(prior, types)
    model = prior
    for number in range(int(epoch.max()), -1, -1):
        model = fit(model, _only(seen, epoch == number))
        if number:
            model = replace(model, covariance=model.covariance + moved)
    return model


def _only(seen: Observations, rows: NDArray[np.bool_]) -> Observations:
    return Observations(**{field.name: getattr(seen, field.name)[rows] for field in fields(seen)})


def _shape(prior: Response, types: tuple[str, ...]) -> Floats:
    """Covariance of the moves of one year at a drift of 1."""
    kind = np.asarray(types)
    shape = ELSEWHERE**2 * np.eye(prior.mean.size)
    same = kind[:, None] == kind[None, :]
    shape[prior.offer, prior.offer] = TOGETHER + WITHIN_TYPE * same + ALONE * np.eye(len(kind))
    return shape
