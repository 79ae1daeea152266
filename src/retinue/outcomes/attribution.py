"""Which decision an outcome belongs to.

An outcome that names a decision of its own customer belongs to that decision, however late it comes. One that
names none belongs to the **last decision on the customer executed before it was observed, at most N days
before**. Where two decisions were executed at the very same time, the one that made an offer goes first, and
among several of those the one with the greatest decision id: a rule without sense, but the same every time;
such outcomes are counted as ambiguous. An outcome that names a decision nobody knows, or one of another
customer, belongs to none: it is counted, and used for what it says about the customer only.

Attribution is worked out when it is read and never stored, so a decision that is logged late finds its
outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retinue.incentives.catalogue import NONE
from retinue.outcomes.sources import prefer_reported

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LATE_DAYS", "Attributed", "attribute"]

LATE_DAYS = 30
"""How many days after the window's end an outcome without a decision may still be meant for it."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """Outcomes with `decision_id` filled in where a decision was found (null elsewhere), and how it went."""

    outcomes: pd.DataFrame
    named: int
    found: int
    ambiguous: int
    unknown: int
    derived: int = 0
    gave_way: int = 0
    disagreed: int = 0

    def notes(self) -> list[str]:
        """What a reader should know, in sentences."""
        said = []
        if self.found:
            said.append(f"{self.found:,} outcomes named no decision and went to the last one before them.")
        if self.ambiguous:
            said.append(f"{self.ambiguous:,} of them stood between decisions of the same moment.")
        if self.unknown:
            said.append(f"{self.unknown:,} outcomes belong to no known decision.")
        if self.derived:
            said.append(f"{self.derived:,} outcomes were derived from contracts and payments.")
        if self.gave_way:
            said.append(
                f"{self.gave_way:,} derived outcomes gave way to reported ones, of which {self.disagreed:,} "
                "say otherwise."
            )
        return said


def attribute(outcomes: pd.DataFrame, decisions: pd.DataFrame, *, within_days: float) -> Attributed:
    """Give each outcome its decision.

    Parameters
    ----------
    outcomes: rows as from `logged.outcome_rows`.
    decisions: rows as from `logged.logged_decisions`.
    within_days: N of the rule above; usually the window and `LATE_DAYS`.

    >>> import pandas as pd
    >>> day = pd.Timestamp("2026-01-01")
    >>> decisions = pd.DataFrame({"decision_id": ["D1", "D2"], "customer_id": ["C1", "C1"],
    ...     "action": ["none", "fixed_credit"], "executed_at": [day, day + pd.Timedelta(days=10)]})
    >>> outcomes = pd.DataFrame({"outcome_id": ["O1", "O2"], "decision_id": [None, None],
    ...     "customer_id": ["C1", "C1"], "retained": [True, True], "revenue": [1.0, 1.0],
    ...     "observed_at": [day + pd.Timedelta(days=9), day + pd.Timedelta(days=99)]})
    >>> attribute(outcomes, decisions, within_days=120).outcomes.decision_id.tolist()
    ['D1', 'D2']
    """
    import pandas as pd

    owner = decisions.set_index("decision_id")["customer_id"]
    stated = outcomes["decision_id"].notna()
    holder = outcomes["decision_id"].map(owner)
    named = stated & holder.eq(outcomes["customer_id"]).fillna(False)
    result = outcomes.copy()
    result["decision_id"] = outcomes["decision_id"].where(named)
    open_rows = outcomes.loc[~stated, ["customer_id", "observed_at"]].reset_index()
    open_rows = open_rows.sort_values("observed_at", kind="stable")
    marked = decisions[["decision_id", "customer_id", "executed_at"]].assign(
        offer=decisions["action"].ne(NONE)
    )
    marked = marked.sort_values(["executed_at", "offer", "decision_id"], kind="stable")
    marked["ties"] = marked.duplicated(["customer_id", "executed_at"], keep=False)
    found = pd.merge_asof(
        open_rows.astype({"customer_id": object}),
        marked.astype({"customer_id": object}),
        left_on="observed_at",
        right_on="executed_at",
        by="customer_id",
        allow_exact_matches=False,
        tolerance=pd.Timedelta(days=within_days),
    )
    hit = found["decision_id"].notna()
    result.loc[found.loc[hit, "index"], "decision_id"] = found.loc[hit, "decision_id"].to_numpy()
    told = prefer_reported(result)
    return Attributed(
        outcomes=told.outcomes,
        named=int(named.sum()),
        found=int(hit.sum()),
        ambiguous=int(found["ties"].eq(True).sum()),
        unknown=int((stated & ~named).sum() + (~hit).sum()),
        derived=told.derived,
        gave_way=told.gave_way,
        disagreed=told.disagreed,
    )
