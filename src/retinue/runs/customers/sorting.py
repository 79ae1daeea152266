"""By what customers may be sorted. A missing value stands last from the top, first from the bottom."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["INDEXED", "SORTS"]

_LEAST, _MOST = "-1e308", "1e308"

SORTS: Mapping[str, str] = {
    "customer_id": "customer_id",
    "churn_probability": f"ifnull(churn_probability, {_LEAST})",
    "clv": f"ifnull(clv, {_LEAST})",
    "revenue_at_risk": f"ifnull(revenue_at_risk, {_LEAST})",
    "priority_score": f"ifnull(priority_score, {_LEAST})",
    "expected_roi": f"ifnull(expected_roi, {_LEAST})",
    "time_to_churn_days": f"ifnull(time_to_churn_days, {_MOST})",
}
"""Name of a sort to the expression that orders by it."""

INDEXED: Mapping[str, str] = {
    name: SORTS[name] for name in ("churn_probability", "clv", "revenue_at_risk", "priority_score")
}
"""The sorts that have an index of their own; the others sort what the filters leave."""
