"""Every offer weighed for every customer: cost, value, chance that it pays; the choice without a budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retinue.incentives.catalogue import Catalogue
from retinue.incentives.choose import smallest_as_good, within_tolerance
from retinue.incentives.costs import Customers, cost_cents, eligible
from retinue.incentives.economics import net_values, probability_it_pays
from retinue.incentives.response import Learned, Outlook, moments, outlook
from retinue.incentives.response.harm import harmful

__all__ = ["Weighed", "weigh"]

_LEAST_RISK = 0.01
WORTH_A_TRIAL = 0.4
"""An offer is tried, to learn, where it pays with at least this probability: learning must not cost more than
it can earn."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Arrays of n customers by k offers, and the column of the chosen offer of each customer (-1 none).

    `lift`: share of would-be leavers kept, net of the stayers a contact disturbs. `net` (expected) and `safe`
    (what is counted on when choosing: the expected value less `caution` standard deviations) are in the
    project's currency, `cost_cents` in whole cents. `confidence`: probability that the net value is above 0.
    `best`: probability that no other offer, nor doing nothing, is better; explorers draw by it. `trial`: what
    a trial counts when trials compete for money, the expected value and a standard deviation more, as what is
    unsure teaches more. `harmful`: surely drives the customer away, as learned; such an offer neither pays
    nor is tried. `pays`: eligible, not harmful and of positive safe value. `may_pay`: eligible, not harmful
    and worth a trial. `close`: pays, and lies within the tolerance of the best.
    """

    catalogue: Catalogue
    cost_cents: NDArray[np.int64]
    eligible: NDArray[np.bool_]
    lift: NDArray[np.float64]
    net: NDArray[np.float64]
    safe: NDArray[np.float64]
    confidence: NDArray[np.float64]
    best: NDArray[np.float64]
    trial: NDArray[np.float64]
    pays: NDArray[np.bool_]
    may_pay: NDArray[np.bool_]
    close: NDArray[np.bool_]
    chosen: NDArray[np.intp]
    harmful: NDArray[np.bool_]

    @property
    def cost(self) -> NDArray[np.float64]:
        """Planned cost in the project's currency."""
        return self.cost_cents / 100.0

    @property
    def sleeping_dog(self) -> NDArray[np.bool_]:
        """Whom to leave in peace: every offer there is for them is harmful."""
        there = self.eligible.any(axis=1)
        return np.asarray(there & ~(self.eligible & ~self.harmful).any(axis=1))


def weigh(
    customers: Customers,
    catalogue: Catalogue,
    *,
    tolerance: float,
    caution: float = 0.0,
    learned: Learned | None = None,
    saved_worth: float = 1.0,
    sleeping_dog: Mapping[str, float] | None = None,
) -> Weighed:
    """Cost, net value and confidence of every offer, and the smallest one as good as the best.

    Parameters
    ----------
    learned: how customers respond, as learned; without it the design document's formula with the catalogue's
        lifts, which has no caution.
    caution: standard deviations of the net value by which an offer must pay to be chosen.
    saved_worth: what a would-be leaver who is kept is worth, as a share of one who would have stayed; with
        `learned` only.
    sleeping_dog: `sure` and `least_effect`, when an offer counts as harmful; without it none does.

    A row depends on nothing but its own customer, so weighing one alone gives the same bits.

    >>> import numpy as np
    >>> one = Customers(["C1"], np.array([3000.0]), np.array([0.7]), np.array([120.0]), np.array([True]))
    >>> weighed = weigh(one, Catalogue.default(), tolerance=0.02)
    >>> weighed.catalogue.offers[int(weighed.chosen[0])].id
    'percentage_discount_15'
    """
    cents = cost_cents(customers, catalogue)
    cost = cents / 100.0
    there = eligible(customers, catalogue)
    harm = None
    if sleeping_dog is not None:
        harm = harmful(learned, customers.churn_probability, customers.context, **sleeping_dog)
    can = there if harm is None else there & ~harm
    if learned is None:
        lift = np.array([offer.lift_mean for offer in catalogue.offers])
        net = net_values(customers.clv, customers.churn_probability, lift, cost)
        prior = np.array(
            [(o.lift_mean, o.lift_sd, *(o.beta() if o.lift_sd > 0 else (1.0, 1.0))) for o in catalogue.offers]
        ).reshape(-1, 4)
        lift, safe, trial = np.broadcast_to(lift, net.shape), net, net
        sure = probability_it_pays(customers.clv, customers.churn_probability, prior, cost)
        may_pay = can & (net > 0)
        best = may_pay / np.maximum(may_pay.sum(axis=1, keepdims=True), 1)
    else:
        seen = _outlook(customers, catalogue, learned, cost, can, saved_worth)
        net, safe, sure, best = seen.net, seen.net - caution * seen.spread, seen.pays, seen.best
        trial = seen.net + seen.spread
        risk = np.maximum(customers.churn_probability, _LEAST_RISK)[:, None]
        lift = np.clip(seen.saved / risk, -1.0, 1.0)
        may_pay = can & (best > 0) & (sure >= WORTH_A_TRIAL)
    return Weighed(
        catalogue=catalogue,
        cost_cents=cents,
        eligible=there,
        lift=lift,
        net=net,
        safe=safe,
        confidence=np.where(there, sure, 0.0),
        best=best,
        trial=trial,
        pays=can & (safe > 0),
        may_pay=may_pay,
        close=within_tolerance(safe, can, tolerance),
        chosen=smallest_as_good(safe, cents, can, tolerance),
        harmful=np.zeros_like(there) if harm is None else harm,
    )


def _outlook(
    customers: Customers,
    catalogue: Catalogue,
    learned: Learned,
    cost: NDArray[np.float64],
    can: NDArray[np.bool_],
    saved_worth: float,
) -> Outlook:
    known = set(learned.response.offers)
    if {offer.id for offer in catalogue.offers} != known:
        raise ValueError("the response was learned for another catalogue")
    context = customers.context
    if context is None or context.shape[1] != len(learned.response.context):
        raise ValueError("the customers' context is not that of the response")
    said = moments(learned.response, customers.churn_probability, context)
    return outlook(said, customers.clv, cost, can, saved_worth=saved_worth)
