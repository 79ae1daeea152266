"""How likely it is that somebody at the cancel button leaves.

Not the daily score: that is the risk of a customer like this on any day, and says nothing of one who has the
hand on the button. Taken is the share of past cancel requests that were carried out when nobody made an
offer; where too few of them are on record, the share that the settings state.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from retinue.campaigns.cancel_clicks import cancel_requests
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["Carried", "carried_out"]


@dataclass(frozen=True, slots=True)
class Carried:
    """The probability, whether it was observed or stated, and the requests it was observed in."""

    churn_probability: float
    basis: Literal["observed", "stated"]
    requests: int
    carried_out: int

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def carried_out(warehouse: Warehouse, settings: Settings, as_of: datetime) -> Carried:
    """The share of cancel requests that were carried out, as known at a time.

    Counted are requests (as the guard against cancel clicks reads them) of customers with contracts, that
    were made long enough ago (`cancel.within_days`) and were not followed by an offer. One was carried out
    when the customer's last contract ended within that time.
    """
    import pandas as pd

    asked = cancel_requests(warehouse, settings, as_of, least=1)
    within = timedelta(days=settings.cancel.within_days)
    known = asked[(asked["first"] + within <= utc_naive(as_of)) & ~asked["paid_for"]]
    rows = warehouse.history("subscriptions", as_of)
    runs = rows.ended_at.isnull() | (rows.ended_at > utc_naive(as_of))
    ends = rows.group_by("customer_id").aggregate(
        running=runs.cast("int64").sum(), ended_at=rows.ended_at.max()
    )
    frame: pd.DataFrame = known.merge(ends.to_pyarrow().to_pandas(), on="customer_id")
    ended = pd.to_datetime(frame["ended_at"])
    gone = (frame["running"] == 0) & (ended >= frame["first"]) & (ended <= frame["first"] + within)
    # whoever had left before the request had nothing to cancel
    could = (frame["running"] > 0) | (ended >= frame["first"])
    requests, done = int(could.sum()), int((gone & could).sum())
    if requests < settings.cancel.least_requests:
        return Carried(settings.cancel.probability, "stated", requests, done)
    return Carried(done / requests, "observed", requests, done)
