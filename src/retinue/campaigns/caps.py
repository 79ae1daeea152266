"""How much was done for each customer already: contacts and offers on record, counted as known at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from retinue.decisions.withheld import bit
from retinue.incentives.catalogue import NONE
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import pandas as pd

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["YEAR_DAYS", "capped"]

YEAR_DAYS = 365.0


def capped(
    warehouse: Warehouse, settings: Settings, as_of: datetime, also: pd.DataFrame | None = None
) -> pd.Series:
    """Customers who had enough: id to the bits of `under_offer`, `contact_cap` and `lifetime_cap`.

    An intervention on record counts, whoever did it, unless its action was `none` or its customer was held
    out. A cap of money withholds once it is reached: the last offer may go beyond it.

    also: offers that count as made beside those on record: `customer_id`, `executed_at` (naive UTC), `cost`.
    """
    import ibis

    guards = settings.guards
    now = utc_naive(as_of)
    rows = warehouse.history("interventions", as_of)
    done = rows.filter(rows.incentive != NONE, ~rows.held_out.fill_null(False))
    done = done.select("customer_id", "executed_at", cost=done.cost.cast("float64").fill_null(0.0))
    if also is not None and len(also):
        further = ibis.memtable(also[["customer_id", "executed_at", "cost"]])
        done = done.union(further.cast(done.schema()))

    def within(days: float) -> Any:
        # A gap has no bound in the settings; a century is as good as ever.
        return done.executed_at > now - timedelta(days=min(days, 36_500.0))

    counts = done.group_by("customer_id").aggregate(
        lately=within(settings.incentives.offer_gap_days).cast("int64").sum(),
        contacts=within(guards.contacts.days).cast("int64").sum(),
        year=within(YEAR_DAYS).cast("int64").sum(),
        ever=done.count(),
        cost_year=within(YEAR_DAYS).ifelse(done.cost, 0.0).sum(),
        cost_ever=done.cost.sum(),
    )
    under = counts.lately > 0
    often = counts.contacts >= guards.contacts.most
    much = ibis.literal(False)
    for column, most in (
        (counts.year, guards.offers_per_year),
        (counts.ever, guards.offers_per_lifetime),
        (counts.cost_year, guards.cost_per_year),
        (counts.cost_ever, guards.cost_per_lifetime),
    ):
        if most is not None:
            # Sums of cents in floating point: half a cent below the cap has reached it.
            much = much | (column >= most - 0.005 if column.type().is_floating() else column >= most)
    mask = sum(
        (
            held.ifelse(bit(code), 0)
            for held, code in ((under, "under_offer"), (often, "contact_cap"), (much, "lifetime_cap"))
        ),
        start=under.ifelse(0, 0),
    )
    found = counts.filter(under | often | much).mutate(mask=mask).select("customer_id", "mask")
    frame: pd.DataFrame = found.to_pyarrow().to_pandas()
    return frame.set_index("customer_id")["mask"].astype("int64")
