"""The decision itself: pure, and on the standard library alone. The edges act; the engine decides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from retinue.decisions.priority import priority_score
from retinue.decisions.rules import Ruling, Thresholds, route, urgency
from retinue.decisions.withheld import FREE
from retinue.domain import ActionType, Decision, Incentive, Reason

__all__ = ["Case", "Proposal", "decide", "decision_id"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One offer as weighed for one customer: cost and net value in project currency."""

    incentive: Incentive
    retention_lift: float
    cost: float
    net: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Case:
    """All the engine needs to know of a customer.

    recommended: the offer the economics recommend, without budget and exploration; None when nothing pays.
    offer: the offer left after the budget and the draw, were the customer not held out; None when there is
    none.
    as_usual: the customer is left to what the company did before.
    lost_to: the rule of the limit that left no offer, where one did.
    propensities: probability of each action, doing nothing included.
    withheld: why nothing may be offered to the customer at all; empty for no reason.
    ruling: what the rules of the business say; None for those of before there were any.
    """

    decision_id: str
    customer_id: str
    churn_probability: float
    clv: float
    held_out: bool
    recommended: Proposal | None
    offer: Proposal | None
    propensities: Mapping[str, float]
    reasons: tuple[Reason, ...] = ()
    withheld: str = FREE
    as_usual: bool = False
    lost_to: str = "budget"
    ruling: Ruling | None = None


def decide(case: Case, policy: Thresholds) -> Decision:
    """Route one customer and make the offer, or none. The same case and thresholds give the same decision.

    Where no offer is made, `expected_roi`, `cost`, `retention_lift` and `confidence` are 0.

    >>> offer = Proposal(Incentive("fixed_credit", "fixed_credit", 25.0), 0.05, 25.0, 60.0, 0.9)
    >>> case = Case("D1", "C1", 0.85, 2000.0, False, offer, offer, {"none": 0.1, "fixed_credit": 0.9})
    >>> decision = decide(case, Thresholds())
    >>> decision.action_type.value, decision.urgency.value, decision.priority_score
    ('auto_execute', 'MEDIUM', 60.0)
    """
    offer = case.offer
    way = route(
        churn_probability=case.churn_probability,
        clv=case.clv,
        cost=offer.cost if offer else 0.0,
        recommended=case.recommended is not None or offer is not None,
        offered=offer is not None,
        held_out=case.held_out,
        withheld=case.withheld,
        thresholds=policy,
        as_usual=case.as_usual,
        lost_to=case.lost_to,
        ruling=case.ruling,
    )
    made = offer if way.makes_offer else None
    ranked = made or case.recommended
    ruling = case.ruling or _NO_RULING
    priority = 0.0
    if ranked:
        priority = priority_score(case.clv, case.churn_probability, ranked.retention_lift, ranked.cost)
    return Decision(
        decision_id=case.decision_id,
        customer_id=case.customer_id,
        action_type=way.action,
        urgency=ruling.urgency or urgency(case.churn_probability, case.clv, policy),
        priority_score=priority * ruling.priority_factor if priority > 0 else priority,
        incentive=made.incentive if made else None,
        expected_roi=made.net if made else 0.0,
        cost=made.cost if made else 0.0,
        retention_lift=made.retention_lift if made else 0.0,
        confidence=made.confidence if made else 0.0,
        held_out=case.held_out,
        rule=way.rule,
        propensities=case.propensities,
        reasons=case.reasons,
    )


_NO_RULING = Ruling("", ActionType.NO_ACTION)


def decision_id(run_id: str, as_of: str, customer_id: str) -> str:
    """The name of a decision: the same run, date and customer always give the same one.

    >>> decision_id("run", "2026-02-14T00:00:00Z", "C1") == decision_id("run", "2026-02-14T00:00:00Z", "C1")
    True
    """
    text = "\0".join((run_id, as_of, customer_id))
    return "dec_" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
