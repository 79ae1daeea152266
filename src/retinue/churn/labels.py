"""Churn as the business declares it: the state of each customer at each date, and what became of them.

In: the warehouse as known at `as_of`, and dates at or before it. Out: one row per customer and date.
Two definitions, H being `horizon_days` and G `grace_days`:

`inactivity`   churned when there is no purchase in (d, d + H + G]. A purchase is a transaction that
               succeeded; failed ones and refunds do not count.
`contractual`  churned when the last contract in force ends within (d, d + H] for one of `end_reasons`,
               nothing else is in force at that moment, and no contract starts within G days of it. A change
               of plan (one contract ends, the next starts) is therefore no churn.

At d a customer is `gone` (inactivity: no purchase within `active_within_days` before d; contractual: no
contract in force), else `too_new` (first purchase or contract less than `minimum_history_days` before d),
else `active`. Only the active are judged; when the window (d, d + H + G] is not over at `as_of`, the label
is censored and `churned` is NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from retinue.churn.contractual import contractual_facts, judge_contracts
from retinue.churn.inactivity import inactivity_facts, judge_inactivity
from retinue.churn.moments import NEVER_YET, column_of, epoch
from retinue.errors import UsageError
from retinue.settings import ChurnSettings
from retinue.warehouse import TABLES, Warehouse, utc_naive

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["COLUMNS", "Definition", "churn_labels", "resolve_definition"]

Definition = Literal["inactivity", "contractual"]

COLUMNS = ("customer_id", "as_of", "state", "churned", "days_to_churn", "duration_days", "observed")

_KNOWN_FROM = ("customers", "subscriptions", "transactions", "events", "tickets")


def resolve_definition(warehouse: Warehouse, settings: ChurnSettings) -> Definition:
    """The definition in force: `auto` is contractual when there is any subscription, else inactivity.

    Raises UsageError for `static`, which has no dates and is trained by `train_static`.
    """
    if settings.definition == "static":
        raise UsageError(
            "A static data set has no dates from which churn could be read.",
            where="churn.definition",
            fix="Give the churn column of the snapshot, or set the definition to inactivity or contractual.",
        )
    if settings.definition == "auto":
        return "contractual" if warehouse.count("subscriptions") else "inactivity"
    return settings.definition


def churn_labels(
    warehouse: Warehouse,
    dates: Sequence[datetime],
    *,
    settings: ChurnSettings,
    definition: Definition,
    as_of: datetime,
) -> pd.DataFrame:
    """The state and the outcome of every customer known at each date.

    Parameters
    ----------
    dates: moments (UTC), none after `as_of`; duplicates count once.
    as_of: what is known then is used, for all dates.

    Returns columns `customer_id`, `as_of` (naive UTC), `state` (`active`, `gone`, `too_new`), `churned`
    (1.0, 0.0; NaN when censored or not active), `days_to_churn` (days from the date to the churn, NaN unless
    `churned` is 1), and for the time-to-churn model `duration_days` with `observed` (1.0: churned after that
    many days; 0.0: had not churned for that many days). Sorted by date, then customer.

    The moment of churn is the end of the last contract, or the moment at which the silence since the last
    purchase has lasted H + G days (at least 0 days from the date).

    Raises UsageError when a date lies after `as_of`.
    """
    import pandas as pd

    limit = epoch(as_of)
    moments = sorted({epoch(date) for date in dates})
    if moments and moments[-1] > limit:
        raise UsageError(
            "A label was asked for a date after the time of the run.",
            where=f"dates up to {max(utc_naive(d) for d in dates)}, as of {utc_naive(as_of)}",
            fix="Give dates at or before as_of.",
        )
    gather = inactivity_facts if definition == "inactivity" else contractual_facts
    facts = gather(warehouse, moments, settings=settings, as_of=as_of)
    known = _first_seen(warehouse, as_of)
    joined = known.left_join(facts, known.customer_id == facts.customer_id)
    table = joined.select(
        known.customer_id, known.first_seen, *[facts[c] for c in facts.columns if c != "customer_id"]
    ).to_pyarrow()
    table = table.sort_by("customer_id")
    seen = column_of(table, "first_seen", NEVER_YET)
    names = table.column("customer_id").cast(pa.string())
    judge = judge_inactivity if definition == "inactivity" else judge_contracts
    parts: list[pd.DataFrame] = []
    for index, date in enumerate(moments):
        here = pa.array(seen <= date)
        part = judge(table.filter(here), index, date, limit, settings)
        part.insert(0, "customer_id", names.filter(here).to_pandas().astype("str").to_numpy())
        part.insert(1, "as_of", np.full(len(part), date, dtype="datetime64[us]"))
        parts.append(part)
    if not parts:
        empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in COLUMNS})
        return empty.astype({"customer_id": "str", "as_of": "datetime64[us]", "state": "str"})
    labels = pd.concat(parts, ignore_index=True)
    return labels.astype({"customer_id": "str", "state": "str"})[list(COLUMNS)]


def _first_seen(warehouse: Warehouse, as_of: datetime) -> ir.Table:
    """When each customer was first heard of: joined, or did anything at all."""
    import ibis

    happened = {declared.name: declared.happened for declared in TABLES}
    beginning = ibis.literal(datetime(1900, 1, 1), "timestamp")  # noqa: DTZ001 - stored without a zone
    seen = []
    for name in _KNOWN_FROM:
        rows = warehouse.history(name, as_of)
        rows = rows.filter(rows.customer_id.notnull())
        first = rows[happened[name]].min()
        # A customer without a date of joining has been known for ever.
        seen.append(rows.group_by("customer_id").agg(first_seen=ibis.coalesce(first, beginning)))
    everyone = ibis.union(*seen, distinct=False)
    return everyone.group_by("customer_id").agg(first_seen=everyone.first_seen.min())
