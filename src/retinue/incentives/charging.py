"""What limits charge for an offer, and offers column by column, so that all customers choose quickly.

A euro of the total, a euro of a value tier, a review by a person and a treated customer each have a price. An
offer is charged

    cost * (price of a euro in the customer's tier) + (price of a review, if it needs one) + price of treating

and the price of a euro in a tier of its own budget is at least that of the total.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.choose import NO_OFFER

__all__ = ["Charged", "Prices", "blocks", "charged"]

Floats = NDArray[np.float64]
Choice = NDArray[np.intp]

BLOCK = 8_192
"""Customers whose offers stay in the processor's cache while all columns are read."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Net value that one more of each would earn; 0 where a limit does not bind.

    `total`: a euro of the total. `tiers`: what a euro costs in a tier with a budget of its own, the total's
    price included. `review`: one more review. `treated`: one more treated customer.
    """

    total: float = 0.0
    tiers: Mapping[str, float] = field(default_factory=dict)
    review: float = 0.0
    treated: float = 0.0

    def of_tier(self, tier: str) -> float:
        """What one more euro of the tier's own budget would earn.

        >>> Prices(1.0, {"Premium": 3.5}).of_tier("Premium")
        2.5
        """
        return max(0.0, self.tiers.get(tier, self.total) - self.total)

    def least(self, tiers: Sequence[str]) -> Floats | None:
        """The price of a euro by customer where a tier has its own; None where none has."""
        if not self.tiers:
            return None
        return np.array([self.tiers.get(tier, 0.0) for tier in tiers], dtype=np.float64)

    def after_counts(self, net: Floats, reviewed: NDArray[np.bool_]) -> Floats:
        """Net values (n x k) less the charge for a review and for treating."""
        return net - np.where(reviewed, self.review, 0.0) - self.treated


class Charged:
    """What the offers of each customer earn, and their cost in euros (both k x n).

    An offer that may not be made earns minus infinity. `least`: a price below which each customer's euros are
    never charged (n), None for no such price.
    """

    def __init__(self, net: Floats, euros: Floats, least: Floats | None = None) -> None:
        self.net, self.euros, self.least = net, euros, least

    def __len__(self) -> int:
        return int(self.net.shape[1])

    def only(self, customers: NDArray[np.bool_] | slice[Any, Any, Any]) -> Charged:
        """The same for some customers (a mask, or a slice)."""
        least = None if self.least is None else self.least[customers]
        return Charged(self.net[:, customers], self.euros[:, customers], least)

    def dearest(self) -> float:
        """The most that an offer earns per euro; 0 if all are free."""
        paid = self.euros > 0
        return float(np.max(self.net[paid] / self.euros[paid], initial=0.0))

    def choose(self, price: float) -> tuple[Choice, Floats]:
        """Each customer's offer of greatest net - price * cost (the first of equals), and how much that is.

        Without an offer above 0 they get none.
        """
        at = None if self.least is None else np.maximum(self.least, price)
        best = np.zeros(len(self))
        choice: Choice = np.full(len(self), NO_OFFER, dtype=np.intp)
        charged, better = np.empty(BLOCK), np.empty(BLOCK, dtype=np.bool_)
        for rows in blocks(len(self)):
            top, chosen = best[rows], choice[rows]
            charged, better = charged[: len(top)], better[: len(top)]
            for column, (net, euros) in enumerate(zip(self.net[:, rows], self.euros[:, rows], strict=True)):
                np.multiply(euros, price if at is None else at[rows], out=charged)
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
