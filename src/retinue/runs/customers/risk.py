"""The risk of a customer in the numbers in which it is told, whoever tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["risk_in_short", "whole"]


def risk_in_short(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a customer's risk, of a row of a run's file.

    Shares to four digits, amounts in project currency to two, times in whole days. `action`: of the design
    document; `incentive_type` and `incentive_value` are None where no offer is recommended.

    >>> row = {"customer_id": "C1", "churn_probability": 0.781234, "risk_level": "HIGH", "clv": 5420.504,
    ...        "time_to_churn_days": 45.2, "value_tier": "Premium", "action_type": "monitor",
    ...        "expected_roi": None, "decision": None}
    >>> told = risk_in_short(row)
    >>> told["churn_probability"], told["time_to_churn_days"], told["action"], told["expected_roi"]
    (0.7812, 45, 'monitor', 0.0)
    """
    offer = (row["decision"] or {}).get("recommended_incentive")
    watched = "monitor" if row["action_type"] == "monitor" else "no_action"
    days, clv = row["time_to_churn_days"], row["clv"]
    return {
        "customer_id": row["customer_id"],
        "churn_probability": round(row["churn_probability"], 4),
        "risk_level": row["risk_level"],
        "time_to_churn_days": None if days is None else round(days),
        "clv": None if clv is None else round(clv, 2),
        "segment": row["value_tier"],
        "action": watched if offer is None else "immediate_intervention",
        "incentive_type": None if offer is None else offer["type"],
        "incentive_value": None if offer is None else float(offer["value"]),
        "expected_roi": round(row["expected_roi"] or 0.0, 2),
    }


def whole(value: float) -> int | float:
    """A number without a fraction as such.

    >>> whole(15.0), whole(7.5)
    (15, 7.5)
    """
    return int(value) if value.is_integer() else value
