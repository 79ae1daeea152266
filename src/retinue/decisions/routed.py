"""From arrays to decisions: each customer's numbers put before the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, USUAL
from retinue.decisions.caps import LOST
from retinue.decisions.engine import Case, Proposal, decide, decision_id
from retinue.decisions.in_play import withheld_mask
from retinue.decisions.terms import Terms
from retinue.decisions.withheld import first
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
    return tuple(
        decide(
            Case(
                decision_id=decision_id(run_id, as_of, customer),
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
            terms.thresholds,
        )
        for row, (customer, risk, clv, out, usual, chosen, left, chances, why, place) in enumerate(rows)
    )
