"""Past actions with what became of them, as known at a time: one reading for every comparison.

One row per decision. A held-out customer got `none`, at no cost, whatever offer was set aside for them. The
newest outcome of a decision counts.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["NONE", "logged_actions", "vector_of"]

NONE = "none"


def logged_actions(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    """Every intervention known at `as_of` with its outcome, ordered by decision id.

    Columns: `decision_id`, `customer_id`, `action`, `probability` (of the action, NaN where it is not known
    or cannot be read), `propensities` (JSON text or null), `retained` (1.0, 0.0 or NaN without an outcome),
    `revenue` and `cost` (NaN where unknown), `policy_version`, `held_out`, `executed_at`, `observed_at`.
    """
    actions = (
        warehouse.history("interventions", as_of)
        .select(
            "decision_id",
            "customer_id",
            "incentive",
            "cost",
            "propensity",
            "propensities",
            "policy_version",
            "held_out",
            "executed_at",
        )
        .execute()
    )
    outcomes = warehouse.history("outcomes", as_of)
    outcomes = outcomes.select("decision_id", "outcome_id", "retained", "revenue", "observed_at").execute()
    newest = (
        outcomes.dropna(subset=["decision_id"])
        .sort_values(["decision_id", "observed_at", "outcome_id"])
        .drop_duplicates("decision_id", keep="last")
    )
    merged: pd.DataFrame = actions.merge(newest, on="decision_id", how="left").sort_values("decision_id")
    merged["held_out"] = merged["held_out"].fillna(False).astype(bool)
    merged["action"] = merged["incentive"].where(~merged["held_out"], NONE)
    merged["probability"] = [
        _probability(action, stated, vector)
        for action, stated, vector in zip(
            merged["action"], merged["propensity"], merged["propensities"], strict=True
        )
    ]
    for column in ("retained", "revenue", "cost"):
        merged[column] = merged[column].astype("float64")
    merged["cost"] = merged["cost"].where(merged["action"] != NONE, 0.0)
    return merged.reset_index(drop=True)


def vector_of(text: str | None) -> dict[str, float] | None:
    """The logged probabilities by action; None where there are none or they cannot be read.

    >>> vector_of('{"none": 0.5, "fixed_credit": 0.5}')
    {'none': 0.5, 'fixed_credit': 0.5}
    >>> vector_of('[0.5, 0.5]') is None
    True
    """
    if not isinstance(text, str) or not text:
        return None
    try:
        return {str(name): float(value) for name, value in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError):
        return None


def _probability(action: str, stated: float | None, text: str | None) -> float:
    if isinstance(text, str) and text:
        vector = vector_of(text)
        return float("nan") if vector is None else vector.get(action, float("nan"))
    return float("nan") if stated is None else float(stated)
