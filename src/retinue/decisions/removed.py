"""Why a candidate is not the offer made: one reason each, the first that removed it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, USUAL
from retinue.decisions.caps import LOST
from retinue.decisions.in_play import withheld_mask
from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import BY_RULE, WITHHELD, bit
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.weighing import Weighed

__all__ = ["CODES", "REMOVED", "removed_by"]

REMOVED: Mapping[str, str] = {
    "": "the offer made",
    "not_eligible": "cannot be made to this customer",
    "does_not_pay": "is not sure enough to keep more than it costs",
    "outside_tolerance": "another offer is clearly better, for how sure each is",
    "not_smallest": "a cheaper offer is as good",
    "not_targeted": "the churn probability is below the threshold of action",
    "monitor_band": "the customer is watched without immediate action",
    "stopped": "Retinue was stopped",
    "unfair": "the run made no offers, because some group would have got too few",
    "not_in_rollout": "the roll-out has not come to this customer",
    "objected": "the customer objected, or has not agreed where that is needed",
    "under_offer": "the customer had an offer lately",
    "rejected": "a person rejected an offer for the customer lately",
    "contact_cap": "the customer was approached often enough lately",
    "lifetime_cap": "the customer has had as many offers, or as much money, as one may get",
    "cancel_clicks": "the customer asks to cancel and stays, again and again",
    "sleeping_dog": "surely drives the customer away",
    BY_RULE: "a rule of the business keeps it from this customer",
    "budget": "the budget earns more elsewhere",
    "review_cap": "those who review have more valuable cases",
    "treated_share": "no more customers may be treated, and others gain more by it",
    "held_out": "the customer is in the holdout",
    "as_usual": "the customer is left to what the company did before",
    "not_drawn": "another offer that may pay was drawn to learn from",
}
"""Why a candidate is not the offer made; each candidate has exactly one reason, the first that removed it."""

CODES = tuple(REMOVED)


def removed_by(
    customers: Customers,
    weighed: Weighed,
    terms: Terms,
    arm: NDArray[np.str_],
    allocated: NDArray[np.intp],
    made: NDArray[np.intp],
    lost: NDArray[np.intp],
) -> NDArray[np.intp]:
    """For each offer of each customer the place in CODES of why it is not made (n x k)."""
    code = {name: index for index, name in enumerate(CODES)}
    removed = np.full(weighed.net.shape, code["not_smallest"], dtype=np.intp)
    removed[~weighed.close] = code["outside_tolerance"]
    if isinstance(weighed, Ruled):
        removed[weighed.barred] = code[BY_RULE]
    removed[~(weighed.safe > 0)] = code["does_not_pay"]
    removed[weighed.harmful] = code["sleeping_dog"]
    removed[~weighed.eligible] = code["not_eligible"]

    def mark(rows: NDArray[np.bool_], columns: NDArray[np.intp], name: str) -> None:
        at = np.flatnonzero(rows & (columns != NO_OFFER))
        removed[at, columns[at]] = code[name]

    risk, chosen = customers.churn_probability, weighed.chosen
    for place, name in enumerate(LOST):
        mark((allocated != chosen) & (lost == place), chosen, name)
    withheld = withheld_mask(customers, weighed)
    for name in reversed(tuple(WITHHELD)):
        mark((withheld & bit(name)) > 0, chosen, name)
    mark(~(risk > terms.thresholds.monitor_up_to), chosen, "monitor_band")
    mark(~(risk > terms.thresholds.act_above), chosen, "not_targeted")
    mark(made != allocated, allocated, "not_drawn")
    mark(arm == HOLDOUT, allocated, "held_out")
    mark(arm == USUAL, allocated, "as_usual")
    mark(made != NO_OFFER, made, "")
    return removed
