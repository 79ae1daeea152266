"""The peer that everybody knows: the core features in pandas, date by date, from Parquet files in memory.

Written with care: only needed columns are read, customers and kinds are categories (grouping by text costs
several times as much), and windows are cut from the latest year instead of from all rows.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.features.core import CORE, WINDOWS

DAY = pd.Timedelta(days=1)
LOGINS = ("login", "session_start")


def features(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> pd.DataFrame:
    """The core features of one date (midnight)."""

    def known(name: str, time: str) -> pd.DataFrame:
        rows = tables[name]
        believed = rows["superseded_at"].isna() | (rows["superseded_at"] > as_of)
        rows = rows[(rows[time] <= as_of) & (rows["recorded_at"] <= as_of) & believed]
        return rows.drop(columns=["recorded_at", "superseded_at"])

    events = known("events", "timestamp")
    sold = known("transactions", "date")
    tickets = known("tickets", "opened_at")
    contracts = known("subscriptions", "started_at")
    people = known("customers", "account_created_date")["customer_id"]
    ids = pd.Index(
        sorted(set(people).union(*(t["customer_id"].unique() for t in (events, sold, tickets, contracts)))),
        name="customer_id",
    )
    out: dict[str, pd.Series] = {}

    def within(rows: pd.DataFrame, time: str, window: int, shift: int = 0) -> pd.DataFrame:
        end = as_of - shift * DAY
        return rows[(rows[time] > end - window * DAY) & (rows[time] <= end)]

    def by(rows: pd.DataFrame) -> Any:
        return rows.groupby("customer_id", observed=True)

    def size(rows: pd.DataFrame) -> pd.Series:
        return by(rows).size().reindex(ids, fill_value=0).astype(float)

    def total(rows: pd.DataFrame, column: str) -> pd.Series:
        return by(rows)[column].sum().reindex(ids, fill_value=0.0)

    def distinct(rows: pd.DataFrame, column: str) -> pd.Series:
        return by(rows)[column].nunique().reindex(ids, fill_value=0).astype(float)

    def ratio(a: pd.Series, b: pd.Series) -> pd.Series:
        return a / b.where(b != 0)

    def since(rows: pd.DataFrame, time: str) -> pd.Series:
        return ((as_of - by(rows)[time].max()) / DAY).reindex(ids)

    def slope(rows: pd.DataFrame, time: str, window: int) -> pd.Series:
        rows = within(rows, time, window)
        moment = -((as_of - rows[time]) // DAY)
        sums = moment.groupby(rows["customer_id"], observed=True).sum().reindex(ids, fill_value=0)
        return (sums + size(rows) * (window - 1) / 2) / (window * (window**2 - 1) / 12)

    def only(rows: pd.DataFrame, kinds: tuple[str, ...]) -> pd.DataFrame:
        return rows[rows["event_type"].isin(kinds)]

    visits = within(events, "timestamp", 365)
    logins = only(visits, LOGINS)
    missing = sold["status"].isna()
    bought = sold[(sold["status"] == "succeeded") | (missing & (sold["amount"] >= 0))]
    year = within(bought, "date", 365)
    failed = within(sold[sold["status"] == "failed"], "date", 365)
    refunds = sold[(sold["status"] == "refunded") | (missing & (sold["amount"] < 0))]
    for w in WINDOWS:
        out[f"event_count_{w}d"] = size(within(visits, "timestamp", w))
        out[f"login_count_{w}d"] = size(within(logins, "timestamp", w))
        out[f"transaction_count_{w}d"] = size(within(year, "date", w))
        out[f"transaction_amount_{w}d"] = total(within(year, "date", w), "amount")
        out[f"failed_payment_count_{w}d"] = size(within(failed, "date", w))
        out[f"ticket_count_{w}d"] = size(within(tickets, "opened_at", w))
    for w in (7, 30, 90):
        out[f"active_days_{w}d"] = distinct(within(visits, "timestamp", w), "day")
    for w in (30, 90):
        out[f"event_kinds_{w}d"] = distinct(within(visits, "timestamp", w), "event_type")
        before = size(within(visits, "timestamp", w, w))
        out[f"event_rate_change_{w}d"] = ratio(out[f"event_count_{w}d"], before)
        out[f"event_trend_{w}d"] = slope(visits, "timestamp", w)
        before = size(within(year, "date", w, w))
        out[f"transaction_rate_change_{w}d"] = ratio(out[f"transaction_count_{w}d"], before)
    out["login_rate_change_30d"] = ratio(out["login_count_30d"], size(within(logins, "timestamp", 30, 30)))
    out["stickiness"] = ratio(out["active_days_7d"], out["active_days_30d"])
    out["recent_event_share"] = ratio(out["event_count_30d"], out["event_count_180d"])
    out["days_since_last_event"] = since(events, "timestamp")
    out["days_since_last_login"] = since(only(events, LOGINS), "timestamp")
    downgrades = only(visits, ("downgrade_request", "downgrade_requested", "downgrade"))
    out["downgrade_request_count_90d"] = size(within(downgrades, "timestamp", 90))
    cancels = only(visits, ("cancel_request", "cancel_page_viewed"))
    out["cancel_signal_count_30d"] = size(within(cancels, "timestamp", 30))
    for w in (90, 365):
        out[f"mean_transaction_amount_{w}d"] = ratio(
            out[f"transaction_amount_{w}d"], out[f"transaction_count_{w}d"]
        )
        angry = tickets[tickets["sentiment_score"] < 0]
        out[f"negative_ticket_count_{w}d"] = size(within(angry, "opened_at", w))
        tone = by(within(tickets, "opened_at", w))["sentiment_score"].mean()
        out[f"mean_sentiment_{w}d"] = tone.reindex(ids)
    out["transaction_amount_change_90d"] = ratio(
        out["transaction_amount_90d"], total(within(year, "date", 90, 90), "amount")
    )
    out["largest_transaction_365d"] = by(year)["amount"].max().reindex(ids)
    tried = out["failed_payment_count_90d"] + out["transaction_count_90d"]
    out["failed_payment_share_90d"] = ratio(out["failed_payment_count_90d"], tried)
    out["refund_count_365d"] = size(within(refunds, "date", 365))
    out["transaction_trend_90d"] = slope(year, "date", 90)
    out["lifetime_amount"] = total(bought, "amount")
    out["days_since_last_transaction"] = since(bought, "date")
    unresolved = tickets["resolved_at"].isna() | (tickets["resolved_at"] > as_of)
    out["open_tickets"] = size(tickets[unresolved])
    hours = by(within(tickets[~unresolved], "resolved_at", 180))["resolution_time"].mean()
    out["mean_resolution_hours_180d"] = hours.reindex(ids)
    out["days_since_last_ticket"] = since(tickets, "opened_at")
    running = by(contracts[contracts["ended_at"].isna() | (contracts["ended_at"] > as_of)])
    out["mrr"] = running["mrr"].sum(min_count=1).reindex(ids)
    out["active_subscriptions"] = running.size().reindex(ids, fill_value=0).astype(float)
    out["subscription_age_days"] = ((as_of - running["started_at"].min()) / DAY).reindex(ids)
    out["days_to_period_end"] = ((running["current_period_end"].min() - as_of) / DAY).reindex(ids)
    frame = pd.DataFrame({name: out[name] for name in CORE}, index=ids).reset_index()
    frame.insert(1, "as_of", as_of)
    return frame


COLUMNS = {
    "customers": ["account_created_date"],
    "subscriptions": ["mrr", "started_at", "current_period_end", "ended_at"],
    "transactions": ["amount", "date", "status"],
    "events": ["event_type", "timestamp"],
    "tickets": ["opened_at", "resolved_at", "resolution_time", "sentiment_score"],
}


def run(folder: Path, dates: list[datetime], out: Path, *, threads: int) -> None:
    """Read the exported Parquet tables, write one Parquet file per date into `out`."""
    tables = {}
    for name, columns in COLUMNS.items():
        wanted = ["customer_id", *columns, "recorded_at", "superseded_at"]
        frame = pd.read_parquet(folder / "export" / f"{name}.parquet", columns=wanted)
        for column in frame.columns.intersection(["amount", "mrr"]):
            frame[column] = frame[column].astype(np.float64)
        for column in frame.columns.intersection(["customer_id", "event_type", "status"]):
            frame[column] = frame[column].astype("category")
        tables[name] = frame
    tables["events"]["day"] = tables["events"]["timestamp"].dt.floor("D")
    for as_of in dates:
        features(tables, pd.Timestamp(as_of)).to_parquet(out / f"{as_of:%Y%m%d}.parquet")
