"""How long customers stayed: from their first contract to the end of the first stretch without a gap.

In: subscriptions as known at a time. Out: a row a customer. The end of a stretch is churn as `contractual`
has it; an end for a reason that does not count, and the time of asking, only end the following.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from retinue.churn.contractual import contracts, with_spells
from retinue.settings import ChurnSettings
from retinue.warehouse import Warehouse, utc_naive

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["stays"]


def stays(warehouse: Warehouse, settings: ChurnSettings, as_of: datetime) -> pd.DataFrame:
    """`customer_id`, `began` (UTC without a zone), `plan` (of the first contract), `days` (whole), `left`.

    Contracts that begin later than `as_of` are left out.
    """
    import ibis
    import pandas as pd

    moment = ibis.literal(utc_naive(as_of), "timestamp")
    found = with_spells(contracts(warehouse, as_of), settings)
    found = found.filter(found.spell == 1)
    rows: pd.DataFrame = (
        found.group_by("customer_id")
        .agg(
            began=found.started_at.min(),
            ends=ibis.ifelse(found.spell_ends.max() <= moment, found.spell_ends.max(), None),
            counts=found.spell_counts.max(),
        )
        .execute()
    )
    first = contracts(warehouse, as_of)
    first = first.group_by("customer_id").agg(plan=first.plan.argmin(first.started_at))
    rows = rows.merge(first.execute(), on="customer_id", how="left")
    now = pd.Timestamp(utc_naive(as_of))
    rows = rows[rows["began"] <= now].sort_values("customer_id", ignore_index=True)
    ended = rows["ends"].notna()
    last = rows["ends"].fillna(now)
    days = (last - rows["began"]).to_numpy("timedelta64[s]").astype("int64") // 86_400
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "began": rows["began"],
            "plan": rows["plan"],
            "days": np.maximum(days, 0),
            "left": (ended & rows["counts"].eq(1)).to_numpy(dtype=bool),
        }
    )
