"""Survival curves of cohorts: by the quarter of signing up, and by the plan customers began with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retinue.privacy.cells import LEAST

if TYPE_CHECKING:
    import pandas as pd

    from retinue.pipeline.stages import Stages

__all__ = ["cohorts"]

POINTS = 60
MOST_QUARTERS, MOST_PLANS = 12, 8
LEAST_COHORT = 30
"""A cohort with fewer customers has no curve of its own: its band would say nothing."""

_WORDS = (
    "The share of customers still there so many days after their first contract began, until it (or the"
    " stretch of contracts without a gap) ended. Customers who are still there count as long as they have"
    " been there (Kaplan-Meier); the band is a log-log one at 95 % by Greenwood's variance. A curve ends"
    f" where fewer than {LEAST} customers are still followed. Plans are those that customers began with:"
    " by what customers became later, survivors would be compared with survivors."
)


def cohorts(stages: Stages) -> dict[str, Any]:
    """The curves, JSON-ready (`SurvivalFigures` of the service)."""
    from retinue.churn.stays import stays

    nothing: dict[str, Any] = {"words": _WORDS, "all": None, "by_quarter": [], "by_plan": []}
    if stages.definition != "contractual":
        return {
            **nothing,
            "reason": "There are no contracts that would tell when customers left.",
        }
    rows = stays(stages.warehouse, stages.settings.churn, stages.as_of)
    if len(rows) < LEAST_COHORT:
        return {**nothing, "reason": f"Not enough data yet: fewer than {LEAST_COHORT} customers."}
    quarters = rows["began"].dt.year.astype(str) + "-Q" + rows["began"].dt.quarter.astype(str)
    newest = sorted(quarters.unique())[-MOST_QUARTERS:]
    plans = rows["plan"].value_counts().index[:MOST_PLANS].tolist()
    return {
        **nothing,
        "all": _curve("all", rows),
        "by_quarter": _curves(newest, rows, quarters),
        "by_plan": _curves(plans, rows, rows["plan"]),
        "reason": None,
    }


def _curves(names: list[str], rows: pd.DataFrame, kind: pd.Series[str]) -> list[dict[str, Any]]:
    found = ((name, rows[kind.eq(name)]) for name in names)
    return [_curve(name, part) for name, part in found if len(part) >= LEAST_COHORT]


def _curve(name: str, rows: pd.DataFrame) -> dict[str, Any]:
    import numpy as np

    from retinue.churn.kaplan_meier import kaplan_meier

    found = kaplan_meier(rows["days"].to_numpy(dtype=np.int64), rows["left"].to_numpy(dtype=bool))
    told = np.flatnonzero(found.followed >= LEAST)
    last = int(told[-1]) if len(told) else 0
    days = np.unique(np.linspace(0, last, POINTS + 1).round().astype(int))
    median = found.median
    return {
        "cohort": name,
        "customers": len(rows),
        "left": int(rows["left"].sum()),
        "median_days": None if median is None or median > last else median,
        "points": [
            {
                "days": int(day),
                "share": round(float(found.share[day]), 6),
                "low": round(float(found.low[day]), 6),
                "high": round(float(found.high[day]), 6),
                "followed": int(found.followed[day]),
            }
            for day in days
        ],
    }
