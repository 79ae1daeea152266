"""What past offers did, against the customers who were left alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.incentives.catalogue import NONE
from retinue.outcomes.effects import Arm, Effect, effects
from retinue.outcomes.logged import logged_decisions, outcome_rows, with_newest_outcome

if TYPE_CHECKING:
    from retinue.warehouse import Warehouse

__all__ = ["Arm", "Effect", "Incrementality", "compare_with_holdout"]


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
    known = with_newest_outcome(logged_decisions(warehouse, as_of), outcome_rows(warehouse, as_of))
    notes = []
    without = int(known["retained"].isna().sum())
    if without:
        notes.append(f"{without:,} interventions have no outcome yet and are left out.")
    seen = known[known["retained"].notna()]
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
