"""Whom a campaign is about: filter by risk, rank by priority."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from retinue.domain import Decision
from retinue.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["ranked", "targeted"]


def targeted(assessments: pd.DataFrame, act_above: float) -> NDArray[np.bool_]:
    """Which rows have a churn probability above the threshold.

    Raises DataError when a customer appears twice, or has no finite probability in [0, 1] or no finite CLV.
    """
    import numpy as np

    risk = assessments["churn_probability"].to_numpy(dtype="float64", na_value=np.nan)
    clv = assessments["clv"].to_numpy(dtype="float64", na_value=np.nan)
    unusable = ~((risk >= 0) & (risk <= 1) & np.isfinite(clv))
    if unusable.any():
        first = assessments["customer_id"].iloc[int(unusable.argmax())]
        raise DataError(
            f"{int(unusable.sum())} customer(s) lack a usable churn probability or CLV, first {first}.",
            where="assessments",
            fix="A probability lies in [0, 1] and a CLV is a finite amount; check the models.",
        )
    twice = assessments["customer_id"].duplicated()
    if twice.any():
        raise DataError(
            f"Customer {assessments['customer_id'][twice].iloc[0]} is assessed twice.",
            where="assessments",
            fix="Pass one row per customer.",
        )
    return np.asarray(risk > act_above)


def ranked(decisions: Sequence[Decision]) -> list[int]:
    """Positions of the decisions from the highest priority down; equal ones by customer id."""
    return sorted(
        range(len(decisions)), key=lambda i: (-decisions[i].priority_score, decisions[i].customer_id)
    )
