"""What an offer costs for a customer, and to whom it can be made.

The planned cost is the whole cost of the offer, as if every customer took it and stayed for its duration.
Those who leave early cost less, so the plan errs on the side of spending less than planned. Costs are whole
cents: what is weighed, budgeted and shown is one and the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.catalogue import Catalogue, Offer

__all__ = ["Customers", "cost_cents", "eligible", "why_not_eligible"]

_CENTS_LIMIT = 2**53


@dataclass(frozen=True, slots=True)
class Customers:
    """Parallel arrays over n customers; amounts in the project's currency.

    `clv`: expected margin over the value horizon given that the customer stays. `churn_probability`: in [0,
    1].
    `monthly_revenue`: what they pay a month, NaN when unknown. `subscribed`: whether there is a running
    contract. `context`: what may change the response (n x d), where a response was learned.
    `withheld`: why nothing may be offered to the customer now, as bits, 0 for nothing; None for nobody.
    `told`: what else is known of them, by name, for the rules of the business.
    """

    customer_id: Sequence[str]
    clv: NDArray[np.float64]
    churn_probability: NDArray[np.float64]
    monthly_revenue: NDArray[np.float64]
    subscribed: NDArray[np.bool_]
    context: NDArray[np.float64] | None = None
    withheld: NDArray[np.int64] | None = None
    told: Mapping[str, NDArray[Any]] | None = None

    def __len__(self) -> int:
        return len(self.customer_id)

    def take(self, rows: NDArray[np.intp]) -> Customers:
        """The customers of those rows, in that order."""
        return Customers(
            [self.customer_id[row] for row in rows],
            self.clv[rows],
            self.churn_probability[rows],
            self.monthly_revenue[rows],
            self.subscribed[rows],
            None if self.context is None else self.context[rows],
            None if self.withheld is None else self.withheld[rows],
            None if self.told is None else {name: column[rows] for name, column in self.told.items()},
        )


def cost_cents(customers: Customers, catalogue: Catalogue) -> NDArray[np.int64]:
    """Planned cost of every offer for every customer, in whole cents (n x k).

    fixed_cost + cost_share x face value, rounded half-even to a cent; 0 where the customer's revenue is
    unknown and the cost depends on it (such an offer is not eligible).

    >>> import numpy as np
    >>> one = Customers(["C1"], np.array([5000.0]), np.array([0.7]), np.array([200.0]), np.array([True]))
    >>> cost_cents(one, Catalogue.default())[0, :4].tolist()   # 5, 10, 15, 20 % of 200 for three months
    [3000, 6000, 9000, 12000]
    """
    revenue = _known(customers.monthly_revenue)
    columns = [_amount(offer, revenue) for offer in catalogue.offers]
    if not columns:
        return np.zeros((len(customers), 0), dtype=np.int64)
    cents = np.rint(np.column_stack(columns) * 100.0)
    return np.where(cents < _CENTS_LIMIT, cents, 0.0).astype(np.int64)


def eligible(customers: Customers, catalogue: Catalogue) -> NDArray[np.bool_]:
    """Whether each offer can be made to each customer at all (n x k); `why_not_eligible` says it in words."""
    revenue = _known(customers.monthly_revenue)
    pays = revenue > 0
    columns = []
    for offer in catalogue.offers:
        if offer.type == "free_upgrade":
            can = pays & customers.subscribed
        elif offer.proportional:
            can = pays
        else:
            can = (
                pays
                & (offer.value >= offer.least_share * revenue)
                & (offer.value <= offer.most_share * revenue)
            )
        columns.append(can & (_amount(offer, revenue) * 100.0 < _CENTS_LIMIT))
    return np.column_stack(columns) if columns else np.zeros((len(customers), 0), dtype=np.bool_)


def why_not_eligible(offer: Offer) -> str:
    """The condition of the offer, in words.

    >>> from retinue.incentives.catalogue import DEFAULT
    >>> why_not_eligible(DEFAULT[0])
    'needs a monthly revenue above 0'
    """
    if offer.type == "free_upgrade":
        return "needs a running subscription"
    if offer.proportional:
        return "needs a monthly revenue above 0"
    return f"must lie between {offer.least_share:.0%} and {offer.most_share:.0%} of a month's revenue"


def _known(revenue: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(revenue), revenue, 0.0)


def _amount(offer: Offer, revenue: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unrounded cost of one offer for each customer."""
    if offer.proportional:
        face = offer.value / 100.0 * revenue * (offer.duration_months or 1)
    else:
        face = np.full(len(revenue), offer.value)
    return offer.fixed_cost + offer.cost_share * np.maximum(face, 0.0)
