"""The tool that synthesises features: those of the core it can express, as deep feature synthesis would.

Windows are `training_window`s, one synthesis for each; conditions are `where` clauses on columns prepared for
them, because featuretools filters by a value of one column. Ratios, slopes, changes between windows, open
tickets and contracts that run at the date cannot be said in one synthesis and are left out.
"""

from __future__ import annotations

import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.features.core import WINDOWS

__all__ = ["SUBSET", "run"]

SUBSET: tuple[str, ...] = (
    *(f"event_count_{w}d" for w in WINDOWS),
    *(f"login_count_{w}d" for w in WINDOWS),
    *(f"active_days_{w}d" for w in (7, 30, 90)),
    *(f"event_kinds_{w}d" for w in (30, 90)),
    "days_since_last_event",
    "days_since_last_login",
    *(f"transaction_count_{w}d" for w in WINDOWS),
    *(f"transaction_amount_{w}d" for w in WINDOWS),
    *(f"failed_payment_count_{w}d" for w in WINDOWS),
    *(f"mean_transaction_amount_{w}d" for w in (90, 365)),
    "largest_transaction_365d",
    "lifetime_amount",
    "days_since_last_transaction",
    *(f"ticket_count_{w}d" for w in WINDOWS),
    *(f"negative_ticket_count_{w}d" for w in (90, 365)),
    *(f"mean_sentiment_{w}d" for w in (90, 365)),
    "days_since_last_ticket",
)


def entities(folder: Path, as_of: datetime) -> Any:
    """The tables as featuretools relates them, with the columns that `where` clauses need."""
    import featuretools as ft

    def read(name: str, time: str) -> pd.DataFrame:
        rows = pd.read_parquet(folder / f"{name}.parquet")
        believed = rows["superseded_at"].isna() | (rows["superseded_at"] > as_of)
        return rows[(rows[time] <= as_of) & (rows["recorded_at"] <= as_of) & believed]

    events = read("events", "timestamp")[["event_id", "customer_id", "event_type", "timestamp"]]
    events["day"] = (events["timestamp"] - pd.Timestamp(0)).dt.days.astype("int64")
    events["login"] = events["event_type"].isin(["login", "session_start"]).map({True: "yes", False: "no"})
    sold = read("transactions", "date")[["transaction_id", "customer_id", "amount", "date", "status"]]
    sold["amount"] = sold["amount"].astype(float)
    good = (sold["status"] == "succeeded") | (sold["status"].isna() & (sold["amount"] >= 0))
    sold["kind"] = "other"
    sold.loc[good, "kind"] = "good"
    sold.loc[sold["status"] == "failed", "kind"] = "failed"
    tickets = read("tickets", "opened_at")[["ticket_id", "customer_id", "opened_at", "sentiment_score"]]
    tickets["mood"] = (tickets["sentiment_score"] < 0).map({True: "bad", False: "fine"})
    people = read("customers", "account_created_date")["customer_id"]
    contracts = read("subscriptions", "started_at")["customer_id"]
    ids = pd.concat([people, contracts, events["customer_id"], sold["customer_id"], tickets["customer_id"]])
    customers = pd.DataFrame({"customer_id": sorted(ids.unique())})

    texts = {"event_type": "Categorical", "login": "Categorical", "day": "Categorical"}
    es = ft.EntitySet("business")
    es.add_dataframe(customers, "customers", index="customer_id")
    es.add_dataframe(events, "events", index="event_id", time_index="timestamp", logical_types=texts)
    es.add_dataframe(
        sold.drop(columns="status"),
        "transactions",
        index="transaction_id",
        time_index="date",
        logical_types={"kind": "Categorical", "amount": "Double"},
    )
    es.add_dataframe(
        tickets,
        "tickets",
        index="ticket_id",
        time_index="opened_at",
        logical_types={"mood": "Categorical", "sentiment_score": "Double"},
    )
    for name in ("events", "transactions", "tickets"):
        es.add_relationship("customers", "customer_id", name, "customer_id")
    return es


def wanted(es: Any, window: int | None) -> dict[str, Any]:
    """The features of one window by name; None: without a window."""
    from featuretools import Feature
    from featuretools.primitives import Count, Max, Mean, NumUnique, Sum, TimeSinceLast

    def of(column: str, primitive: Any, where: tuple[str, str] | None = None) -> Any:
        table, name = column.split(".")
        base = Feature(es[table].ww[name])
        chosen = None if where is None else Feature(es[table].ww[where[0]]) == where[1]
        return Feature(base, parent_dataframe_name="customers", primitive=primitive, where=chosen)

    good, failed = ("kind", "good"), ("kind", "failed")
    if window is None:
        since = TimeSinceLast(unit="days")
        return {
            "days_since_last_event": of("events.timestamp", since),
            "days_since_last_login": of("events.timestamp", since, ("login", "yes")),
            "days_since_last_transaction": of("transactions.date", since, good),
            "days_since_last_ticket": of("tickets.opened_at", since),
            "lifetime_amount": of("transactions.amount", Sum, good),
        }
    found = {
        f"event_count_{window}d": of("events.event_id", Count),
        f"login_count_{window}d": of("events.event_id", Count, ("login", "yes")),
        f"active_days_{window}d": of("events.day", NumUnique),
        f"event_kinds_{window}d": of("events.event_type", NumUnique),
        f"transaction_count_{window}d": of("transactions.transaction_id", Count, good),
        f"transaction_amount_{window}d": of("transactions.amount", Sum, good),
        f"failed_payment_count_{window}d": of("transactions.transaction_id", Count, failed),
        f"mean_transaction_amount_{window}d": of("transactions.amount", Mean, good),
        f"largest_transaction_{window}d": of("transactions.amount", Max, good),
        f"ticket_count_{window}d": of("tickets.ticket_id", Count),
        f"negative_ticket_count_{window}d": of("tickets.ticket_id", Count, ("mood", "bad")),
        f"mean_sentiment_{window}d": of("tickets.sentiment_score", Mean),
    }
    return {name: feature for name, feature in found.items() if name in SUBSET}


def run(folder: Path, dates: list[datetime], out: Path, *, threads: int) -> None:
    """Read the exported Parquet tables, write one Parquet file per date into `out`."""
    import featuretools as ft

    warnings.simplefilter("ignore")
    for as_of in dates:
        es = entities(folder / "export", as_of)
        parts = []
        for window in (None, *WINDOWS):
            features = {name: feature.rename(name) for name, feature in wanted(es, window).items()}
            matrix = ft.calculate_feature_matrix(
                list(features.values()),
                es,
                cutoff_time=pd.Timestamp(as_of),
                training_window=None if window is None else f"{window} days",
                verbose=False,
            )
            parts.append(matrix[list(features)])
        frame = pd.concat(parts, axis=1)[list(SUBSET)].astype(float)
        zero = [
            n
            for n in SUBSET
            if "_count_" in n or n.startswith(("active_", "event_kinds", "transaction_amount"))
        ]
        frame[[*zero, "lifetime_amount"]] = frame[[*zero, "lifetime_amount"]].fillna(0.0)
        frame.insert(0, "as_of", pd.Timestamp(as_of))
        frame.rename_axis("customer_id").reset_index().to_parquet(out / f"{as_of:%Y%m%d}.parquet")
