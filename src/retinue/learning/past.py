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

__all__ = ["MOST_DATES", "PAST", "past_customers", "past_decisions", "past_rows"]

PAST = "past.parquet"
MOST_DATES = 24
"""Days that are looked back to, the newest first; each costs a look at the features of its customers."""


def past_rows(done: pd.DataFrame) -> pd.DataFrame:
    """The interventions that are looked back to, each with the midnight (`as_of`) it is seen from.

    done: decision_id, customer_id, incentive, executed_at. What an action set off is not taken for what led
    to it, as it is seen from the midnight before it.
    """
    day = done["executed_at"].dt.floor("D")
    newest = sorted(day.unique())[-MOST_DATES:]
    found: pd.DataFrame = done.assign(as_of=day)[day.isin(newest)].reset_index(drop=True)
    return found


def past_customers(
    done: pd.DataFrame, warehouse: Warehouse, folder: Path, *, settings: FeatureSettings
) -> Path:
    """Write who the customers of past interventions were then: features and attributes, a row for each.

    done: as `past_rows` gives it, at least one row. What was known at a time does not change any more, so the
    file is good for as long as the interventions are the same.
    """
    import pandas as pd

    build_snapshots(
        warehouse,
        [pd.Timestamp(d).to_pydatetime() for d in sorted(done["as_of"].unique())],
        folder / "snapshots.parquet",
        settings=settings,
        customers=sorted(done["customer_id"].unique()),
    )
    found = done.merge(read_frame(folder / "snapshots.parquet"), on=["customer_id", "as_of"], how="inner")
    (folder / "snapshots.parquet").unlink()
    parts = [found.iloc[:0]]
    for moment, rows in found.groupby("as_of", sort=True):
        at: datetime = pd.Timestamp(str(moment)).to_pydatetime()
        who = attributes(warehouse, at, customers=sorted(rows["customer_id"].unique()))
        parts.append(rows.merge(who, on="customer_id", how="left"))
    out = folder / PAST
    pd.concat(parts, ignore_index=True).to_parquet(out, index=False)
    return out


def past_decisions(
    frame: pd.DataFrame,
    *,
    score: Callable[[pd.DataFrame], np.ndarray],
    revenue: Callable[[pd.DataFrame], np.ndarray],
) -> pd.DataFrame:
    """The interventions as decisions: the columns of `log.COLUMNS`, and what was known of the customer.

    frame: as `past_customers` wrote it. score, revenue: P(leaves) and monthly revenue of the rows of a frame
    of features.
    """
    import pandas as pd

    if frame.empty:
        return pd.DataFrame()
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
