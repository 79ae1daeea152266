"""Purchase histories straight from transactions: x, t_x, T and amounts, in days.

The features of the same names mean the same; this is the short way for a holdout evaluation, where the
histories end at a calibration date.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from retinue.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["purchase_days", "purchase_histories", "succeeded_transactions"]


def succeeded_transactions(warehouse: Warehouse, as_of: datetime) -> pd.DataFrame:
    """Succeeded transactions as known at `as_of`: customer_id, date (naive UTC), amount (float).

    A missing status is read as succeeded; refunds and failures are left out, amounts of zero are kept.
    """
    rows = warehouse.history("transactions", as_of)
    rows = rows.filter(rows.status.fill_null("succeeded") == "succeeded", rows.amount >= 0)
    rows = rows.select("transaction_id", "customer_id", "date", amount=rows.amount.cast("float64"))
    frame: pd.DataFrame = rows.order_by("customer_id", "date", "transaction_id").to_pyarrow().to_pandas()
    return frame[["customer_id", "date", "amount"]]


def purchase_days(transactions: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and UTC day with a purchase: customer_id, day (since 1970), amount of the day.

    Several transactions of one day are one purchase, as in Fader & Hardie's CDNOW data.
    """
    import pandas as pd

    missing = {"customer_id", "date", "amount"} - set(transactions.columns)
    if missing:
        raise DataError(
            f"Transactions lack {', '.join(sorted(missing))}.",
            where="clv",
            fix="Pass columns customer_id, date, amount.",
        )
    moment = pd.to_datetime(transactions["date"]).to_numpy().astype("datetime64[D]").astype(np.int64)
    rows = pd.DataFrame(
        {
            "customer_id": transactions["customer_id"].to_numpy(),
            "day": moment,
            "amount": transactions["amount"].to_numpy(dtype=np.float64),
        }
    )
    days: pd.DataFrame = rows.groupby(["customer_id", "day"], sort=True)["amount"].sum().reset_index()
    return days


def purchase_histories(transactions: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Histories up to `as_of` (its whole UTC day counts), one row per buyer, sorted by customer.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount": [10.0, 30.0, 5.0],
    ...                      "date": pd.to_datetime(["2026-01-01", "2026-01-11", "2026-01-05"])})
    >>> purchase_histories(rows, datetime(2026, 1, 21)).iloc[0, 1:].astype(float).tolist()
    [1.0, 10.0, 20.0, 30.0, 20.0]
    """
    import pandas as pd

    last = int(np.datetime64(as_of.replace(tzinfo=None), "D").astype(np.int64))
    days = purchase_days(transactions)
    days = days[days["day"] <= last]
    grouped = days.groupby("customer_id", sort=True)
    first = grouped["day"].min()
    count = grouped.size().to_numpy(dtype=np.float64)
    total = grouped["amount"].sum().to_numpy(dtype=np.float64)
    opening = days[days["day"].to_numpy() == first.reindex(days["customer_id"]).to_numpy()]
    later = total - opening.set_index("customer_id")["amount"].reindex(first.index).to_numpy(dtype=np.float64)
    repeat = count - 1.0
    begin = first.to_numpy(dtype=np.float64)
    return pd.DataFrame(
        {
            "customer_id": first.index.to_numpy(),
            "repeat_purchase_days": repeat,
            "purchase_span_days": grouped["day"].max().to_numpy(dtype=np.float64) - begin,
            "purchase_age_days": last - begin,
            "mean_repeat_value": np.where(repeat > 0, later / np.maximum(repeat, 1.0), np.nan),
            "mean_purchase_value": total / count,
        }
    )
