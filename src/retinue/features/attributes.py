"""What kind of customer somebody is: attributes in words, as known at a time.

The features are numbers for the churn model; these are names, for the question whom an offer persuades. They
come from the customers' own row (country, tier, channel and every plain entry of `demographic_data`), the
running contract (plan) and the latest payment (method).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.warehouse.base import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.warehouse.base import Warehouse

__all__ = ["PREFIX", "attributes"]

PREFIX = "attribute_"
_OWN = ("country", "current_tier", "acquisition_channel")


def attributes(
    warehouse: Warehouse, as_of: datetime, *, customers: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row per customer in `customers`, sorted by id: `customer_id` and `attribute_…` columns of text.

    Only what was known at `as_of` is seen. customers: only these.
    """
    import pandas as pd

    own = warehouse.history("customers", as_of).select("customer_id", "demographic_data", *_OWN)
    frame = _read(own, customers)
    facts = pd.DataFrame([_entries(text) for text in frame.pop("demographic_data")], index=frame.index)
    for name in sorted(facts.columns):
        if name not in frame.columns:
            frame[name] = facts[name]
    moment = utc_naive(as_of)
    contracts = warehouse.history("subscriptions", as_of)
    running = contracts.filter(contracts.ended_at.isnull() | (contracts.ended_at > moment))
    plan = running.group_by("customer_id").aggregate(plan=running.plan.argmax(running.mrr))
    paid = warehouse.history("transactions", as_of)
    paid = paid.filter(paid.payment_method.notnull())
    method = paid.group_by("customer_id").aggregate(payment_method=paid.payment_method.argmax(paid.date))
    for more in (plan, method):
        frame = frame.merge(_read(more, customers), on="customer_id", how="left")
    frame = frame.sort_values("customer_id", ignore_index=True)
    return frame.rename(columns={c: f"{PREFIX}{c}" for c in frame.columns if c != "customer_id"})


def _read(rows: Any, customers: Sequence[str] | None) -> pd.DataFrame:
    if customers is not None:
        import ibis
        import pyarrow as pa

        wanted = pa.table({"customer_id": pa.array(customers, pa.string())})
        rows = rows.semi_join(ibis.memtable(wanted), "customer_id")
    frame: pd.DataFrame = rows.to_pyarrow().to_pandas()
    return frame


def _entries(text: Any) -> dict[str, str]:
    """The plain entries of a JSON object as text; nothing of what is no object."""
    if not isinstance(text, str):
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    return {str(k): str(v) for k, v in body.items() if isinstance(v, str | int | float | bool)}
