"""The limits of a run beside its money in all: budgets of tiers, reviews by people, treated customers.

Like the budget they leave prices, and with the prices each customer is decided alone. An explorer's trial
uses the same limits: it is carried where it is worth the price of each. Where reviews are limited no trial
takes one; an offer that waits for a person is not put on record by the run and teaches nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.rules import Thresholds
from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.terms import Terms
from retinue.incentives.charging import Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.limits import Limits
from retinue.incentives.trials import carried, trial_price
from retinue.incentives.weighing import Weighed
from retinue.segments.tiers import value_tier

__all__ = ["LOST", "Caps", "Uses", "trial_caps"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Choice = NDArray[np.intp]

LOST = ("budget", "review_cap", "treated_share")
"""What a customer's offer may be lost to: rules of the table, and reasons of removal."""


@dataclass(frozen=True, slots=True)
class Uses:
    """What offers take of limits: each customer's value tier (n), which offers a person reviews (n x k)."""

    tiers: NDArray[np.object_]
    reviewed: Mask

    @classmethod
    def of(cls, customers: Customers, weighed: Weighed, terms: Terms) -> Uses:
        """By the rules, or by the same comparisons as those of before there were any; in a pilot all."""
        tiers = value_tier(customers.clv, dict(terms.tiers))
        if terms.rollout is not None and terms.rollout.reviews_all:
            return cls(tiers, np.ones(weighed.cost.shape, dtype=np.bool_))
        if isinstance(weighed, Ruled):
            return cls(tiers, weighed.reviewed)
        limits: Thresholds = terms.thresholds
        high = customers.clv > limits.review_clv_above
        return cls(
            tiers,
            high[:, None] | (weighed.cost > limits.auto_cost_up_to),
        )

    def left(self, limits: Limits, cost_cents: NDArray[np.int64], made: Choice) -> Limits:
        """The limits less what some offers take (a column per customer, -1 none)."""
        rows = np.flatnonzero(made != NO_OFFER)
        cents, tiers = cost_cents[rows, made[rows]], self.tiers[rows]
        total, reviews, treated = limits.total_cents, limits.reviews, limits.treated
        return Limits(
            None if total is None else total - int(cents.sum()),
            {name: most - int(cents[tiers == name].sum()) for name, most in limits.tier_cents.items()},
            None if reviews is None else reviews - int(self.reviewed[rows, made[rows]].sum()),
            None if treated is None else treated - len(rows),
        )


@dataclass(frozen=True, slots=True)
class Caps:
    """What the limits beside the total charge: chosen offers, and trials.

    trials: price per cent in a tier, and of a treated customer; a trial must be worth more. reviews: whether
    reviews are limited.
    """

    prices: Prices
    trials: Prices
    reviews: bool

    def carries(self, weighed: Weighed, uses: Uses) -> Mask:
        """Which trials the limits carry (n x k)."""
        may = weighed.trial > self.trials.treated
        least = self.trials.least(uses.tiers.tolist())
        if least is not None:
            may = may & carried(weighed.trial, weighed.cost_cents, least[:, None])
        return may & ~uses.reviewed if self.reviews else may

    def lost_to(self, cost: Floats, wanted: Choice, uses: Uses, price: float) -> NDArray[np.intp]:
        """For each wanted offer the place in LOST of what it is charged most for."""
        rows = np.flatnonzero(wanted != NO_OFFER)
        columns = wanted[rows]
        least = self.prices.least(uses.tiers[rows].tolist())
        euro = price if least is None else np.maximum(least, price)
        charges = np.column_stack(
            [
                cost[rows, columns] * euro,
                np.where(uses.reviewed[rows, columns], self.prices.review, 0.0),
                np.full(len(rows), self.prices.treated),
            ]
        )
        places = np.zeros(len(wanted), dtype=np.intp)
        places[rows] = charges.argmax(axis=1)
        return places

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a receipt; `from_dict` is its inverse."""
        return {"prices": asdict(self.prices), "trials": asdict(self.trials), "reviews": self.reviews}

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> Caps:
        """The caps that `as_dict` described."""
        return cls(Prices(**body["prices"]), Prices(**body["trials"]), body["reviews"])


def trial_caps(
    weighed: Weighed, uses: Uses, limits: Limits, chance: Floats, drawn: Choice, share: float
) -> Prices:
    """What trials are charged in the tiers with a budget of their own, and for treating.

    As for the money in all: so that trials take a stated share of a limit on average over the lots, and never
    more than all of it.

    chance: probability of each trial (n x k). drawn: what each explorer drew, -1 none. share: part of a limit
    that trials may take on average.
    """
    happened = (drawn[:, None] == np.arange(chance.shape[1])).astype(float)

    def price(rows: Mask, units: NDArray[np.int64], most: int) -> float:
        value = weighed.trial[rows]
        usual = trial_price(value, units[rows], chance[rows], most * share)
        return max(usual, trial_price(value, units[rows], happened[rows], most))

    tiers = {
        name: price(uses.tiers == name, weighed.cost_cents, cents)
        for name, cents in limits.tier_cents.items()
    }
    everybody = np.ones(len(drawn), dtype=np.bool_)
    ones = np.ones(weighed.cost_cents.shape, dtype=np.int64)
    treated = 0.0 if limits.treated is None else price(everybody, ones, limits.treated)
    return replace(Prices(tiers=tiers), treated=treated)
