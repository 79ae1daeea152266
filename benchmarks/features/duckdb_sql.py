"""The peer that knows DuckDB: the core features in SQL written by hand, a query per date.

One scan per table with FILTER aggregates, rows pruned by time, windows as comparisons with literals,
distinct days and kinds as bits in one integer, slopes as sums.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from core import WINDOWS

TIME = '"timestamp"'
KNOWN = "recorded_at <= {at} and {time} <= {at}"


def sql(as_of: datetime, corrected: frozenset[str] = frozenset()) -> str:
    """The query of one date (midnight); `corrected` are the tables with replaced rows."""

    def believed(table: str, key: str) -> str:
        if table not in corrected:
            return ""
        return (
            f" and not exists (select 1 from supersessions where table_name = '{table}' and row_key = {key}"
            f" and row_recorded_at = recorded_at and superseded_at <= {at()})"
        )

    def at(days: int = 0) -> str:
        return f"TIMESTAMP '{as_of - timedelta(days=days)}'"

    def inside(time: str, window: int, shift: int = 0) -> str:
        later = f" and {time} <= {at(shift)}" if shift else ""
        return f"{time} > {at(window + shift)}{later}"

    def count(name: str, time: str, window: int, extra: str = "", shift: int = 0) -> str:
        return f"count(*) filter (where {inside(time, window, shift)}{extra}) as {name}"

    login = " and event_type in ('login', 'session_start')"
    age = f'floor(epoch({at()} - "timestamp") / 86400)'
    events = [
        *(count(f"event_count_{w}d", '"timestamp"', w) for w in WINDOWS),
        *(count(f"login_count_{w}d", '"timestamp"', w, login) for w in WINDOWS),
        *(count(f"e{w}", '"timestamp"', w, shift=w) for w in (30, 90)),
        count("l30", '"timestamp"', 30, login, shift=30),
        *(
            f"bit_count(bit_or(1::HUGEINT << least(age_day, 120)) filter (where {inside(TIME, w)})) as d{w}"
            for w in (7, 30, 90)
        ),
        *(f"bit_count(bit_or(1::BIGINT << kind) filter (where {inside(TIME, w)})) as k{w}" for w in (30, 90)),
        *(f"sum(-{age}) filter (where {inside(TIME, w)}) as t{w}" for w in (30, 90)),
        'max("timestamp") as last_event',
        f'max("timestamp") filter (where true{login}) as last_login',
        count(
            "downgrade_request_count_90d",
            '"timestamp"',
            90,
            " and event_type in ('downgrade_request', 'downgrade_requested', 'downgrade')",
        ),
        count(
            "cancel_signal_count_30d",
            '"timestamp"',
            30,
            " and event_type in ('cancel_request', 'cancel_page_viewed')",
        ),
    ]
    good = " and (status = 'succeeded' or (status is null and amount >= 0))"
    bad = " and status = 'failed'"
    tx_age = f"floor(epoch({at()} - date) / 86400)"
    transactions = [
        *(count(f"transaction_count_{w}d", "date", w, good) for w in WINDOWS),
        *(count(f"failed_payment_count_{w}d", "date", w, bad) for w in WINDOWS),
        *(f"sum(amount) filter (where {inside('date', w)}{good}) as a{w}" for w in WINDOWS),
        *(count(f"n{w}", "date", w, good, shift=w) for w in (30, 90)),
        f"sum(amount) filter (where {inside('date', 90, 90)}{good}) as a90_before",
        f"max(amount) filter (where {inside('date', 365)}{good}) as largest",
        count(
            "refund_count_365d",
            "date",
            365,
            " and (status = 'refunded' or (status is null and amount < 0))",
        ),
        f"sum(-{tx_age}) filter (where {inside('date', 90)}{good}) as tt90",
        f"sum(amount) filter (where true{good}) as lifetime",
        f"max(date) filter (where true{good}) as last_buy",
    ]
    tickets = [
        *(count(f"ticket_count_{w}d", "opened_at", w) for w in WINDOWS),
        *(
            count(f"negative_ticket_count_{w}d", "opened_at", w, " and sentiment_score < 0")
            for w in (90, 365)
        ),
        *(
            f"avg(sentiment_score) filter (where {inside('opened_at', w)}) as mean_sentiment_{w}d"
            for w in (90, 365)
        ),
        f"count(*) filter (where resolved_at is null or resolved_at > {at()}) as open_tickets",
        f"avg(resolution_time) filter (where {inside('resolved_at', 180)} and resolved_at <= {at()})"
        " as mean_resolution_hours_180d",
        "max(opened_at) as last_ticket",
    ]
    runs = f"(ended_at is null or ended_at > {at()})"

    def days(moment: str) -> str:
        return f"epoch({at()} - {moment}) / 86400.0"

    def slope(moment: str, total: str, w: int) -> str:
        return f"coalesce(({moment} + {total} * {(w - 1) / 2}) / {w * (w * w - 1) / 12}, 0)"

    zero = [
        *(f"event_count_{w}d" for w in WINDOWS),
        *(f"login_count_{w}d" for w in WINDOWS),
        *(f"transaction_count_{w}d" for w in WINDOWS),
        *(f"failed_payment_count_{w}d" for w in WINDOWS),
        *(f"ticket_count_{w}d" for w in WINDOWS),
        *(f"negative_ticket_count_{w}d" for w in (90, 365)),
        *("downgrade_request_count_90d", "cancel_signal_count_30d", "refund_count_365d", "open_tickets"),
        "active_subscriptions",
    ]
    return f"""
with kinds as (
  select event_type as kind_name, row_number() over (order by event_type) as kind
  from (select distinct event_type from events)
),
e as (
  select customer_id, {", ".join(events)}
  from (
    select *, date_diff('day', "timestamp"::DATE, {at()}::DATE) as age_day from events
    where {KNOWN.format(at=at(), time=TIME)}{believed("events", "event_id")}
  ) join kinds on event_type = kind_name
  group by customer_id
),
t as (
  select customer_id, {", ".join(transactions)} from transactions
  where {KNOWN.format(at=at(), time="date")}{believed("transactions", "transaction_id")} group by customer_id
),
k as (
  select customer_id, {", ".join(tickets)} from tickets
  where {KNOWN.format(at=at(), time="opened_at")}{believed("tickets", "ticket_id")} group by customer_id
),
s as (
  select customer_id, sum(mrr) filter (where {runs}) as mrr,
    count(*) filter (where {runs}) as active_subscriptions,
    {days(f"min(started_at) filter (where {runs})")} as subscription_age_days,
    -{days(f"min(current_period_end) filter (where {runs})")} as days_to_period_end
  from subscriptions
  where {KNOWN.format(at=at(), time="started_at")}{believed("subscriptions", "subscription_id")}
  group by customer_id
),
c as (
  select customer_id from customers
  where {KNOWN.format(at=at(), time="account_created_date")}{believed("customers", "customer_id")}
  union select customer_id from e union select customer_id from t
  union select customer_id from k union select customer_id from s
)
select customer_id, {at()} as as_of,
  {", ".join(f"coalesce({name}, 0)::DOUBLE as {name}" for name in zero)},
  {", ".join(f"coalesce(a{w}, 0)::DOUBLE as transaction_amount_{w}d" for w in WINDOWS)},
  coalesce(lifetime, 0)::DOUBLE as lifetime_amount, largest::DOUBLE as largest_transaction_365d,
  mrr::DOUBLE as mrr, subscription_age_days, days_to_period_end,
  mean_sentiment_90d, mean_sentiment_365d, mean_resolution_hours_180d,
  {", ".join(f"coalesce(d{w}, 0)::DOUBLE as active_days_{w}d" for w in (7, 30, 90))},
  {", ".join(f"coalesce(k{w}, 0)::DOUBLE as event_kinds_{w}d" for w in (30, 90))},
  event_count_30d / nullif(e30, 0) as event_rate_change_30d,
  event_count_90d / nullif(e90, 0) as event_rate_change_90d,
  login_count_30d / nullif(l30, 0) as login_rate_change_30d,
  coalesce(d7, 0) / nullif(d30, 0) as stickiness,
  event_count_30d / nullif(event_count_180d, 0) as recent_event_share,
  {slope("t30", "event_count_30d", 30)} as event_trend_30d,
  {slope("t90", "event_count_90d", 90)} as event_trend_90d,
  {slope("tt90", "transaction_count_90d", 90)} as transaction_trend_90d,
  {days("last_event")} as days_since_last_event, {days("last_login")} as days_since_last_login,
  {days("last_buy")} as days_since_last_transaction, {days("last_ticket")} as days_since_last_ticket,
  a90::DOUBLE / nullif(transaction_count_90d, 0) as mean_transaction_amount_90d,
  a365::DOUBLE / nullif(transaction_count_365d, 0) as mean_transaction_amount_365d,
  transaction_count_30d / nullif(n30, 0) as transaction_rate_change_30d,
  transaction_count_90d / nullif(n90, 0) as transaction_rate_change_90d,
  coalesce(a90, 0)::DOUBLE / nullif(a90_before::DOUBLE, 0) as transaction_amount_change_90d,
  failed_payment_count_90d / nullif(failed_payment_count_90d + transaction_count_90d, 0)
    as failed_payment_share_90d
from c left join e using (customer_id) left join t using (customer_id)
  left join k using (customer_id) left join s using (customer_id)
order by customer_id
"""


def run(database: Path, dates: list[datetime], out: Path, *, threads: int) -> None:
    """Write one Parquet file per date beside `out`, then nothing more: reading them is the reader's."""
    connection = duckdb.connect(str(database), read_only=True, config={"threads": threads})
    out.mkdir(parents=True, exist_ok=True)
    rows = connection.execute("select distinct table_name from supersessions").fetchall()
    corrected = frozenset(str(name) for (name,) in rows)
    for as_of in dates:
        file = out / f"{as_of:%Y%m%d}.parquet"
        connection.execute(f"copy ({sql(as_of, corrected)}) to '{file}' (format parquet, compression zstd)")
    connection.close()
