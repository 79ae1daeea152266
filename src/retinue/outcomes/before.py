"""What was known of a customer before the experiment: covariates that narrow the intervals, and values.

Only what was known at the entry may be used: payments before it (as learned by then), and the churn
probability and the value that the decision itself was made with, from the campaign that made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retinue.outcomes.following import days_since

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["campaign_facts", "covariates", "payments"]


def payments(warehouse: Warehouse, as_of: datetime, customers: Sequence[str]) -> pd.DataFrame:
    """Payments of some customers known at `as_of`: `customer_id`, `amount` (refunds negative), `date`,
    `recorded_at`.

    A refund stated as a positive amount counts as negative; failed payments are left out.
    """
    import ibis
    import pandas as pd

    names = ("customer_id", "amount", "status", "date", "recorded_at")
    wanted = ibis.memtable(
        pd.DataFrame({"customer_id": pd.Series(list(customers), dtype="object")}),
        schema=ibis.schema({"customer_id": "string"}),
    )
    known = warehouse.history("transactions", as_of).select(*names)
    rows: pd.DataFrame = known.semi_join(wanted, "customer_id").execute()
    amount = pd.to_numeric(rows["amount"], errors="coerce").astype("float64")
    status = rows["status"].fillna("succeeded")
    rows["amount"] = np.where(status == "refunded", -amount.abs(), amount)
    for name in ("date", "recorded_at"):
        rows[name] = pd.to_datetime(rows[name])
    kept: pd.DataFrame = rows.loc[status != "failed", ["customer_id", "amount", "date", "recorded_at"]]
    return kept


def campaign_facts(files: Iterable[Path]) -> pd.DataFrame:
    """`churn_probability`, `clv`, `value_tier` and `segment` of every decision in these campaign files,
    indexed by decision id.

    Files that cannot be read are passed over: they are a help, not a need.
    """
    import pandas as pd

    rows: dict[str, tuple[Any, ...]] = {}
    for file in sorted(files):
        try:
            actions = json.loads(file.read_bytes())["actions"]
            rows |= {
                a["decision_id"]: (a["churn_probability"], a["clv"], a.get("value_tier"), a.get("segment"))
                for a in actions
            }
        except (OSError, ValueError, KeyError, TypeError):
            continue
    names = ["churn_probability", "clv", "value_tier", "segment"]
    found = pd.DataFrame(list(rows.values()), index=pd.Index(list(rows), dtype=object), columns=names)
    return found.astype({"churn_probability": "float64", "clv": "float64"})


def covariates(
    units: pd.DataFrame,
    paid: pd.DataFrame | None,
    facts: pd.DataFrame | None,
    *,
    window_days: float,
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Covariates of the units (n x p; NaN unknown) and their names; None where nothing is known.

    `revenue_before`: paid in the window before the entry, as known at the entry. `churn_probability`: of the
    decision with which the customer entered.
    """
    columns, names = [], []
    if paid is not None and len(paid):
        rows = paid[paid["customer_id"].isin(units["customer_id"])]
        start = units.drop_duplicates("customer_id").set_index("customer_id")["start"]
        age = -days_since(rows["date"], rows["customer_id"], start)
        known = days_since(rows["recorded_at"], rows["customer_id"], start) <= 0
        inside = rows[(age >= 0) & (age < window_days) & known]
        sums = units["customer_id"].map(inside.groupby("customer_id")["amount"].sum()).fillna(0.0)
        columns.append(sums.to_numpy(dtype=np.float64))
        names.append("revenue_before")
    if facts is not None and len(facts):
        risk = units["decision_id"].map(facts["churn_probability"]).to_numpy(dtype=np.float64)
        if np.isfinite(risk).any():
            columns.append(risk)
            names.append("churn_probability")
    return (np.stack(columns, axis=1) if columns else None), names
