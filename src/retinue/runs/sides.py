"""The two sides of a what-if: what was done and what would be, customer by customer and counted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.runs.redecided import Redecided

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["changed", "moved", "tally"]

WHAT = ("incentive", "rule", "route", "cost", "expected_net")
"""What is shown of either side."""


def moved(names: Sequence[str], redone: Sequence[Redecided]) -> pd.DataFrame:
    """One row per customer and run: what is in WHAT, before (`was_`) and now (`new_`)."""
    import pandas as pd

    parts = []
    for name, found in zip(names, redone, strict=True):
        past = found.past
        frame = pd.DataFrame(
            {
                "run": name,
                "customer_id": past.assessment["customer_id"],
                "churn_probability": past.assessment["churn_probability"],
                "clv": past.assessment["clv"],
                **{f"was_{what}": past.done[what] for what in WHAT},
            }
        )
        decided = found.batch.decisions
        new = pd.DataFrame(
            {
                "new_incentive": [d.incentive.id if d.incentive else "none" for d in decided],
                "new_rule": [d.rule for d in decided],
                "new_route": [d.action_type.value for d in decided],
                "new_cost": np.array([d.cost for d in decided], dtype="float64"),
                "new_expected_net": np.array([d.expected_roi for d in decided], dtype="float64"),
            },
            index=found.rows,
        )
        left = {
            "new_incentive": "none",
            "new_rule": "not_targeted",
            "new_route": "no_action",
            "new_cost": 0.0,
            "new_expected_net": 0.0,
        }
        frame = frame.join(new).fillna(left)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def tally(rows: pd.DataFrame, side: str, budgets: Sequence[int | None]) -> dict[str, Any]:
    """One side (`was` or `new`) counted; budgets in cents, one per run, None for no limit."""
    offered = rows[rows[f"{side}_incentive"] != "none"]
    targeted = rows[rows[f"{side}_rule"] != "not_targeted"]
    known = [cents for cents in budgets if cents is not None]
    return {
        "decided": len(targeted),
        "offered": len(offered),
        "by_incentive": _counts(offered[f"{side}_incentive"]),
        "by_rule": _counts(targeted[f"{side}_rule"]),
        "planned_cost": _money(offered[f"{side}_cost"].to_numpy()),
        "expected_net": _money(offered[f"{side}_expected_net"].to_numpy()),
        "budget": float(Decimal(sum(known)) / 100) if len(known) == len(budgets) else None,
    }


def changed(both: pd.DataFrame, top: int) -> dict[str, Any]:
    """Customers who would get another offer, by how much money that moves."""
    other = (both["was_incentive"] != both["new_incentive"]) | (both["was_cost"] != both["new_cost"])
    rows = both[other].copy()
    rows["money"] = (rows["new_cost"] - rows["was_cost"]).abs() + (
        rows["new_expected_net"] - rows["was_expected_net"]
    ).abs()
    rows = rows.sort_values(["money", "customer_id", "run"], ascending=[False, True, True])
    shown = [
        {
            "customer_id": row["customer_id"],
            "run": row["run"],
            "churn_probability": row["churn_probability"],
            "clv": row["clv"],
            "was": row["was_incentive"],
            "new": row["new_incentive"],
            "was_rule": row["was_rule"],
            "new_rule": row["new_rule"],
            "cost": round(row["new_cost"] - row["was_cost"], 2),
            "expected_net": round(row["new_expected_net"] - row["was_expected_net"], 2),
        }
        for row in rows.head(top).to_dict(orient="records")
    ]
    return {
        "decisions": len(rows),
        "customers": int(rows["customer_id"].nunique()),
        "gain_an_offer": int(((rows["was_incentive"] == "none") & (rows["new_incentive"] != "none")).sum()),
        "lose_an_offer": int(((rows["was_incentive"] != "none") & (rows["new_incentive"] == "none")).sum()),
        "top": shown,
    }


def _counts(values: pd.Series[str]) -> dict[str, int]:
    return {str(name): int(count) for name, count in sorted(values.value_counts().items())}


def _money(values: NDArray[np.float64]) -> float:
    return float(sum((Decimal(str(round(float(v), 2))) for v in values), Decimal(0)))
