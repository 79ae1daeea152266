"""How well two sets of scores rank the same customers, judged by what happened afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Ranking", "later_truth", "ranking"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Both sides on the customers that both scored and whose outcome is known.

    only_ours, only_theirs: customers that one side alone counted as active.
    models, differences: measures with intervals, as in `retinue.churn.evaluate`.
    """

    customers: int
    churned: int
    only_ours: int
    only_theirs: int
    models: dict[str, Any]
    difference: Any

    @property
    def agreed(self) -> float:
        """Share of the customers scored by either that both scored."""
        return self.customers / max(1, self.customers + self.only_ours + self.only_theirs)


def later_truth(workspace: Path, as_of: datetime, now: datetime) -> pd.DataFrame:
    """Who of the customers active at `as_of` had churned within the horizon, as known at `now`."""
    from retinue import Retinue
    from retinue.churn import churn_labels, resolve_definition

    with Retinue(workspace, clock=now) as retinue:
        churn = retinue.settings.churn
        definition = resolve_definition(retinue.warehouse, churn)
        labels = churn_labels(retinue.warehouse, [as_of], settings=churn, definition=definition, as_of=now)
    return labels.loc[labels["churned"].notna(), ["customer_id", "churned"]]


def ranking(ours: pd.DataFrame, theirs: pd.DataFrame, truth: pd.DataFrame, *, seed: int) -> Ranking:
    """Compare columns `churn_probability` by `customer_id` on the truth."""
    import numpy as np

    from retinue.churn.evaluate import compare

    mine, other = set(ours["customer_id"]), set(theirs["customer_id"])
    joined = truth.merge(ours[["customer_id", "churn_probability"]], on="customer_id")
    joined = joined.merge(
        theirs[["customer_id", "churn_probability"]], on="customer_id", suffixes=("_ours", "_theirs")
    )
    outcome = joined["churned"].to_numpy(dtype=float)
    chances = {
        "model": joined["churn_probability_ours"].to_numpy(dtype=float),
        "usual": joined["churn_probability_theirs"].to_numpy(dtype=float),
    }
    models, differences = compare(chances, outcome, np.arange(len(joined)), {}, seed=seed)
    return Ranking(
        customers=len(joined),
        churned=int(outcome.sum()),
        only_ours=len(mine - other),
        only_theirs=len(other - mine),
        models=models,
        difference=differences.get("usual"),
    )
