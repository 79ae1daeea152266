"""How much of each limit there is for some customers, and what each of their offers would take of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.charging import Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.limits import Limits

__all__ = ["Room", "Use"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

Use = Callable[[Places, Places], Cents]
"""What offers (customers, columns) take of a limit, in cents or as a count."""


@dataclass(frozen=True, slots=True)
class Room:
    """Limits, and what the offers of n customers (n x k) would take of them.

    `tier`: each customer's place among `tier_cents`, -1 where their tier has no budget of its own.
    """

    cost_cents: Cents
    reviewed: Mask
    tier: NDArray[np.intp]
    tier_cents: Mapping[str, int]
    total: int | None
    reviews: int | None
    treated: int | None

    @classmethod
    def of(cls, limits: Limits, cost_cents: Cents, tiers: Any, reviewed: Mask | None) -> Room:
        """The room under the limits; `tiers` names each customer's tier."""
        if (limits.tier_cents and tiers is None) or (limits.reviews is not None and reviewed is None):
            raise ValueError("limits on tiers or reviews need to know who is of which tier or reviewed")
        tier = np.full(len(cost_cents), -1, dtype=np.intp)
        for place, name in enumerate(limits.tier_cents):
            tier[np.asarray(tiers) == name] = place
        return cls(
            cost_cents,
            np.zeros(cost_cents.shape, dtype=np.bool_) if reviewed is None else reviewed,
            tier,
            limits.tier_cents,
            limits.total_cents,
            limits.reviews,
            limits.treated,
        )

    def every(self, step: int) -> Room:
        """Every n-th customer, with their part of the limits."""
        part = slice(None, None, step)
        return Room(
            self.cost_cents[part],
            self.reviewed[part],
            self.tier[part],
            {name: cents // step for name, cents in self.tier_cents.items()},
            None if self.total is None else self.total // step,
            None if self.reviews is None else self.reviews // step,
            None if self.treated is None else self.treated // step,
        )

    def beside(self, choice: Places, ask: Mask) -> Room | None:
        """The room for some customers (a mask) beside the others' choices; None where these leave none."""
        left = self.left(np.where(ask, NO_OFFER, choice))
        if min(left) < 0:
            return None
        rest = iter(left)
        return Room(
            self.cost_cents[ask],
            self.reviewed[ask],
            self.tier[ask],
            total=None if self.total is None else next(rest),
            tier_cents={name: next(rest) for name in self.tier_cents},
            reviews=None if self.reviews is None else next(rest),
            treated=None if self.treated is None else next(rest),
        )

    def limits(self) -> Iterator[tuple[int, Use]]:
        """Each limit, and what offers take of it."""
        if self.total is not None:
            yield self.total, lambda rows, columns: self.cost_cents[rows, columns]
        for place, cents in enumerate(self.tier_cents.values()):
            yield (
                cents,
                lambda rows, columns, place=place: (  # type: ignore[misc]
                    self.cost_cents[rows, columns] * (self.tier[rows] == place)
                ),
            )
        if self.reviews is not None:
            yield self.reviews, lambda rows, columns: self.reviewed[rows, columns].astype(np.int64)
        if self.treated is not None:
            yield self.treated, lambda rows, columns: np.ones(len(rows), dtype=np.int64)

    def left(self, choice: Places) -> list[int]:
        """What the choices leave of each limit; below 0 where one is broken."""
        rows = np.flatnonzero(choice != NO_OFFER)
        return [most - int(use(rows, choice[rows]).sum()) for most, use in self.limits()]

    def least(self, prices: Prices) -> Floats | None:
        """The price below which a customer's euros are never charged: that of their tier's own budget."""
        if not self.tier_cents:
            return None
        return np.array([*(prices.tiers[name] for name in self.tier_cents), 0.0])[self.tier]

    def worth(self, prices: Prices) -> float:
        """The limits at their prices."""
        tiers = sum(cents / 100.0 * prices.of_tier(name) for name, cents in self.tier_cents.items())
        return (
            (self.total or 0) / 100.0 * prices.total
            + tiers
            + (self.reviews or 0) * prices.review
            + (self.treated or 0) * prices.treated
        )
