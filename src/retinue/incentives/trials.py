"""What trials may cost: the price from which on a trial is worth the money set apart for it.

Each customer becomes an explorer by lot. The price is set on what trials cost *on average over the lots*,
not on what this day's explorers happen to draw, so nobody's own lot moves the price, and whether a trial
would be carried is known for every offer that a customer might draw.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["carried", "trial_price"]

_MOST = 1_000_000  # chances that are sorted; of more an even sample stands for all


def trial_price(
    value: NDArray[np.float64],
    cost_cents: NDArray[np.int64],
    chance: NDArray[np.float64],
    limit_cents: float,
) -> float:
    """The least price m at which the trials of value above m a cent cost no more than the limit.

    Parameters
    ----------
    value, cost_cents: what a trial counts and costs, of any one shape.
    chance: probability of each trial; 0 where there is none. With zeros and ones the cost is that of a day's
        trials instead of their average, and the limit is kept to the cent.
    limit_cents: what they may cost together.

    >>> value, cost = np.array([30.0, 20.0, 5.0]), np.array([1000, 1000, 1000])
    >>> [trial_price(value, cost, np.ones(3), limit) for limit in (3000, 2000, 500)]
    [0.0, 0.005, 0.03]
    """
    paid = np.flatnonzero((chance > 0) & (value > 0) & (cost_cents > 0))
    likely = chance.ravel()[paid]
    step = 1 if (likely >= 1).all() else max(1, len(paid) // _MOST)
    paid = paid[::step]
    cost = cost_cents.ravel()[paid]
    expected = step * cost * likely[::step]
    if expected.sum() <= limit_cents:
        return 0.0
    ratio = value.ravel()[paid] / cost
    order = np.argsort(-ratio, kind="stable")
    over = int(np.searchsorted(expected[order].cumsum(), limit_cents, side="right"))
    # Added up in another order the same costs may come to a hair more than the limit, and here to no more.
    return 0.0 if over == len(order) else float(ratio[order[over]])


def carried(
    value: NDArray[np.float64], cost_cents: NDArray[np.int64], price: float | NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which trials are worth the price; of two with the same value per cent, both or neither."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = value / cost_cents
    return np.asarray((value > 0) & ((cost_cents == 0) | (ratio > price)))
