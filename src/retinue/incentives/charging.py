"""Offers column by column, so that all customers choose at a price quickly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.choose import NO_OFFER

__all__ = ["Charged", "blocks", "charged"]

Floats = NDArray[np.float64]
Choice = NDArray[np.intp]

BLOCK = 8_192
"""Customers whose offers stay in the processor's cache while all columns are read."""


class Charged:
    """What the offers of each customer earn, and their cost in euros (both k x n).

    An offer that may not be made earns minus infinity.
    """

    def __init__(self, net: Floats, euros: Floats) -> None:
        self.net, self.euros = net, euros

    def __len__(self) -> int:
        return int(self.net.shape[1])

    def only(self, customers: NDArray[np.bool_] | slice[Any, Any, Any]) -> Charged:
        """The same for some customers (a mask, or a slice)."""
        return Charged(self.net[:, customers], self.euros[:, customers])

    def dearest(self) -> float:
        """The most that an offer earns per euro; 0 if all are free."""
        paid = self.euros > 0
        return float(np.max(self.net[paid] / self.euros[paid], initial=0.0))

    def choose(self, price: float) -> tuple[Choice, Floats]:
        """Each customer's offer of greatest net - price * cost (the first of equals), and how much that is.

        Without an offer above 0 they get none.
        """
        best = np.zeros(len(self))
        choice: Choice = np.full(len(self), NO_OFFER, dtype=np.intp)
        charged, better = np.empty(BLOCK), np.empty(BLOCK, dtype=np.bool_)
        for rows in blocks(len(self)):
            top, chosen = best[rows], choice[rows]
            charged, better = charged[: len(top)], better[: len(top)]
            for column, (net, euros) in enumerate(zip(self.net[:, rows], self.euros[:, rows], strict=True)):
                np.multiply(euros, price, out=charged)
                np.subtract(net, charged, out=charged)
                np.greater(charged, top, out=better)
                np.maximum(top, charged, out=top)
                np.copyto(chosen, column, where=better)
        return choice, best


def charged(net: Floats, cost_cents: NDArray[np.int64], allowed: NDArray[np.bool_]) -> Charged:
    """The offers of n x k tables by column."""
    shape = net.shape[::-1]
    offers = Charged(np.empty(shape), np.empty(shape))
    for rows in blocks(len(net)):
        offers.net[:, rows] = np.where(allowed[rows], net[rows], -np.inf).T
        np.divide(cost_cents[rows].T, 100.0, out=offers.euros[:, rows])
    return offers


def blocks(customers: int) -> Iterator[slice]:
    """Slices of BLOCK customers, one after the other.

    >>> list(blocks(10_000))
    [slice(0, 8192, None), slice(8192, 10000, None)]
    """
    for start in range(0, customers, BLOCK):
        yield slice(start, min(start + BLOCK, customers))
