"""Who says what became of a customer: somebody who reported it, or the data from which it was derived.

A report stands above what was derived, whatever either says and whichever came first: whoever reports may
know of what the data lack. The derived one stays on record and is counted where it says otherwise. Among
reports the rules of `following` decide. Derived outcomes are known by their ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DERIVED", "Told", "is_derived", "prefer_reported"]

DERIVED = "derived_"
"""What the id of a derived outcome begins with; the decision's id follows."""


@dataclass(frozen=True, slots=True)
class Told:
    """Outcomes without derived ones of decisions that somebody reported on; how many derived ones are left,
    how many gave way, and how many of these say otherwise than the newest report."""

    outcomes: pd.DataFrame
    derived: int
    gave_way: int
    disagreed: int


def is_derived(outcome_ids: pd.Series[str]) -> pd.Series[bool]:
    """Which outcomes were derived from the data."""
    return outcome_ids.astype(str).str.startswith(DERIVED)


def prefer_reported(outcomes: pd.DataFrame) -> Told:
    """Leave out derived outcomes of decisions on which there is a report.

    outcomes: `outcome_id`, `decision_id`, `retained`; by time observed.

    >>> import pandas as pd
    >>> found = prefer_reported(pd.DataFrame({"outcome_id": ["O1", "derived_D1", "derived_D2"],
    ...     "decision_id": ["D1", "D1", "D2"], "retained": [True, False, True]}))
    >>> found.outcomes.outcome_id.tolist(), found.gave_way, found.disagreed
    (['O1', 'derived_D2'], 1, 1)
    """
    derived = is_derived(outcomes["outcome_id"])
    if not derived.any():
        return Told(outcomes, 0, 0, 0)
    reported = outcomes[~derived & outcomes["decision_id"].notna()]
    newest = reported.drop_duplicates("decision_id", keep="last").set_index("decision_id")["retained"]
    beaten = derived & outcomes["decision_id"].isin(newest.index)
    lost = outcomes[beaten]
    otherwise = lost["decision_id"].map(newest).astype(bool) != lost["retained"].astype(bool)
    return Told(
        outcomes[~beaten].reset_index(drop=True),
        int((derived & ~beaten).sum()),
        int(beaten.sum()),
        int(otherwise.sum()),
    )
