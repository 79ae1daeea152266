"""Interventions that Retinue did not decide: a pilot, or what the business did before.

Their customers' risk is scored as of the time of the action, from what was known then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retinue.features import build_snapshots, read_frame
from retinue.features.attributes import attributes
from retinue.incentives.response.known import known_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from retinue.settings import FeatureSettings
    from retinue.warehouse import Warehouse

__all__ = ["MOST_DATES", "past_decisions"]

MOST_DATES = 24
"""Days that are looked back to, the newest first; each costs a look at the features of its customers."""


def past_decisions(
    done: pd.DataFrame,
    warehouse: Warehouse,
    folder: Path,
    *,
    settings: FeatureSettings,
    score: Callable[[pd.DataFrame], np.ndarray],
    revenue: Callable[[pd.DataFrame], np.ndarray],
) -> pd.DataFrame:
    """The interventions as decisions: the columns of `log.COLUMNS`, and what was known of the customer.

    done: decision_id, customer_id, incentive, executed_at. score, revenue: P(leaves) and monthly revenue of
    the rows of a frame of features. An action is seen from the midnight before it, so that what it set off
    is not taken for what led to it.
    """
    import pandas as pd

    if done.empty:
        return pd.DataFrame()
    day = done["executed_at"].dt.floor("D")
    newest = sorted(day.unique())[-MOST_DATES:]
    done = done.assign(as_of=day)[day.isin(newest)]
    build_snapshots(
        warehouse,
        [pd.Timestamp(d).to_pydatetime() for d in newest],
        folder / "past.parquet",
        settings=settings,
        customers=sorted(done["customer_id"].unique()),
    )
    profiles = read_frame(folder / "past.parquet")
    found = done.merge(profiles, on=["customer_id", "as_of"], how="inner")
    parts = []
    for moment, rows in found.groupby("as_of", sort=True):
        at: datetime = pd.Timestamp(str(moment)).to_pydatetime()
        who = attributes(warehouse, at, customers=sorted(rows["customer_id"].unique()))
        parts.append(rows.merge(who, on="customer_id", how="left"))
    if not parts:
        return pd.DataFrame()
    frame = pd.concat(parts, ignore_index=True)
    decisions = pd.DataFrame(
        {
            "decision_id": frame["decision_id"],
            "customer_id": frame["customer_id"],
            "decided_at": frame["executed_at"],
            "incentive": frame["incentive"],
            "risk": score(frame),
            "held_out": False,
            "under_offer": False,
            "sent": True,
        }
    )
    known = known_of(frame, revenue(frame))
    return pd.concat([decisions, known.reset_index(drop=True)], axis=1)
