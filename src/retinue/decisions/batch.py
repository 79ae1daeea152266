"""A day's customers decided together: the numbers as arrays, the routing by the engine.

`conclude` is the one path from a customer's assessment to the decision. A run takes it for thousands of
customers at once and a replay for one; no step of it looks at another customer except through the `Ration`,
which says what the budget left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, USUAL, arms_at
from retinue.decisions.caps import Caps, Uses
from retinue.decisions.exploring import affordable, at, luck, trials, weights, within
from retinue.decisions.in_play import in_play, withheld_mask
from retinue.decisions.removed import CODES, removed_by
from retinue.decisions.rollout import under_review
from retinue.decisions.routed import routed
from retinue.decisions.tables.ruled import under_rules
from retinue.decisions.terms import Terms
from retinue.domain import Decision, Reason
from retinue.incentives.budget import Allocation, allocate, choice_at_price, no_dearer
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.draws import uniforms
from retinue.incentives.limits import Limits
from retinue.incentives.policy import draw, probabilities
from retinue.incentives.rationing import allocate_within
from retinue.incentives.response import Learned
from retinue.incentives.weighing import Weighed, weigh

__all__ = ["Batch", "Day", "Ration", "conclude", "decide_batch", "holdout_positions", "weigh_under"]


@dataclass(frozen=True, slots=True)
class Day:
    """What is common to a run: its name, the time it sees (ISO 8601, UTC) and the terms."""

    run_id: str
    as_of: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Ration:
    """What a budget leaves: whether there is one, whether it binds, its shadow price, and who was filled up.

    `filled` names customers whose offer came from the remainder, with the column of that offer.
    `trial_price`: what a trial must count per cent of its cost to be carried by the money for trials.
    `caps`: the same for other limits than the money in all, where there are any.
    """

    limited: bool = False
    binding: bool = False
    price: float = 0.0
    filled: Mapping[str, int] = field(default_factory=dict)
    trial_price: float = 0.0
    caps: Caps | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Decisions with all that led to them; arrays run parallel to `customers`, columns to the catalogue.

    `allocated` and `made`: column of the offer after the budget, and of the one made (-1 none). `removed`:
    index into the keys of REMOVED (n x k). `limits`, and `allocation` of what trials leave of them, are None
    when the batch was concluded under a given ration.
    """

    day: Day
    customers: Customers
    weighed: Weighed
    ration: Ration
    limits: Limits | None
    allocation: Allocation | None
    holdout_position: NDArray[np.float64]
    held_out: NDArray[np.bool_]
    allocated: NDArray[np.intp]
    draw_position: NDArray[np.float64]
    made: NDArray[np.intp]
    explored: NDArray[np.bool_]
    propensities: NDArray[np.float64]
    removed: NDArray[np.intp]
    decisions: tuple[Decision, ...]

    @property
    def withheld(self) -> NDArray[np.int64]:
        """Every reason why nothing may be offered to each customer, as bits of `decisions.withheld`."""
        return withheld_mask(self.customers, self.weighed)

    @property
    def budget_cents(self) -> int | None:
        """The money in all; None without a limit of it."""
        return None if self.limits is None else self.limits.total_cents

    def offer_id(self, column: int) -> str | None:
        """The id of a column; None for no offer."""
        return None if column == NO_OFFER else self.weighed.catalogue.offers[column].id

    def removed_by(self, row: int) -> list[str]:
        """For each offer of one customer, why it is not the one made; empty for the one made."""
        return [CODES[code] for code in self.removed[row].tolist()]


def holdout_positions(customer_ids: Sequence[str], terms: Terms) -> NDArray[np.float64]:
    """Where each customer stands in [0, 1); those below the holdout share are held out, on any day."""
    return uniforms(terms.holdout_salt, customer_ids)


def decide_batch(
    customers: Customers,
    day: Day,
    *,
    budget_cents: int | None = None,
    limits: Limits | None = None,
    reasons: Sequence[tuple[Reason, ...]] | None = None,
    learned: Learned | None = None,
) -> Batch:
    """Decide for all customers under common limits; `budget_cents` alone is short for a limit of the money.

    The limits are shared among those who are neither watched nor held out nor left to business as usual: a
    stated part of them first among the explorers, what that leaves among the others. `reasons` run parallel
    to `customers`.
    """
    limits = limits or Limits(budget_cents)
    terms = day.terms
    weighed = weigh_under(terms, customers, learned)
    arm = _arms(holdout_positions(customers.customer_id, terms), terms)
    treated = (arm != HOLDOUT) & (arm != USUAL)
    uses = Uses.of(customers, weighed, terms) if limits.more_than_money else None
    price, caps, tried = trials(customers, weighed, terms, day.as_of, treated, limits, uses)
    free = in_play(customers, weighed, terms) & treated & (tried == NO_OFFER)
    wanted = np.where(free, weighed.chosen, NO_OFFER)
    offers = weighed.safe, weighed.cost_cents, weighed.pays, wanted
    if uses is None:
        spent = int(at(weighed.cost_cents, tried, 0).sum())
        total = limits.total_cents
        allocation = allocate(*offers, None if total is None else total - spent)
    else:
        left = uses.left(limits, weighed.cost_cents, tried)
        allocation = allocate_within(*offers, left, tiers=uses.tiers, reviewed=uses.reviewed)
    filled = np.flatnonzero(allocation.filled)
    ration = Ration(
        limited=limits.total_cents is not None,
        binding=allocation.binding,
        price=allocation.shadow_price,
        filled={customers.customer_id[row]: int(allocation.choice[row]) for row in filled.tolist()},
        trial_price=price,
        caps=None if caps is None else replace(caps, prices=allocation.prices),
    )
    return conclude(customers, weighed, day, ration, limits=limits, allocation=allocation, reasons=reasons)


def weigh_under(terms: Terms, customers: Customers, learned: Learned | None) -> Weighed:
    """Every offer weighed for every customer by the terms of a run, its rules included."""
    weighed = weigh(
        customers,
        terms.catalogue,
        tolerance=terms.tolerance,
        caution=terms.caution,
        learned=learned,
        saved_worth=terms.saved_worth,
        sleeping_dog=terms.sleeping_dog,
    )
    return under_rules(weighed, customers, terms)


def conclude(
    customers: Customers,
    weighed: Weighed,
    day: Day,
    ration: Ration,
    *,
    limits: Limits | None = None,
    allocation: Allocation | None = None,
    reasons: Sequence[tuple[Reason, ...]] | None = None,
) -> Batch:
    """From weighed offers to decisions: budget, holdout, draw, route. Each row depends on itself alone."""
    terms = day.terms
    position = holdout_positions(customers.customer_id, terms)
    arm = _arms(position, terms)
    held_out, usual = arm == HOLDOUT, arm == USUAL
    alone = held_out | usual
    wanted = np.where(in_play(customers, weighed, terms), weighed.chosen, NO_OFFER)
    uses = None if ration.caps is None else Uses.of(customers, weighed, terms)
    allocated = _allocated(customers, weighed, wanted, ration, uses)
    lost = _lost(weighed, ration, uses)
    chances, draws = weights(customers, weighed, terms), luck(customers, terms, day.as_of)
    may_try = affordable(weighed, ration.trial_price, ration.caps, uses)
    tried = within(draw(chances, draws, exploration=terms.exploration), may_try)
    offered = np.where(alone | (tried == NO_OFFER), allocated, tried)
    propensities = probabilities(
        allocated,
        chances,
        holdout_share=terms.holdout_share + terms.usual_share,
        exploration=terms.exploration,
        carried=may_try,
    )
    made = np.where(alone, NO_OFFER, offered)
    return Batch(
        day=day,
        customers=customers,
        weighed=weighed,
        ration=ration,
        limits=limits,
        allocation=allocation,
        holdout_position=position,
        held_out=held_out,
        allocated=allocated,
        draw_position=draws,
        made=made,
        explored=(made != allocated) & ~alone,
        propensities=propensities,
        removed=removed_by(customers, weighed, terms, arm, allocated, made, lost),
        decisions=under_review(
            routed(
                customers, weighed, terms, day.run_id, day.as_of, arm, offered, propensities, reasons, lost
            ),
            terms.rollout,
        ),
    )


def _arms(position: NDArray[np.float64], terms: Terms) -> NDArray[np.str_]:
    """The arm of each customer."""
    return arms_at(position, position, holdout_share=terms.holdout_share, usual_share=terms.usual_share)


def _allocated(
    customers: Customers, weighed: Weighed, wanted: NDArray[np.intp], ration: Ration, uses: Uses | None
) -> NDArray[np.intp]:
    if not ration.binding:
        return wanted
    allowed = no_dearer(weighed.safe, weighed.cost_cents, weighed.pays, wanted)
    net, least = weighed.safe, None
    if ration.caps is not None and uses is not None:
        net = ration.caps.prices.after_counts(net, uses.reviewed)
        least = ration.caps.prices.least(uses.tiers.tolist())
    choice = choice_at_price(net, weighed.cost_cents, allowed, ration.price, least)
    if ration.filled:
        for row, customer in enumerate(customers.customer_id):
            choice[row] = ration.filled.get(customer, choice[row])
    return choice


def _lost(weighed: Weighed, ration: Ration, uses: Uses | None) -> NDArray[np.intp]:
    """What a customer loses the chosen offer to, where they do: a place in LOST."""
    if ration.caps is None or uses is None:
        return np.zeros(len(weighed.chosen), dtype=np.intp)
    return ration.caps.lost_to(weighed.cost, weighed.chosen, uses, ration.price)
