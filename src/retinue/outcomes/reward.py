"""Rewards as a learner may use them: delayed, censored, and corrected when more is known."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from retinue.outcomes.attribution import LATE_DAYS, attribute
from retinue.outcomes.following import Silence, contract_ends, follow, prompt
from retinue.outcomes.logged import logged_decisions, outcome_rows

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["COLUMNS", "rewards"]

COLUMNS = (
    "decision_id",
    "customer_id",
    "action",
    "propensity",
    "propensities",
    "executed_at",
    "exposure_days",
    "event",
    "complete",
    "revenue",
    "cost",
    "arm",
)


def rewards(
    warehouse: Warehouse, as_of: datetime, window_days: float, *, silence: Silence | None = None
) -> pd.DataFrame:
    """What is known of every decision at a time, as survival data: one row per decision, by id.

    Parameters
    ----------
    as_of: aware UTC; nothing that happened or was learned later is seen.
    window_days: retention is judged this long after a decision.
    silence: what it means that nothing was heard of a customer without contracts (`following`). Default:
        `survived` where the log shows that churn is reported before its window ends, else `unknown`.

    Returns the columns `COLUMNS`: `action` (`none` for the held out, so that no row speaks of an offer that
    was not made), `propensity` of the action taken (NaN unknown), `propensities` (JSON as logged),
    `executed_at` (UTC without a zone), `exposure_days` (0 to the window: so long the customer was watched),
    `event` (left within the exposure), `complete` (nothing more will be learned about the window), `revenue`
    since the decision and `cost` in the project's currency (revenue NaN unknown), `arm` (treatment, usual,
    holdout).

    A learner takes `event` and `exposure_days` as a right-censored survival time. "No churn yet" is then
    worth as much as the days it held, not a success; when a row becomes complete it replaces what was
    learned from it before.
    """
    decisions = logged_decisions(warehouse, as_of)
    outcomes = attribute(
        outcome_rows(warehouse, as_of, resolved=False), decisions, within_days=window_days + LATE_DAYS
    ).outcomes
    units = decisions[["customer_id"]].assign(unit=decisions["decision_id"], start=decisions["executed_at"])
    seen = outcomes.dropna(subset=["decision_id"]).assign(unit=lambda rows: rows["decision_id"])
    contracts = contract_ends(warehouse, as_of)
    if silence is None:
        silence = "survived" if prompt(units, seen, window_days=window_days) else "unknown"
    known = follow(units, seen, as_of=as_of, window_days=window_days, contracts=contracts, silence=silence)
    frame = decisions.drop(columns="propensity").rename(columns={"probability": "propensity"})
    frame = frame.assign(**{name: known[name] for name in ("exposure_days", "event", "complete", "revenue")})
    return frame[list(COLUMNS)]
