"""What past offers did, against the customers who were left alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.outcomes.effects import Arm, Effect, effects

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["Arm", "Effect", "Incrementality", "compare_with_holdout"]

NONE = "none"


@dataclass(frozen=True, slots=True)
class Incrementality:
    """Retention per action, the effect of each incentive, and what was left out of the comparison."""

    arms: tuple[Arm, ...]
    effects: tuple[Effect, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "arms": [asdict(arm) for arm in self.arms],
            "effects": [asdict(effect) for effect in self.effects],
            "notes": list(self.notes),
        }


def compare_with_holdout(warehouse: Warehouse, as_of: datetime) -> Incrementality:
    """Compare retention after each incentive with retention after none, as known at `as_of`.

    Uses interventions that have an outcome and the probability of the action taken (`propensity`, or its
    entry in `propensities`); a held-out customer counts as `none`. The newest outcome of a decision counts.
    """
    logged = _logged(warehouse, as_of)
    notes = []
    without = int(logged["retained"].isna().sum())
    if without:
        notes.append(f"{without:,} interventions have no outcome yet and are left out.")
    seen = logged[logged["retained"].notna()]
    unusable = ~((seen["probability"] > 0) & (seen["probability"] <= 1))
    if unusable.any():
        notes.append(
            f"{int(unusable.sum()):,} interventions have no usable probability and are left out: "
            "without it a comparison would be of whom we chose, not of what we gave."
        )
    seen = seen[~unusable]
    if seen.empty:
        nothing = "There is no past intervention with an outcome to learn from."
        return Incrementality((), (), (*notes, nothing))
    arms, found = effects(
        seen["action"].to_numpy(dtype=str),
        seen["probability"].to_numpy(dtype=float),
        seen["retained"].to_numpy(dtype=float),
        NONE,
    )
    return Incrementality(tuple(arms), tuple(found), tuple(notes))


def _logged(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    actions = warehouse.history("interventions", as_of)
    actions = actions.select("decision_id", "incentive", "propensity", "propensities", "held_out").execute()
    outcomes = warehouse.history("outcomes", as_of)
    outcomes = outcomes.select("decision_id", "outcome_id", "retained", "observed_at").execute()
    newest = (
        outcomes.dropna(subset=["decision_id"])
        .sort_values(["decision_id", "observed_at", "outcome_id"])
        .drop_duplicates("decision_id", keep="last")
    )
    merged: pd.DataFrame = actions.merge(newest, on="decision_id", how="left").sort_values("decision_id")
    held_out = merged["held_out"].fillna(False).astype(bool)
    merged["action"] = merged["incentive"].where(~held_out, NONE)
    merged["probability"] = [
        _probability(action, stated, vector)
        for action, stated, vector in zip(
            merged["action"], merged["propensity"], merged["propensities"], strict=True
        )
    ]
    merged["retained"] = merged["retained"].astype("float64")
    return merged


def _probability(action: str, stated: float | None, vector: str | None) -> float:
    if isinstance(vector, str) and vector:
        try:
            return float(json.loads(vector).get(action, float("nan")))
        except (ValueError, AttributeError, TypeError):
            return float("nan")
    return float("nan") if stated is None else float(stated)
