"""Customers who learn to threaten in order to be paid: they ask to cancel, get an offer, stay, and ask again.

A **request** is an event of a type in `features.cancel_events`, or a contract's `cancel_requested_at`, also
one that a later version of the row took away again. Requests closer than `same_within_days` to the one before
are one. A request was **taken back** when `settle_days` later, and still at the time of looking, the customer
is there: a contract of theirs runs and does not carry that request; for a business without contracts, they
paid after those days. It was **paid for** when an offer followed within `paid_within_days`.

A customer is taken to ask for the money's sake with at least `taken_back` requests taken back in the last
`days`, one of them paid for, or with `always` of them anyway. One who hesitates once, or stays without ever
having been paid for it, is not suspected before that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.incentives.catalogue import NONE
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from retinue.settings import Settings
    from retinue.warehouse import Warehouse

__all__ = ["cancel_requests", "for_the_money", "threatening"]


def threatening(warehouse: Warehouse, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Who asks for the money's sake: customer_id, taken_back, paid_for (requests in the time looked back)."""
    asked = cancel_requests(warehouse, settings, as_of)
    counts = (
        asked[asked["taken_back"]]
        .groupby("customer_id", sort=True)
        .agg(taken_back=("taken_back", "sum"), paid_for=("paid_for", "sum"))
        .reset_index()
    )
    rule = settings.guards.cancel_clicks
    paid = (counts["taken_back"] >= rule.taken_back) & (counts["paid_for"] >= 1)
    return counts[paid | (counts["taken_back"] >= rule.always)].reset_index(drop=True)


def for_the_money(settings: Settings, taken_back: int, paid_for: int) -> bool:
    """The same of one customer: requests taken back, and how many of them were paid for."""
    rule = settings.guards.cancel_clicks
    return (taken_back >= rule.taken_back and paid_for >= 1) or taken_back >= rule.always


def cancel_requests(
    warehouse: Warehouse, settings: Settings, as_of: datetime, *, least: int | None = None
) -> pd.DataFrame:
    """The requests in the time looked back: customer_id, first, last (UTC), taken_back, paid_for.

    Only customers with as many requests as could matter to the guard are listed, or at least so many.
    """
    import pandas as pd

    rule = settings.guards.cancel_clicks
    least = min(rule.taken_back, rule.always) if least is None else least
    asked = _asked(warehouse, settings, as_of, least)
    if asked.empty:
        empty = asked.rename(columns={"at": "first"}).assign(last=asked["at"])
        return empty.assign(taken_back=False, paid_for=False).astype({"taken_back": bool, "paid_for": bool})
    asked = asked.sort_values(["customer_id", "at"], ignore_index=True)
    gap = asked.groupby("customer_id")["at"].diff()
    # The first of each customer has no gap; a null is not "within".
    asked["episode"] = (~(gap <= pd.Timedelta(days=rule.same_within_days))).cumsum()
    found = asked.groupby("episode", as_index=False).agg(
        customer_id=("customer_id", "first"), first=("at", "min"), last=("at", "max")
    )
    customers = found["customer_id"].unique().tolist()
    found["taken_back"] = _taken_back(found, warehouse, as_of, rule.settle_days, customers)
    found["paid_for"] = _paid_for(found, warehouse, as_of, rule.paid_within_days, customers)
    return found.drop(columns="episode")


def _asked(warehouse: Warehouse, settings: Settings, as_of: datetime, least: int) -> pd.DataFrame:
    """Every moment of asking (customer_id, at) of those who asked on at least so many occasions."""
    import ibis

    rule = settings.guards.cancel_clicks
    now = utc_naive(as_of)
    since = now - timedelta(days=rule.days)
    events = warehouse.history("events", as_of)
    clicks = events.filter(events.event_type.isin(list(settings.features.cancel_events))).select(
        "customer_id", at=events.timestamp
    )
    contracts = warehouse.facts("subscriptions")
    wishes = contracts.filter(contracts.recorded_at <= now, contracts.cancel_requested_at <= now).select(
        "customer_id", at=contracts.cancel_requested_at
    )
    both = ibis.union(clicks, wishes, distinct=True)
    both = both.filter(both.at > since)
    often = both.group_by("customer_id").aggregate(times=both.count())
    often = often.filter(often.times >= least)
    frame: pd.DataFrame = both.semi_join(often, "customer_id").to_pyarrow().to_pandas()
    return frame


def _taken_back(
    found: pd.DataFrame, warehouse: Warehouse, as_of: datetime, settle_days: float, customers: list[str]
) -> pd.Series:
    import pandas as pd

    now = pd.Timestamp(utc_naive(as_of))
    settled = found["last"] + pd.Timedelta(days=settle_days)
    contracts = _of(warehouse.history("subscriptions", as_of), customers)
    runs = contracts.filter(contracts.ended_at.isnull() | (contracts.ended_at > utc_naive(as_of)))
    running = runs.group_by("customer_id").aggregate(
        pending=runs.cancel_requested_at.max(), free=runs.cancel_requested_at.isnull().any()
    )
    paid = _of(warehouse.history("transactions", as_of), customers)
    paid = paid.filter((paid.status == "succeeded") | paid.status.isnull())
    payments = paid.group_by("customer_id").aggregate(paid_at=paid.date.max())
    who = found[["customer_id"]]
    standing = who.merge(running.to_pyarrow().to_pandas(), on="customer_id", how="left")
    bought = who.merge(payments.to_pyarrow().to_pandas(), on="customer_id", how="left")
    ever = set(contracts.select("customer_id").distinct().to_pyarrow()["customer_id"].to_pylist())
    under_contract = found["customer_id"].isin(ever)
    # A request that the contract still carries is a farewell under way, not one taken back.
    pending = pd.to_datetime(standing["pending"])
    carried = (pending >= found["first"]) & (pending <= found["last"])
    there = standing["free"].notna() & ~carried
    there = there.where(under_contract, pd.to_datetime(bought["paid_at"]) > settled)
    return (settled <= now) & there.astype(bool)


def _paid_for(
    found: pd.DataFrame, warehouse: Warehouse, as_of: datetime, within_days: float, customers: list[str]
) -> pd.Series:
    """Whether an offer followed each request in time."""
    import pandas as pd

    rows = _of(warehouse.history("interventions", as_of), customers)
    offers = rows.filter(rows.incentive != NONE, ~rows.held_out.fill_null(False))
    given = offers.select("customer_id", "executed_at").to_pyarrow().to_pandas()
    each = found.assign(request=found.index).merge(given, on="customer_id")
    until = each["last"] + pd.Timedelta(days=within_days)
    hits = each[(each["executed_at"] >= each["first"]) & (each["executed_at"] <= until)]
    return pd.Series(found.index.isin(hits["request"]), index=found.index)


def _of(rows: ir.Table, customers: list[str]) -> ir.Table:
    import ibis
    import pyarrow as pa

    wanted = ibis.memtable(pa.table({"customer_id": pa.array(customers, pa.string())}))
    return rows.semi_join(wanted, "customer_id")
