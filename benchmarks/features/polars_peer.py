"""The fast data frame: the core features in Polars' lazy API on its streaming engine, date by date.

One aggregation per table, conditions as booleans that are summed, distinct days and kinds as bits: the same
ideas as in the SQL, because a table of distinct days per customer costs several times as much.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.features.core import CORE, WINDOWS

__all__ = ["features", "run"]

Tables = dict[str, pl.LazyFrame]
DAY_US = 86_400_000_000


def inside(time: str, as_of: datetime, window: int, shift: int = 0) -> pl.Expr:
    """Whether a time lies in the window that ends `shift` days before the date."""
    late = as_of - timedelta(days=shift)
    found = pl.col(time) > late - timedelta(days=window)
    return found & (pl.col(time) <= late) if shift else found


def ratio(above: str, below: str) -> pl.Expr:
    return pl.col(above) / pl.when(pl.col(below) != 0).then(pl.col(below))


def slope(moment: str, total: str, w: int) -> pl.Expr:
    return (pl.col(total) * ((w - 1) / 2) - pl.col(moment)).fill_null(0) / (w * (w * w - 1) / 12)


def known(rows: pl.LazyFrame, time: str, as_of: datetime) -> pl.LazyFrame:
    """The rows that were known and believed at the date."""
    believed = pl.col("superseded_at").is_null() | (pl.col("superseded_at") > as_of)
    return rows.filter((pl.col(time) <= as_of) & (pl.col("recorded_at") <= as_of) & believed)


def age(time: str, as_of: datetime) -> pl.Expr:
    return (pl.lit(as_of) - pl.col(time)).dt.total_microseconds() // DAY_US


def bit(number: pl.Expr, lowest: int, highest: int) -> pl.Expr:
    """2 to the power of a number less `lowest`, null outside lowest to highest."""
    power = pl.lit(2, pl.Int64).pow((number.clip(lowest, highest) - lowest).cast(pl.UInt32))
    return pl.when(number.is_between(lowest, highest)).then(power)


def distinct(bits: str) -> pl.Expr:
    return pl.col(bits).bitwise_or().bitwise_count_ones()


def events(rows: pl.LazyFrame, as_of: datetime, kinds: list[str]) -> pl.LazyFrame:
    """One row for each customer with events."""
    time = "timestamp"
    day = (pl.lit(as_of.date()) - pl.col(time).dt.date()).dt.total_days()
    kind = pl.col("event_type").replace_strict(kinds, range(len(kinds)), return_dtype=pl.Int64, default=None)
    rows = known(rows, time, as_of).select(
        "customer_id",
        time,
        pl.col("event_type").is_in(["login", "session_start"]).alias("login"),
        pl.col("event_type").is_in(["downgrade_request", "downgrade_requested", "downgrade"]).alias("down"),
        pl.col("event_type").is_in(["cancel_request", "cancel_page_viewed"]).alias("cancel"),
        age(time, as_of).alias("age"),
        *(pl.when(inside(time, as_of, w)).then(bit(day, 0, 62)).alias(f"near{w}") for w in (7, 30, 90)),
        pl.when(inside(time, as_of, 90)).then(bit(day, 63, 90)).alias("far90"),
        *(pl.when(inside(time, as_of, w)).then(bit(kind, 0, 62)).alias(f"kind{w}") for w in (30, 90)),
    )
    return rows.group_by("customer_id").agg(
        *(inside(time, as_of, w).sum().alias(f"event_count_{w}d") for w in WINDOWS),
        *((inside(time, as_of, w) & pl.col("login")).sum().alias(f"login_count_{w}d") for w in WINDOWS),
        *(inside(time, as_of, w, w).sum().alias(f"e{w}") for w in (30, 90)),
        (inside(time, as_of, 30, 30) & pl.col("login")).sum().alias("l30"),
        *(distinct(f"near{w}").alias(f"d{w}") for w in (7, 30, 90)),
        distinct("far90").alias("dfar"),
        *(distinct(f"kind{w}").alias(f"k{w}") for w in (30, 90)),
        *(
            pl.when(inside(time, as_of, w)).then(pl.col("age")).otherwise(0).sum().alias(f"te{w}")
            for w in (30, 90)
        ),
        (inside(time, as_of, 90) & pl.col("down")).sum().alias("downgrade_request_count_90d"),
        (inside(time, as_of, 30) & pl.col("cancel")).sum().alias("cancel_signal_count_30d"),
        pl.col(time).max().alias("last_event"),
        pl.when(pl.col("login")).then(pl.col(time)).max().alias("last_login"),
    )


def transactions(rows: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    """One row for each customer with transactions."""
    missing = pl.col("status").is_null()
    rows = known(rows, "date", as_of).select(
        "customer_id",
        "date",
        pl.col("amount").cast(pl.Float64),
        ((pl.col("status") == "succeeded").fill_null(False) | (missing & (pl.col("amount") >= 0))).alias(
            "good"
        ),
        (pl.col("status") == "failed").fill_null(False).alias("bad"),
        ((pl.col("status") == "refunded").fill_null(False) | (missing & (pl.col("amount") < 0))).alias(
            "refund"
        ),
        age("date", as_of).alias("age"),
    )

    def good(w: int, shift: int = 0) -> pl.Expr:
        return inside("date", as_of, w, shift) & pl.col("good")

    def total(condition: pl.Expr, column: str) -> pl.Expr:
        return pl.when(condition).then(pl.col(column)).otherwise(0).sum()

    return rows.group_by("customer_id").agg(
        *(good(w).sum().alias(f"transaction_count_{w}d") for w in WINDOWS),
        *(
            (inside("date", as_of, w) & pl.col("bad")).sum().alias(f"failed_payment_count_{w}d")
            for w in WINDOWS
        ),
        *(total(good(w), "amount").alias(f"transaction_amount_{w}d") for w in WINDOWS),
        *(good(w, w).sum().alias(f"n{w}") for w in (30, 90)),
        total(good(90, 90), "amount").alias("a90_before"),
        pl.when(good(365)).then(pl.col("amount")).max().alias("largest_transaction_365d"),
        (inside("date", as_of, 365) & pl.col("refund")).sum().alias("refund_count_365d"),
        total(good(90), "age").alias("tt90"),
        total(pl.col("good"), "amount").alias("lifetime_amount"),
        pl.when(pl.col("good")).then(pl.col("date")).max().alias("last_buy"),
    )


def tickets(rows: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    """One row for each customer with tickets."""
    resolved = pl.col("resolved_at") <= as_of
    return (
        known(rows, "opened_at", as_of)
        .group_by("customer_id")
        .agg(
            *(inside("opened_at", as_of, w).sum().alias(f"ticket_count_{w}d") for w in WINDOWS),
            *(
                (inside("opened_at", as_of, w) & (pl.col("sentiment_score") < 0).fill_null(False))
                .sum()
                .alias(f"negative_ticket_count_{w}d")
                for w in (90, 365)
            ),
            *(
                pl.when(inside("opened_at", as_of, w))
                .then(pl.col("sentiment_score"))
                .mean()
                .alias(f"mean_sentiment_{w}d")
                for w in (90, 365)
            ),
            (~resolved.fill_null(False)).sum().alias("open_tickets"),
            pl.when(inside("resolved_at", as_of, 180) & resolved)
            .then(pl.col("resolution_time"))
            .mean()
            .alias("mean_resolution_hours_180d"),
            pl.col("opened_at").max().alias("last_ticket"),
        )
    )


def contracts(rows: pl.LazyFrame, as_of: datetime) -> pl.LazyFrame:
    """One row for each customer who ever had a contract."""
    runs = pl.col("ended_at").is_null() | (pl.col("ended_at") > as_of)
    running = known(rows, "started_at", as_of).filter(runs)
    paid = pl.col("mrr").cast(pl.Float64)
    return running.group_by("customer_id").agg(
        pl.when(paid.is_not_null().any()).then(paid.sum()).alias("mrr"),
        pl.len().alias("active_subscriptions"),
        (days("started_at", as_of).max()).alias("subscription_age_days"),
        (-days("current_period_end", as_of).max()).alias("days_to_period_end"),
    )


def days(time: str, as_of: datetime) -> pl.Expr:
    return (pl.lit(as_of) - pl.col(time)).dt.total_microseconds() / DAY_US


def features(tables: Tables, as_of: datetime, kinds: list[str]) -> pl.LazyFrame:
    """The core features of one date (midnight), a row for each customer known at it."""
    times = {"customers": "account_created_date", "subscriptions": "started_at", "events": "timestamp"}
    times |= {"transactions": "date", "tickets": "opened_at"}
    parts = [
        events(tables["events"], as_of, kinds),
        transactions(tables["transactions"], as_of),
        tickets(tables["tickets"], as_of),
    ]
    # Contracts that ended make a customer known as well, and are not among the aggregated.
    people = [known(tables[name], times[name], as_of) for name in ("customers", "subscriptions")]
    whole = pl.concat([rows.select("customer_id") for rows in (*people, *parts)]).unique()
    for part in (*parts, contracts(tables["subscriptions"], as_of)):
        whole = whole.join(part, on="customer_id", how="left")
    zero = [n for n in CORE if "_count_" in n or n.startswith(("open_", "active_sub", "transaction_amount_"))]
    zero = [n for n in zero if not n.startswith(("transaction_amount_change",))] + ["lifetime_amount"]
    whole = whole.with_columns(pl.col(*zero, "d7", "d30", "d90", "dfar", "k30", "k90").fill_null(0))
    ratios = {
        **{f"event_rate_change_{w}d": ratio(f"event_count_{w}d", f"e{w}") for w in (30, 90)},
        **{f"transaction_rate_change_{w}d": ratio(f"transaction_count_{w}d", f"n{w}") for w in (30, 90)},
        **{
            f"mean_transaction_amount_{w}d": ratio(f"transaction_amount_{w}d", f"transaction_count_{w}d")
            for w in (90, 365)
        },
        "login_rate_change_30d": ratio("login_count_30d", "l30"),
        "stickiness": ratio("d7", "d30"),
        "recent_event_share": ratio("event_count_30d", "event_count_180d"),
        "transaction_amount_change_90d": ratio("transaction_amount_90d", "a90_before"),
        "failed_payment_share_90d": ratio("failed_payment_count_90d", "tried"),
    }
    return (
        whole.with_columns(
            tried=pl.col("failed_payment_count_90d") + pl.col("transaction_count_90d"),
            d90=pl.col("d90").cast(pl.Int64) + pl.col("dfar").cast(pl.Int64),
        )
        .with_columns(
            pl.lit(as_of).cast(pl.Datetime("us")).alias("as_of"),
            *(pl.col(f"d{w}").alias(f"active_days_{w}d") for w in (7, 30, 90)),
            *(pl.col(f"k{w}").alias(f"event_kinds_{w}d") for w in (30, 90)),
            *(slope(f"te{w}", f"event_count_{w}d", w).alias(f"event_trend_{w}d") for w in (30, 90)),
            slope("tt90", "transaction_count_90d", 90).alias("transaction_trend_90d"),
            (pl.col("d30") / 30).alias("usage_ratio_30d"),
            days("last_event", as_of).alias("days_since_last_event"),
            days("last_login", as_of).alias("days_since_last_login"),
            days("last_buy", as_of).alias("days_since_last_transaction"),
            days("last_ticket", as_of).alias("days_since_last_ticket"),
            **ratios,
        )
        .select("customer_id", "as_of", *(pl.col(name).cast(pl.Float64) for name in CORE))
        .sort("customer_id")
    )


def run(folder: Path, dates: list[datetime], out: Path, *, threads: int) -> None:
    """Scan the exported Parquet tables, write one Parquet file per date into `out`."""
    tables = {path.stem: pl.scan_parquet(path) for path in sorted((folder / "export").glob("*.parquet"))}
    found = tables["events"].select(pl.col("event_type").drop_nulls().unique()).collect(engine="streaming")
    kinds = found["event_type"].sort().to_list()
    for as_of in dates:
        whole = features(tables, as_of, kinds).collect(engine="streaming")
        whole.write_parquet(out / f"{as_of:%Y%m%d}.parquet", compression="zstd")
