"""Priority: what acting on a customer is expected to earn. Standard library only."""

from __future__ import annotations

__all__ = ["priority_score"]


def priority_score(clv: float, churn_probability: float, retention_lift: float, cost: float) -> float:
    """The design document's priority = CLV x churn probability x retention lift - incentive cost, in money.

    Lift and cost are those of the offer made or, where none is made (monitor, holdout, budget), of the offer
    the economics recommend; 0 when nothing pays.

    >>> priority_score(5000.0, 0.8, 0.25, 150.0)
    850.0
    """
    return clv * churn_probability * retention_lift - cost
