"""What is known, at a time, of whether customers stayed through a window after a start.

Retention is delayed (nobody knows it before the window ends) and censored (some windows have not ended). For
a unit with start s and window w, seen at time T:

1. **Verdict.** The first outcome observed at or after s + w (a day's slack) says whether the unit was
   retained. It does so whether it says yes or no, so that late reports cannot favour one of them.
2. **Early churn.** Else, if the newest outcome before that says that the customer left: churned, on the first
   day it was said.
3. **Contracts.** Else, where contracts are known: churned on the day the last of them ended within the
   window, or there until min(T, s + w).
4. **Silence.** Else the customer was last seen at the newest outcome, or at s. Whether silence after that
   means "still there" is for `silence` to say: `survived` where churn is reported when it happens, `unknown`
   where reports come at the end of the window only.

A verdict that dates no departure is dated by early reports or contracts where they know better.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from retinue.outcomes.sources import is_derived
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse import Warehouse

__all__ = ["SLACK_DAYS", "Silence", "contract_ends", "days_since", "follow", "prompt"]

Silence = Literal["survived", "unknown"]

SLACK_DAYS = 1.0
"""A report so shortly before the end of the window counts as one at its end: dates lack hours."""

_DAY = np.timedelta64(86_400_000_000, "us")


def contract_ends(warehouse: Warehouse, as_of: datetime) -> pd.Series[pd.Timestamp] | None:
    """When each customer's last contract ended as known at `as_of`: NaT while one runs; None without any."""
    import pandas as pd

    rows = warehouse.history("subscriptions", as_of).select("customer_id", "ended_at").execute()
    if rows.empty:
        return None
    rows["ended_at"] = pd.to_datetime(rows["ended_at"])
    grouped = rows.groupby("customer_id")["ended_at"]
    ends: pd.Series[pd.Timestamp] = grouped.max()
    running = rows["ended_at"].isna().groupby(rows["customer_id"]).any()
    return ends.mask(running)


def prompt(units: pd.DataFrame, seen: pd.DataFrame, *, window_days: float) -> bool:
    """Whether churn is reported when it happens: some report of it came before its window ended."""
    # what was derived from the data is no report
    ages = _ages(units, seen[~is_derived(seen["outcome_id"])])
    return bool((~ages["retained"] & (ages["age"] < window_days - SLACK_DAYS)).any())


def follow(
    units: pd.DataFrame,
    seen: pd.DataFrame,
    *,
    as_of: datetime,
    window_days: float,
    contracts: pd.Series[pd.Timestamp] | None = None,
    silence: Silence = "survived",
) -> pd.DataFrame:
    """What is known of each unit, row for row.

    Parameters
    ----------
    units: `unit` (any id, unique), `customer_id`, `start` (UTC without a zone).
    seen: outcomes of the units: `unit`, `outcome_id`, `retained`, `revenue`, `observed_at`.
    as_of: aware UTC; nothing later is in `seen`.
    contracts: from `contract_ends`.

    Returns `exposure_days` (0 to the window), `event` (left within the exposure), `complete` (the window's
    result is known), `retained` (1, 0; NaN while incomplete), `revenue` (of the outcome that decided, or the
    newest; NaN unknown) and `observed` (an outcome decided, not contracts or silence).

    >>> import pandas as pd
    >>> units = pd.DataFrame({"unit": ["a", "b"], "customer_id": ["C1", "C2"],
    ...                       "start": [pd.Timestamp("2026-01-01")] * 2})
    >>> seen = pd.DataFrame({"unit": ["a"], "outcome_id": ["O1"], "retained": [False], "revenue": [9.0],
    ...                      "observed_at": [pd.Timestamp("2026-01-21")]})
    >>> found = follow(units, seen, as_of=datetime(2026, 2, 1), window_days=90)
    >>> found[["exposure_days", "event", "complete"]].values.tolist()
    [[20.0, True, True], [31.0, False, False]]
    """
    import pandas as pd

    start = units["start"].to_numpy(dtype="datetime64[us]")
    left = _days(np.datetime64(utc_naive(as_of), "us") - start)
    horizon = np.clip(left, 0.0, window_days)
    ages = _ages(units, seen)
    late = ages["age"] >= window_days - SLACK_DAYS
    ordered = ages.sort_values(["age", "outcome_id"], kind="stable")
    # the first moment at which a verdict was given, and of reports of that same moment the last
    final = ordered[late.reindex(ordered.index)]
    first = final.groupby("unit")["age"].transform("min")
    verdict = final[final["age"] == first].drop_duplicates("unit", keep="last").set_index("unit")
    early = ordered[~late.reindex(ordered.index)]
    newest = early.drop_duplicates("unit", keep="last").set_index("unit")
    gone = early[~early["retained"]].drop_duplicates("unit", keep="first").set_index("unit")["age"]

    by = units["unit"]
    decided = by.isin(verdict.index).to_numpy()
    stayed = by.map(verdict["retained"]).eq(True).to_numpy()
    said_gone = ~decided & by.map(newest["retained"]).eq(False).to_numpy()
    gone_age = by.map(gone).to_numpy(dtype=np.float64)
    last_seen = np.nan_to_num(by.map(newest["age"]).to_numpy(dtype=np.float64), nan=0.0)

    known = np.zeros(len(units), dtype=bool)
    end_age = np.full(len(units), np.nan)
    if contracts is not None:
        known = units["customer_id"].isin(contracts.index).to_numpy()
        ends = units["customer_id"].map(contracts).to_numpy(dtype="datetime64[us]")
        end_age = np.where(np.isnat(ends), np.nan, _days(ends - start))
    ended = known & (end_age <= horizon)

    dated = np.where(np.isfinite(gone_age), gone_age, np.where(ended, end_age, window_days))
    by_contract = ~decided & ~said_gone & known
    quiet = last_seen if silence == "unknown" else np.maximum(last_seen, horizon)
    event = np.where(decided, ~stayed, said_gone | (by_contract & ended))
    exposure = np.select(
        [decided, said_gone, by_contract],
        [np.where(stayed, window_days, dated), gone_age, np.where(ended, end_age, horizon)],
        default=np.minimum(quiet, window_days),
    )
    complete = decided | said_gone | (by_contract & (ended | (left >= window_days)))
    revenue = by.map(verdict["revenue"]).where(decided, by.map(newest["revenue"]))
    return pd.DataFrame(
        {
            "exposure_days": np.clip(exposure, 0.0, window_days),
            "event": event.astype(bool),
            "complete": complete,
            "retained": np.where(complete, 1.0 - event, np.nan),
            "revenue": revenue.to_numpy(dtype=np.float64),
            "observed": decided | said_gone,
        },
        index=units.index,
    )


def days_since(
    moments: pd.Series[pd.Timestamp], key: pd.Series[Any], start: pd.Series[pd.Timestamp]
) -> NDArray[np.float64]:
    """Days from the start of each row's key to its moment; NaN where the key has none. No row, no days."""
    begun = start.reindex(key.to_numpy()).to_numpy(dtype="datetime64[us]")
    return _days(moments.to_numpy(dtype="datetime64[us]") - begun)


def _days(lengths: Any) -> NDArray[np.float64]:
    return np.asarray(lengths / _DAY, dtype=np.float64)


def _ages(units: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """Outcomes of the units with their `age` in days since the start; those before it are left out."""
    age = days_since(seen["observed_at"], seen["unit"], units.set_index("unit")["start"])
    found = seen.assign(age=age, retained=seen["retained"].astype(bool))
    return found[np.isfinite(age) & (age >= 0)]
