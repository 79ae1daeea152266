"""The choice among offers: the best one, and the smallest that is as good.

Both return a column number per customer, or -1 for doing nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_OFFER", "best_offer", "smallest_as_good", "within_tolerance"]

NO_OFFER = -1
"""The column number that stands for doing nothing."""


def best_offer(net: NDArray[np.float64], allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The offer of greatest positive net value; of equals the first, as in the design document's loop.

    >>> import numpy as np
    >>> best_offer(np.array([[5.0, 7.0, 7.0], [-1.0, 0.0, -3.0]]), np.full((2, 3), True)).tolist()
    [1, -1]
    """
    if net.shape[1] == 0:
        return np.full(net.shape[0], NO_OFFER, dtype=np.intp)
    masked = np.where(allowed & (net > 0), net, -np.inf)
    best: NDArray[np.intp] = masked.argmax(axis=1)
    best[~(allowed & (net > 0)).any(axis=1)] = NO_OFFER
    return best


def within_tolerance(
    net: NDArray[np.float64], allowed: NDArray[np.bool_], tolerance: float
) -> NDArray[np.bool_]:
    """Which offers pay and lie within `tolerance` (a share) of their customer's best net value (n x k)."""
    pays = allowed & (net > 0)
    if net.shape[1] == 0:
        return pays
    best = np.where(pays, net, 0.0).max(axis=1, keepdims=True)
    return np.asarray(pays & (net >= best * (1.0 - tolerance)))


def smallest_as_good(
    net: NDArray[np.float64], cost_cents: NDArray[np.int64], allowed: NDArray[np.bool_], tolerance: float
) -> NDArray[np.intp]:
    """The cheapest among the offers within `tolerance` of the best; of equally cheap ones the first.

    "Smallest effective" is a matter of money: paying twice as much for one per cent more is not worth the
    habit it teaches the customer.

    >>> import numpy as np
    >>> net, cost = np.array([[98.5, 100.0, 60.0]]), np.array([[1000, 3000, 100]])
    >>> [smallest_as_good(net, cost, net > 0, tolerance).tolist() for tolerance in (0.02, 0.0)]
    [[0], [1]]
    """
    if net.shape[1] == 0:
        return np.full(net.shape[0], NO_OFFER, dtype=np.intp)
    good = within_tolerance(net, allowed, tolerance)
    price = np.where(good, cost_cents, np.iinfo(np.int64).max)
    choice: NDArray[np.intp] = price.argmin(axis=1)
    choice[~good.any(axis=1)] = NO_OFFER
    return choice
