"""From decisions to observations: what was really done, how long it has been watched, and who has left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from retinue.campaigns.cancel_moment import CAMPAIGN_PREFIX
from retinue.incentives.catalogue import NONE
from retinue.outcomes.logged import logged_decisions, outcome_rows
from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["evidence", "interventions_of"]


def interventions_of(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    """What is on record as done by a time: decision_id, customer_id, incentive (`none` if held out),
    executed_at.

    Without what was decided at the cancel button: the probability there is not the daily one, and a response
    learned from both as if it were would be wrong for either.
    """
    frame = logged_decisions(warehouse, as_of)
    frame = frame[~frame["campaign_id"].str.startswith(CAMPAIGN_PREFIX, na=False)].reset_index(drop=True)
    frame["incentive"] = frame["action"]
    return frame[["decision_id", "customer_id", "incentive", "executed_at"]]


def evidence(
    decisions: pd.DataFrame, warehouse: Warehouse, as_of: datetime, *, horizon_days: float
) -> pd.DataFrame:
    """The decisions that say something about the response, with `incentive`, `exposure` and `left`.

    decisions: the columns of `log.COLUMNS` and others, which are passed on.

    * What an intervention on record says was done counts. An offer that waited for a person counts only if
      there is such a record or an outcome. A decision about somebody under an earlier offer says nothing of
      its own action and is left out.
    * The newest outcome of a decision tells whether the customer left; a retained one has been watched up to
      `observed_at`. Without an outcome the contracts tell: who has none that runs has left when the last one
      ended. Where there are neither, the decision is left out.

    exposure: the share of `horizon_days` for which the decision was watched, in (0, 1].
    """
    import numpy as np
    import pandas as pd

    done = interventions_of(warehouse, as_of).set_index("decision_id")
    told = _outcomes(warehouse, as_of)
    frame = decisions[~decisions["under_offer"].astype(bool)].reset_index(drop=True)
    frame = frame.merge(told, on="decision_id", how="left").merge(
        _contracts(warehouse, as_of), on="customer_id", how="left"
    )
    recorded = frame["decision_id"].isin(done.index)
    real = done["incentive"].reindex(frame["decision_id"]).to_numpy()
    frame["incentive"] = np.where(recorded, real, frame["incentive"])
    known = frame["retained"].notna()
    counts = recorded | known | frame["sent"].astype(bool) | (frame["incentive"] == NONE)
    now = pd.Timestamp(utc_naive(as_of))
    start = frame["decided_at"]
    age = (now - start).dt.total_seconds() / 86_400
    watched = (frame["observed_at"] - start).dt.total_seconds() / 86_400
    ended = (frame["ended_at"] - start).dt.total_seconds() / 86_400
    contracts = frame["has_contract"].fillna(False).astype(bool)
    stayed = frame["retained"].eq(True)
    by_contract = (ended <= np.minimum(age, horizon_days)) & contracts
    frame["left"] = np.where(known, ~stayed, by_contract)
    span = np.where(known & stayed, watched, np.minimum(age, horizon_days))
    frame["exposure"] = np.clip(span / horizon_days, 0.0, 1.0)
    usable = counts & (known | contracts) & (frame["exposure"] > 0)
    drop = ["retained", "observed_at", "ended_at", "has_contract"]
    return frame[usable].drop(columns=drop).reset_index(drop=True)


def _outcomes(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    """The newest outcome of each decision."""
    newest = outcome_rows(warehouse, as_of).dropna(subset=["decision_id"])
    newest = newest.drop_duplicates("decision_id", keep="last")
    return newest[["decision_id", "retained", "observed_at"]].reset_index(drop=True)


def _contracts(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    """Customers with contracts, and when the last one ended; null while one runs."""
    import ibis

    moment = ibis.literal(utc_naive(as_of), "timestamp")
    rows = warehouse.history("subscriptions", as_of)
    runs = rows.ended_at.isnull() | (rows.ended_at > moment)
    found = rows.group_by("customer_id").aggregate(
        running=runs.cast("int32").sum(), ended_at=rows.ended_at.max()
    )
    frame: pd.DataFrame = found.to_pyarrow().to_pandas()
    frame["ended_at"] = frame["ended_at"].where(frame.pop("running") == 0)
    return frame.assign(has_contract=True)
