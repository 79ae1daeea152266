"""The log of the warehouse: past interventions with their probabilities and outcomes, as known at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from retinue.errors import NotEnoughData, UsageError
from retinue.learning.off_policy.logged import SUM_TOLERANCE, Logged, Matrix
from retinue.outcomes.logged import logged_decisions, outcome_rows, vector_of, with_newest_outcome

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["from_warehouse"]


def from_warehouse(
    warehouse: Warehouse,
    as_of: datetime,
    actions: Sequence[str],
    *,
    reward: Literal["retained", "net"] = "retained",
    reward_bounds: tuple[float, float] | None = None,
    horizon_days: int | None = None,
) -> Logged:
    """The decisions that can be learned from, as known at `as_of` (UTC).

    Parameters
    ----------
    actions: the catalogue's actions, doing nothing first (`Catalogue.actions`). An action that was taken and
        is no longer among them is added at the end, where a new policy gives it the probability 0.
    reward: `retained` is 1 or 0; `net` is revenue - cost in the project's currency.
    reward_bounds: the least and greatest possible net amount, where there are such.
    horizon_days: only decisions at least this old count. Without it, where leavers become known sooner than
        stayers, young decisions look worse than they are.

    Returns
    -------
    A `Logged` whose `ids` are decision ids (rows ordered by them), whose clusters are customers, and whose
    `notes` say how many decisions were left out and why. `missing` is the share of old enough decisions
    without an outcome; None without `horizon_days`.

    Raises
    ------
    NotEnoughData when no decision has a probability and an outcome; UsageError for an unknown reward.
    """
    if reward not in ("retained", "net"):
        raise UsageError(f"Unknown reward '{reward}'.", where="reward", fix="Choose retained or net.")
    rows = with_newest_outcome(logged_decisions(warehouse, as_of), outcome_rows(warehouse, as_of))
    notes = list[str]()
    if horizon_days is not None:
        latest = as_of.replace(tzinfo=None) - timedelta(days=horizon_days)
        rows = _only(
            rows,
            rows["executed_at"] <= latest,
            notes,
            f"are younger than {horizon_days} days and are left out",
        )
    rows["reward"] = rows["retained"] if reward == "retained" else rows["revenue"] - rows["cost"]
    old_enough = len(rows)
    rows = _only(rows, rows["retained"].notna(), notes, "have no outcome yet and are left out")
    missing = None if horizon_days is None or not old_enough else 1.0 - len(rows) / old_enough
    rows = _only(rows, rows["reward"].notna(), notes, "have no known revenue or cost and are left out")
    usable = (rows["probability"] > 0) & (rows["probability"] <= 1)
    rows = _only(rows, usable, notes, "have no usable probability of what was done and are left out")
    retired = sorted(set(rows["action"]) - set(actions))
    if retired:
        notes.append(f"No longer in the catalogue, and never chosen by a new policy: {', '.join(retired)}.")
    names = (*actions, *retired)
    matrix, sound = _vectors(rows, names)
    rows = _only(rows, sound, notes, "have probabilities that do not sum to 1 and are left out")
    matrix = matrix[sound]
    if rows.empty:
        raise NotEnoughData(
            "There is no past decision with a probability and an outcome. " + " ".join(notes),
            where="tables interventions and outcomes",
            fix="Log the probability of every action, and load the outcomes of past decisions.",
        )
    return Logged.of(
        rows["action"].to_numpy(dtype=object),
        rows["reward"].to_numpy(dtype=float),
        propensity=rows["probability"].to_numpy(dtype=float),
        propensities=None if np.isnan(matrix).all() else matrix,
        actions=names,
        cluster=rows["customer_id"].to_numpy(dtype=object),
        reward_bounds=(0.0, 1.0) if reward == "retained" else reward_bounds,
        ids=rows["decision_id"].to_numpy(dtype=object),
        per_week=_per_week(rows),
        missing=missing,
        notes=notes,
    )


def _only(rows: pd.DataFrame, keep: npt.ArrayLike, notes: list[str], why: str) -> pd.DataFrame:
    kept = rows[np.asarray(keep, dtype=bool)]
    if len(kept) < len(rows):
        notes.append(f"{len(rows) - len(kept):,} decisions {why}.")
    return kept.copy()


def _vectors(rows: pd.DataFrame, names: tuple[str, ...]) -> tuple[Matrix, npt.NDArray[np.bool_]]:
    """The probability of each named action, NaN rows where none was logged; and which rows are sound.

    Most logs repeat few distinct vectors, so each text is read once.
    """
    import pandas as pd

    codes, texts = pd.factorize(rows["propensities"])
    read = np.full((len(texts) + 1, len(names)), np.nan)  # the last row stands for a missing text
    sound = np.ones(len(texts) + 1, dtype=bool)
    for i, text in enumerate(texts):
        vector = vector_of(text)
        if vector is not None:
            read[i] = [vector.get(name, 0.0) for name in names]
            # What an action outside the list had is lost: then the row cannot be used whole.
            sound[i] = (read[i] >= 0).all() and abs(read[i].sum() - 1.0) <= SUM_TOLERANCE
    return read[codes], sound[codes]


def _per_week(rows: pd.DataFrame) -> float | None:
    times = rows["executed_at"]
    weeks = (times.max() - times.min()).total_seconds() / (7 * 86_400)
    return None if weeks < 1 else len(rows) / weeks
