"""From arrays to decisions: each customer's numbers put before the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, USUAL
from retinue.decisions.caps import LOST
from retinue.decisions.engine import Case, Proposal, decide, decision_id
from retinue.decisions.in_play import withheld_mask
from retinue.decisions.rules import Ruling
from retinue.decisions.tables.ruled import Ruled
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import BY_RULE, FREE, first
from retinue.domain import Decision, Reason
from retinue.incentives.choose import NO_OFFER
from retinue.incentives.costs import Customers
from retinue.incentives.weighing import Weighed

__all__ = ["routed"]


def routed(
    customers: Customers,
    weighed: Weighed,
    terms: Terms,
    run_id: str,
    as_of: str,
    arm: NDArray[np.str_],
    offered: NDArray[np.intp],
    propensities: NDArray[np.float64],
    reasons: Sequence[tuple[Reason, ...]] | None,
    lost: NDArray[np.intp],
) -> tuple[Decision, ...]:
    """A decision for each customer; `offered` is the column of the offer the rules look at."""
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

    band = terms.thresholds.monitor_up_to

    def ruled(row: int, risk: float, left: int) -> tuple[Ruling | None, str]:
        """What the rules say of a customer, and whether it is them who leave no offer."""
        if not isinstance(weighed, Ruled):
            return None, FREE
        ruling, alone = weighed.decided_by(row, left, watched=not risk > band)
        return ruling, BY_RULE if alone else FREE

    rows = zip(
        customers.customer_id,
        customers.churn_probability.tolist(),
        customers.clv.tolist(),
        (arm == HOLDOUT).tolist(),
        (arm == USUAL).tolist(),
        weighed.chosen.tolist(),
        offered.tolist(),
        propensities.tolist(),
        [first(mask) for mask in withheld_mask(customers, weighed).tolist()],
        lost.tolist(),
        strict=True,
    )
    found = []
    for row, (customer, risk, clv, out, usual, chosen, left, chances, why, place) in enumerate(rows):
        ruling, by_rule = ruled(row, risk, left)
        case = Case(
            decision_id=decision_id(run_id, as_of, customer),
            customer_id=customer,
            churn_probability=risk,
            clv=clv,
            held_out=out,
            withheld=why or by_rule,
            recommended=proposal(row, chosen),
            offer=proposal(row, left),
            propensities=dict(zip(actions, chances, strict=True)),
            reasons=reasons[row] if reasons is not None else (),
            as_usual=usual,
            lost_to=LOST[place],
            ruling=ruling,
        )
        found.append(decide(case, terms.thresholds))
    return tuple(found)
