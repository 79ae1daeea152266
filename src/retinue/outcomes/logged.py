"""The log of what was done: one row per decision, with the probability of what was done, as known at a time.

Everything that judges past actions reads them here. Conventions of the table `interventions`:

* a **held-out** decision is the action `none` at cost 0, whatever incentive its row names: nobody learns
  about an offer from a customer who did not get it;
* a row whose `policy_version` is `usual` was done by the company as it did before (`USUAL_POLICY`);
* `propensities` is the whole vector as a JSON object; without it, `propensity` is that of the action taken;
* a row whose `policy_version` begins with `reviewed:` was proposed to a person: the vector tells how the arms
  were drawn, but what was done in the end is that person's choice, and has no known probability.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retinue.decisions.arms import HOLDOUT, TREATMENT, USUAL
from retinue.incentives.catalogue import NONE
from retinue.outcomes.sources import prefer_reported

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = [
    "REVIEWED",
    "UNDELIVERED",
    "USUAL_POLICY",
    "logged_decisions",
    "outcome_rows",
    "probability_matrix",
    "vector_of",
    "with_newest_outcome",
]

USUAL_POLICY = "usual"
"""`policy_version` of what the company did as it did before."""

REVIEWED = "reviewed:"
"""How the `policy_version` begins of what a person decided on."""

UNDELIVERED = "undelivered:"
"""How it begins of an offer that was drawn and could not be made."""

_COLUMNS = (
    "decision_id",
    "customer_id",
    "campaign_id",
    "incentive",
    "cost",
    "propensities",
    "propensity",
    "policy_version",
    "held_out",
    "executed_at",
)


def logged_decisions(
    warehouse: Warehouse, as_of: datetime, *, campaign_id: str | None = None
) -> pd.DataFrame:
    """Every decision (of a campaign) known at `as_of` (aware UTC), by decision id.

    Columns: those of the table `interventions`, with `action` (what was really done: `none` for the held
    out), `cost` (0 for `none`, in the project's currency), `probability` (of the action taken; NaN unknown),
    `arm` (treatment, usual, holdout) and `executed_at` (UTC without a zone).
    """
    import pandas as pd

    rows = warehouse.history("interventions", as_of)
    if campaign_id is not None:
        rows = rows.filter(rows.campaign_id == campaign_id)
    frame: pd.DataFrame = rows.select(*_COLUMNS).execute()
    frame = frame.sort_values("decision_id", ignore_index=True)
    held_out = frame["held_out"].fillna(False).astype(bool)
    frame["held_out"] = held_out
    frame["action"] = frame["incentive"].where(~held_out, NONE).fillna(NONE)
    cost = pd.to_numeric(frame["cost"], errors="coerce").astype("float64").fillna(0.0)
    frame["cost"] = cost.where(frame["action"] != NONE, 0.0)
    usual = frame["policy_version"].eq(USUAL_POLICY).fillna(False).astype(bool)
    frame["arm"] = np.where(held_out, HOLDOUT, np.where(usual, USUAL, TREATMENT))
    frame["executed_at"] = pd.to_datetime(frame["executed_at"])
    chosen = (
        frame["policy_version"]
        .astype("string")
        .str.startswith((REVIEWED, UNDELIVERED))
        .fillna(False)
        .astype(bool)
    )
    frame["probability"] = np.where(chosen, np.nan, _probability(frame))
    return frame


def outcome_rows(warehouse: Warehouse, as_of: datetime, *, resolved: bool = True) -> pd.DataFrame:
    """Every outcome known at `as_of`: outcome_id, decision_id, customer_id, retained (bool), revenue,
    observed_at; by time observed, then id.

    resolved: without derived outcomes of decisions that somebody reported on (`sources.prefer_reported`).
    """
    import pandas as pd

    names = ("outcome_id", "decision_id", "customer_id", "retained", "revenue", "observed_at")
    frame: pd.DataFrame = warehouse.history("outcomes", as_of).select(*names).execute()
    frame["revenue"] = pd.to_numeric(frame["revenue"], errors="coerce").astype("float64")
    frame["observed_at"] = pd.to_datetime(frame["observed_at"])
    frame["retained"] = frame["retained"].astype(bool)
    frame = frame.sort_values(["observed_at", "outcome_id"], ignore_index=True)
    return prefer_reported(frame).outcomes if resolved else frame


def with_newest_outcome(decisions: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """The decisions with the newest outcome naming each: `retained` (1, 0, NaN: nothing known), `revenue`,
    `observed_at`."""
    newest = (
        outcomes.dropna(subset=["decision_id"])
        .sort_values(["decision_id", "observed_at", "outcome_id"])
        .drop_duplicates("decision_id", keep="last")[
            ["decision_id", "outcome_id", "retained", "revenue", "observed_at"]
        ]
    )
    merged: pd.DataFrame = decisions.merge(newest, on="decision_id", how="left")
    merged["retained"] = merged["retained"].astype("float64")
    return merged


def probability_matrix(decisions: pd.DataFrame, actions: list[str]) -> NDArray[np.float64]:
    """The logged probability of each of the actions (n x k); 0 where the vector does not name it.

    NaN where there is no readable vector and the action is not the one taken.

    >>> import pandas as pd
    >>> log = pd.DataFrame({"propensities": ['{"none": 0.2, "fixed_credit": 0.8}', None],
    ...                     "propensity": [None, 0.3], "action": ["none", "none"]})
    >>> probability_matrix(log, ["none", "fixed_credit"]).tolist()
    [[0.2, 0.8], [0.3, nan]]
    """
    import pandas as pd

    codes, texts = pd.factorize(decisions["propensities"])
    known = np.array([_vector(text, actions) for text in texts]).reshape(len(texts), len(actions))
    matrix = np.full((len(decisions), len(actions)), np.nan)
    matrix[codes >= 0] = known[codes[codes >= 0]]
    stated = pd.to_numeric(decisions["propensity"], errors="coerce").to_numpy(dtype=np.float64)
    taken = decisions["action"].to_numpy(dtype=object)
    for column, action in enumerate(actions):
        rows = (codes < 0) & (taken == action)
        matrix[rows, column] = stated[rows]
    return matrix


def _probability(frame: pd.DataFrame) -> NDArray[np.float64]:
    actions = sorted(set(frame["action"].tolist()))
    if not actions:
        return np.zeros(0)
    matrix = probability_matrix(frame, actions)
    column = {name: index for index, name in enumerate(actions)}
    taken = np.array([column[name] for name in frame["action"].tolist()], dtype=np.intp)
    found = matrix[np.arange(len(frame)), taken]
    return np.where((found > 0) & (found <= 1), found, np.nan)


def vector_of(text: object) -> dict[str, float] | None:
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


def _vector(text: object, actions: list[str]) -> list[float]:
    """The probabilities in a JSON object; NaN for all when it cannot be read."""
    vector = vector_of(text)
    if vector is None:
        return [float("nan")] * len(actions)
    return [vector.get(action, 0.0) for action in actions]
