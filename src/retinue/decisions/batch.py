"""A day's customers decided together: the numbers as arrays, the routing by the engine.

`conclude` is the one path from a customer's assessment to the decision. A run takes it for thousands of
customers at once and a replay for one; no step of it looks at another customer except through the `Ration`,
which says what the budget left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, USUAL, arms_at
from retinue.decisions.caps import LOST, Caps, Uses, trial_caps
from retinue.decisions.engine import Case, Proposal, decide, decision_id
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import WITHHELD, bit, first
from retinue.domain import Decision, Reason
from retinue.incentives.budget import Allocation, allocate, choice_at_price, no_dearer
from retinue.incentives.charging import Prices
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.draws import uniforms
from retinue.incentives.limits import Limits
from retinue.incentives.policy import draw, probabilities
from retinue.incentives.rationing import allocate_within
from retinue.incentives.response import Learned
from retinue.incentives.trials import carried, trial_price
from retinue.incentives.weighing import Weighed, weigh

__all__ = [
    "REMOVED",
    "Batch",
    "Day",
    "Ration",
    "conclude",
    "decide_batch",
    "holdout_positions",
    "weigh_under",
]

REMOVED: Mapping[str, str] = {
    "": "the offer made",
    "not_eligible": "cannot be made to this customer",
    "does_not_pay": "costs at least what it is expected to keep",
    "outside_tolerance": "another offer is clearly better, for how sure each is",
    "not_smallest": "a cheaper offer is as good",
    "not_targeted": "the churn probability is below the threshold of action",
    "monitor_band": "the customer is watched without immediate action",
    "stopped": "Retinue was stopped",
    "unfair": "the run made no offers, because some group would have got too few",
    "objected": "the customer objected, or has not agreed where that is needed",
    "under_offer": "the customer had an offer lately",
    "contact_cap": "the customer was approached often enough lately",
    "lifetime_cap": "the customer has had as many offers, or as much money, as one may get",
    "cancel_clicks": "the customer asks to cancel and stays, again and again",
    "sleeping_dog": "surely drives the customer away",
    "budget": "the budget earns more elsewhere",
    "review_cap": "those who review have more valuable cases",
    "treated_share": "no more customers may be treated, and others gain more by it",
    "held_out": "the customer is in the holdout",
    "as_usual": "the customer is left to what the company did before",
    "not_drawn": "another offer that may pay was drawn to learn from",
}
"""Why a candidate is not the offer made; each candidate has exactly one reason, the first that removed it."""

_CODES = tuple(REMOVED)


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
        return _withheld(self.customers, self.weighed)

    @property
    def budget_cents(self) -> int | None:
        """The money in all; None without a limit of it."""
        return None if self.limits is None else self.limits.total_cents

    def offer_id(self, column: int) -> str | None:
        """The id of a column; None for no offer."""
        return None if column == NO_OFFER else self.weighed.catalogue.offers[column].id

    def removed_by(self, row: int) -> list[str]:
        """For each offer of one customer, why it is not the one made; empty for the one made."""
        return [_CODES[code] for code in self.removed[row].tolist()]


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
    price, caps, tried = _trials(customers, weighed, day, treated, limits, uses)
    free = _in_play(customers, weighed, terms) & treated & (tried == NO_OFFER)
    wanted = np.where(free, weighed.chosen, NO_OFFER)
    offers = weighed.safe, weighed.cost_cents, weighed.pays, wanted
    if uses is None:
        spent = int(_at(weighed.cost_cents, tried, 0).sum())
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
    """Every offer weighed for every customer by the terms of a run."""
    return weigh(
        customers,
        terms.catalogue,
        tolerance=terms.tolerance,
        caution=terms.caution,
        learned=learned,
        saved_worth=terms.saved_worth,
        sleeping_dog=terms.sleeping_dog,
    )


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
    wanted = np.where(_in_play(customers, weighed, terms), weighed.chosen, NO_OFFER)
    uses = None if ration.caps is None else Uses.of(customers, weighed, terms)
    allocated = _allocated(customers, weighed, wanted, ration, uses)
    lost = _lost(weighed, ration, uses)
    weights = _weights(customers, weighed, terms)
    luck = _luck(customers, day)
    affordable = _carried(weighed, ration.trial_price, ration.caps, uses)
    tried = _within(draw(weights, luck, exploration=terms.exploration), affordable)
    offered = np.where(alone | (tried == NO_OFFER), allocated, tried)
    propensities = probabilities(
        allocated,
        weights,
        holdout_share=terms.holdout_share + terms.usual_share,
        exploration=terms.exploration,
        carried=affordable,
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
        draw_position=luck,
        made=made,
        explored=(made != allocated) & ~alone,
        propensities=propensities,
        removed=_removed(customers, weighed, terms, arm, allocated, made, lost),
        decisions=_decisions(customers, weighed, day, arm, offered, propensities, reasons, lost),
    )


def _arms(position: NDArray[np.float64], terms: Terms) -> NDArray[np.str_]:
    """The arm of each customer."""
    return arms_at(position, position, holdout_share=terms.holdout_share, usual_share=terms.usual_share)


def _withheld(customers: Customers, weighed: Weighed) -> NDArray[np.int64]:
    """Why nothing may be offered: what was said of the customers, and what follows from weighing."""
    told = np.zeros(len(customers), dtype=np.int64) if customers.withheld is None else customers.withheld
    return np.asarray(told | weighed.sleeping_dog * np.int64(bit("sleeping_dog")))


def _in_play(customers: Customers, weighed: Weighed, terms: Terms) -> NDArray[np.bool_]:
    """Those above the monitor band to whom something may be offered."""
    above = customers.churn_probability > terms.thresholds.monitor_up_to
    return np.asarray(above & (_withheld(customers, weighed) == 0))


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


def _weights(customers: Customers, weighed: Weighed, terms: Terms) -> NDArray[np.float64]:
    """How likely an explorer draws each offer, relative to the customer's others."""
    may = weighed.may_pay & (weighed.trial > 0) & _in_play(customers, weighed, terms)[:, None]
    return np.where(may, np.maximum(weighed.best, terms.exploration_floor), 0.0)


def _luck(customers: Customers, day: Day) -> NDArray[np.float64]:
    return uniforms(day.terms.draw_salt, [f"{day.as_of}\0{customer}" for customer in customers.customer_id])


def _trials(
    customers: Customers,
    weighed: Weighed,
    day: Day,
    treated: NDArray[np.bool_],
    limits: Limits,
    uses: Uses | None,
) -> tuple[float, Caps | None, NDArray[np.intp]]:
    """The prices of what is set apart for trials, and what the explorers try at them (-1 nothing)."""
    terms, total = day.terms, limits.total_cents
    weights = _weights(customers, weighed, terms)
    drawn = draw(weights, _luck(customers, day), exploration=terms.exploration)
    drawn = np.where(treated, drawn, NO_OFFER)
    treated_share = 1.0 - terms.holdout_share - terms.usual_share
    chance = weights * (terms.exploration * treated_share)
    chance /= np.maximum(weights.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    caps, may = None, np.ones(weights.shape, dtype=np.bool_)
    if uses is not None:
        caps = Caps(Prices(), Prices(), limits.reviews is not None)
        may = caps.carries(weighed, uses)
        trials = trial_caps(
            weighed, uses, limits, np.where(may, chance, 0.0), _within(drawn, may), terms.exploration_budget
        )
        caps = replace(caps, trials=trials)
        may = caps.carries(weighed, uses)
    drawn, chance = _within(drawn, may), np.where(may, chance, 0.0)
    if total is None:
        return 0.0, caps, _within(drawn, _carried(weighed, 0.0))
    price = trial_price(weighed.trial, weighed.cost_cents, chance, total * terms.exploration_budget)
    tried = _within(drawn, _carried(weighed, price))
    if _at(weighed.cost_cents, tried, 0).sum() > total:
        # more explorers, or dearer ones, than on average: the whole budget is the limit that is never broken
        happened = (tried[:, None] == np.arange(weights.shape[1])).astype(float)
        price = max(price, trial_price(weighed.trial, weighed.cost_cents, happened, total))
        tried = _within(drawn, _carried(weighed, price))
    return price, caps, tried


def _carried(
    weighed: Weighed, price: float, caps: Caps | None = None, uses: Uses | None = None
) -> NDArray[np.bool_]:
    may = carried(weighed.trial, weighed.cost_cents, price)
    return may if caps is None or uses is None else may & caps.carries(weighed, uses)


def _within(drawn: NDArray[np.intp], affordable: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.where(_at(affordable, drawn, False), drawn, NO_OFFER)


def _at(table: NDArray[Any], columns: NDArray[np.intp], otherwise: Any) -> NDArray[Any]:
    """The value of each row in its column; `otherwise` where the column is none."""
    if not table.shape[1]:
        return np.full(len(columns), otherwise)
    found = np.take_along_axis(table, np.maximum(columns, 0)[:, None], axis=1)[:, 0]
    return np.where(columns == NO_OFFER, otherwise, found)


def _removed(
    customers: Customers,
    weighed: Weighed,
    terms: Terms,
    arm: NDArray[np.str_],
    allocated: NDArray[np.intp],
    made: NDArray[np.intp],
    lost: NDArray[np.intp],
) -> NDArray[np.intp]:
    code = {name: index for index, name in enumerate(_CODES)}
    removed = np.full(weighed.net.shape, code["not_smallest"], dtype=np.intp)
    removed[~weighed.close] = code["outside_tolerance"]
    removed[~(weighed.safe > 0)] = code["does_not_pay"]
    removed[weighed.harmful] = code["sleeping_dog"]
    removed[~weighed.eligible] = code["not_eligible"]

    def mark(rows: NDArray[np.bool_], columns: NDArray[np.intp], name: str) -> None:
        at = np.flatnonzero(rows & (columns != NO_OFFER))
        removed[at, columns[at]] = code[name]

    risk, chosen = customers.churn_probability, weighed.chosen
    for place, name in enumerate(LOST):
        mark((allocated != chosen) & (lost == place), chosen, name)
    withheld = _withheld(customers, weighed)
    for name in reversed(tuple(WITHHELD)):
        mark((withheld & bit(name)) > 0, chosen, name)
    mark(~(risk > terms.thresholds.monitor_up_to), chosen, "monitor_band")
    mark(~(risk > terms.thresholds.act_above), chosen, "not_targeted")
    mark(made != allocated, allocated, "not_drawn")
    mark(arm == HOLDOUT, allocated, "held_out")
    mark(arm == USUAL, allocated, "as_usual")
    mark(made != NO_OFFER, made, "")
    return removed


def _decisions(
    customers: Customers,
    weighed: Weighed,
    day: Day,
    arm: NDArray[np.str_],
    offered: NDArray[np.intp],
    propensities: NDArray[np.float64],
    reasons: Sequence[tuple[Reason, ...]] | None,
    lost: NDArray[np.intp],
) -> tuple[Decision, ...]:
    offers = [offer.incentive() for offer in weighed.catalogue.offers]
    actions = weighed.catalogue.actions
    cost = weighed.cost

    def proposal(row: int, column: int) -> Proposal | None:
        if column == NO_OFFER:
            return None
        return Proposal(
            offers[column],
            float(weighed.lift[row, column]),
            float(cost[row, column]),
            float(weighed.net[row, column]),
            float(weighed.confidence[row, column]),
        )

    rows = zip(
        customers.customer_id,
        customers.churn_probability.tolist(),
        customers.clv.tolist(),
        (arm == HOLDOUT).tolist(),
        (arm == USUAL).tolist(),
        weighed.chosen.tolist(),
        offered.tolist(),
        propensities.tolist(),
        [first(mask) for mask in _withheld(customers, weighed).tolist()],
        lost.tolist(),
        strict=True,
    )
    return tuple(
        decide(
            Case(
                decision_id=decision_id(day.run_id, day.as_of, customer),
                customer_id=customer,
                churn_probability=risk,
                clv=clv,
                held_out=out,
                withheld=why,
                recommended=proposal(row, chosen),
                offer=proposal(row, left),
                propensities=dict(zip(actions, chances, strict=True)),
                reasons=reasons[row] if reasons is not None else (),
                as_usual=usual,
                lost_to=LOST[place],
            ),
            day.terms.thresholds,
        )
        for row, (customer, risk, clv, out, usual, chosen, left, chances, why, place) in enumerate(rows)
    )
