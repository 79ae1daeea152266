"""Every offer weighed for every customer: cost, value, chance that it pays; the choice without a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.choose import smallest_as_good, within_tolerance
from retinue.incentives.costs import Customers, cost_cents, eligible
from retinue.incentives.economics import net_values, probability_it_pays

__all__ = ["Weighed", "weigh"]


@dataclass(frozen=True, slots=True)
class Weighed:
    """Arrays of n customers by k offers, and the column of the chosen offer of each customer (-1 none).

    `net` is in the project's currency, `cost_cents` in whole cents. `pays`: eligible and of positive net
    value.
    `close`: also within the tolerance of the best.
    """

    catalogue: Catalogue
    cost_cents: NDArray[np.int64]
    eligible: NDArray[np.bool_]
    net: NDArray[np.float64]
    confidence: NDArray[np.float64]
    pays: NDArray[np.bool_]
    close: NDArray[np.bool_]
    chosen: NDArray[np.intp]

    @property
    def cost(self) -> NDArray[np.float64]:
        """Planned cost in the project's currency."""
        return self.cost_cents / 100.0

    @property
    def lift(self) -> NDArray[np.float64]:
        """Expected retention lift of each offer (k)."""
        return np.array([offer.lift_mean for offer in self.catalogue.offers])


def weigh(customers: Customers, catalogue: Catalogue, *, tolerance: float) -> Weighed:
    """Cost, net value and confidence of every offer, and the smallest one as good as the best.

    A row depends on nothing but its own customer, so weighing one alone gives the same bits.

    >>> import numpy as np
    >>> one = Customers(["C1"], np.array([3000.0]), np.array([0.7]), np.array([120.0]), np.array([True]))
    >>> weighed = weigh(one, Catalogue.default(), tolerance=0.02)
    >>> weighed.catalogue.offers[int(weighed.chosen[0])].id
    'percentage_discount_15'
    """
    cents = cost_cents(customers, catalogue)
    cost = cents / 100.0
    can = eligible(customers, catalogue)
    lift = np.array([offer.lift_mean for offer in catalogue.offers])
    net = net_values(customers.clv, customers.churn_probability, lift, cost)
    prior = np.array(
        [(o.lift_mean, o.lift_sd, *(o.beta() if o.lift_sd > 0 else (1.0, 1.0))) for o in catalogue.offers]
    ).reshape(-1, 4)
    return Weighed(
        catalogue,
        cents,
        can,
        net,
        np.where(can, probability_it_pays(customers.clv, customers.churn_probability, prior, cost), 0.0),
        can & (net > 0),
        within_tolerance(net, can, tolerance),
        smallest_as_good(net, cents, can, tolerance),
    )
