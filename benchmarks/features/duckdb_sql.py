"""The peer that knows DuckDB: the core features in SQL written by hand, a query per date.

What makes it fast, each found by trying: conditions on a row are worked out once, as booleans and whole
numbers; windows compare the time with literals; distinct days and kinds are bits of 64-bit integers (128-bit
ones cost twice as much), kinds through an ENUM instead of a join; rows older than the longest window, of
which only a latest time and a total are wanted, are read by an aggregation of their own, so that no row is
read twice and no filter is tried in vain.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.features.core import WINDOWS

__all__ = ["run", "sql"]

YEAR = 365
KINDS = (
    "create temp type event_kind as enum "
    "(select distinct event_type from events where event_type is not null order by 1)"
)
FLAGS = {
    "login": "event_type in ('login', 'session_start')",
    "downgrade": "event_type in ('downgrade_request', 'downgrade_requested', 'downgrade')",
    "cancel": "event_type in ('cancel_request', 'cancel_page_viewed')",
    "good": "status = 'succeeded' or (status is null and amount >= 0)",
    "bad": "status = 'failed'",
    "refund": "status = 'refunded' or (status is null and amount < 0)",
}


class Moment:
    """The words of a query that depend on its date (midnight)."""

    def __init__(self, as_of: datetime, corrected: frozenset[str]) -> None:
        self.as_of = as_of
        self.corrected = corrected

    def at(self, days: int = 0) -> str:
        return f"TIMESTAMP '{self.as_of - timedelta(days=days)}'"

    def known(self, table: str, key: str, time: str) -> str:
        """The rows of a table that were known and believed at the date."""
        words = f"recorded_at <= {self.at()} and {time} <= {self.at()}"
        if table in self.corrected:
            words += (
                f" and not exists (select 1 from supersessions where table_name = '{table}'"
                f" and row_key = {key} and row_recorded_at = recorded_at and superseded_at <= {self.at()})"
            )
        return words

    def inside(self, time: str, window: int, shift: int = 0) -> str:
        if window == YEAR:  # the rows have been chosen by it already
            return "true"
        later = f" and {time} <= {self.at(shift)}" if shift else ""
        return f"{time} > {self.at(window + shift)}{later}"

    def count(self, name: str, time: str, window: int, flag: str = "true", shift: int = 0) -> str:
        return f"count(*) filter (where {self.inside(time, window, shift)} and {flag}) as {name}"

    def age(self, time: str) -> str:
        """Whole days between a time and the date."""
        return f"(epoch_us({self.at()}) - epoch_us({time})) // 86400000000"

    def days(self, time: str) -> str:
        return f"epoch({self.at()} - {time}) / 86400.0"


def events(m: Moment) -> str:
    """One row for each customer with events."""
    time = '"timestamp"'
    recent = [
        *(m.count(f"event_count_{w}d", time, w) for w in WINDOWS),
        *(m.count(f"login_count_{w}d", time, w, "login") for w in WINDOWS),
        *(m.count(f"e{w}", time, w, shift=w) for w in (30, 90)),
        m.count("l30", time, 30, "login", shift=30),
        *(f"bit_count(bit_or(near) filter (where {m.inside(time, w)})) as d{w}" for w in (7, 30)),
        f"coalesce(bit_count(bit_or(near) filter (where {m.inside(time, 90)})), 0)"
        " + coalesce(bit_count(bit_or(far)), 0) as d90",
        *(f"bit_count(bit_or(kind) filter (where {m.inside(time, w)})) as k{w}" for w in (30, 90)),
        *(f"-sum(age) filter (where {m.inside(time, w)}) as t{w}" for w in (30, 90)),
        m.count("downgrade_request_count_90d", time, 90, "downgrade"),
        m.count("cancel_signal_count_30d", time, 30, "cancel"),
        f"max({time}) as last",
        f"max({time}) filter (where login) as last_in",
    ]
    known = m.known("events", "event_id", time)
    flags = ", ".join(f"{FLAGS[name]} as {name}" for name in ("login", "downgrade", "cancel"))
    # The calendar days of the last 90 as bits; those of day 63 and before in a second integer.
    day = f"date_diff('day', {time}::DATE, {m.at()}::DATE)"
    return f"""
select customer_id, recent.* exclude (customer_id, last, last_in),
  coalesce(last, old_last) as last_event, coalesce(last_in, old_in) as last_login
from (
  select customer_id, {", ".join(recent)} from (
    select customer_id, {time}, {flags}, {m.age(time)} as age,
      1::BIGINT << enum_code(event_type::event_kind) as kind,
      case when {day} <= 62 then 1::BIGINT << least({day}, 62) end as near,
      case when {time} > {m.at(90)} and {day} > 62
        then 1::BIGINT << greatest(least({day}, 90) - 63, 0) end as far
    from events where {time} > {m.at(YEAR)} and {known}
  ) group by customer_id
) recent full join (
  select customer_id, max({time}) as old_last, max({time}) filter (where {FLAGS["login"]}) as old_in
  from events where {time} <= {m.at(YEAR)} and {known} group by customer_id
) using (customer_id)"""


def transactions(m: Moment) -> str:
    """One row for each customer with transactions."""
    recent = [
        *(m.count(f"transaction_count_{w}d", "date", w, "good") for w in WINDOWS),
        *(m.count(f"failed_payment_count_{w}d", "date", w, "bad") for w in WINDOWS),
        *(f"sum(amount) filter (where {m.inside('date', w)} and good) as a{w}" for w in WINDOWS),
        *(m.count(f"n{w}", "date", w, "good", shift=w) for w in (30, 90)),
        f"sum(amount) filter (where {m.inside('date', 90, 90)} and good) as a90_before",
        "max(amount) filter (where good) as largest",
        m.count("refund_count_365d", "date", YEAR, "refund"),
        f"-sum(age) filter (where {m.inside('date', 90)} and good) as tt90",
        "max(date) filter (where good) as last",
    ]
    known = m.known("transactions", "transaction_id", "date")
    flags = ", ".join(f"{FLAGS[name]} as {name}" for name in ("good", "bad", "refund"))
    return f"""
select customer_id, recent.* exclude (customer_id, last), coalesce(last, old_last) as last_buy,
  coalesce(a365, 0) + coalesce(old_amount, 0) as lifetime
from (
  select customer_id, {", ".join(recent)} from (
    select customer_id, date, amount, {flags}, {m.age("date")} as age
    from transactions where date > {m.at(YEAR)} and {known}
  ) group by customer_id
) recent full join (
  select customer_id, sum(amount) as old_amount, max(date) as old_last
  from transactions where date <= {m.at(YEAR)} and {known} and ({FLAGS["good"]}) group by customer_id
) using (customer_id)"""


def tickets(m: Moment) -> str:
    """One row for each customer with tickets; these are few, so all are read at once."""

    def inside(time: str, window: int) -> str:
        return f"{time} > {m.at(window)}"

    columns = [
        *(f"count(*) filter (where {inside('opened_at', w)}) as ticket_count_{w}d" for w in WINDOWS),
        *(
            f"count(*) filter (where {inside('opened_at', w)} and sentiment_score < 0) as"
            f" negative_ticket_count_{w}d"
            for w in (90, YEAR)
        ),
        *(
            f"avg(sentiment_score) filter (where {inside('opened_at', w)}) as mean_sentiment_{w}d"
            for w in (90, YEAR)
        ),
        f"count(*) filter (where resolved_at is null or resolved_at > {m.at()}) as open_tickets",
        f"avg(resolution_time) filter (where {inside('resolved_at', 180)} and resolved_at <= {m.at()})"
        " as mean_resolution_hours_180d",
        "max(opened_at) as last_ticket",
    ]
    known = m.known("tickets", "ticket_id", "opened_at")
    return f"select customer_id, {', '.join(columns)} from tickets where {known} group by customer_id"


def subscriptions(m: Moment) -> str:
    """One row for each customer who ever had a contract."""
    runs = f"(ended_at is null or ended_at > {m.at()})"
    known = m.known("subscriptions", "subscription_id", "started_at")
    return f"""
select customer_id, sum(mrr) filter (where {runs}) as mrr,
  count(*) filter (where {runs}) as active_subscriptions,
  {m.days(f"min(started_at) filter (where {runs})")} as subscription_age_days,
  -{m.days(f"min(current_period_end) filter (where {runs})")} as days_to_period_end
from subscriptions where {known} group by customer_id"""


def sql(as_of: datetime, corrected: frozenset[str] = frozenset()) -> str:
    """The query of one date (midnight); `corrected` are the tables with replaced rows."""
    m = Moment(as_of, corrected)

    def slope(moment: str, total: str, w: int) -> str:
        return f"coalesce(({moment} + {total} * {(w - 1) / 2}) / {w * (w * w - 1) / 12}, 0)"

    zero = [
        *(f"{what}_count_{w}d" for what in ("event", "login", "transaction", "ticket") for w in WINDOWS),
        *(f"failed_payment_count_{w}d" for w in WINDOWS),
        *(f"negative_ticket_count_{w}d" for w in (90, YEAR)),
        *("downgrade_request_count_90d", "cancel_signal_count_30d", "refund_count_365d", "open_tickets"),
        "active_subscriptions",
    ]
    return f"""
with e as ({events(m)}), t as ({transactions(m)}), k as ({tickets(m)}), s as ({subscriptions(m)}),
c as (
  select customer_id from customers where {m.known("customers", "customer_id", "account_created_date")}
  union select customer_id from e union select customer_id from t
  union select customer_id from k union select customer_id from s
)
select customer_id, {m.at()} as as_of,
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
  {m.days("last_event")} as days_since_last_event, {m.days("last_login")} as days_since_last_login,
  {m.days("last_buy")} as days_since_last_transaction, {m.days("last_ticket")} as days_since_last_ticket,
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


def run(folder: Path, dates: list[datetime], out: Path, *, threads: int, memory: str | None = None) -> None:
    """Write one Parquet file per date into the folder `out`."""
    config: dict[str, str | int] = {"threads": threads, **({"memory_limit": memory} if memory else {})}
    connection = duckdb.connect(str(folder / "w.duckdb"), read_only=True, config=config)
    rows = connection.execute("select distinct table_name from supersessions").fetchall()
    corrected = frozenset(str(name) for (name,) in rows)
    connection.execute(KINDS)
    for as_of in dates:
        file = out / f"{as_of:%Y%m%d}.parquet"
        connection.execute(f"copy ({sql(as_of, corrected)}) to '{file}' (format parquet, compression zstd)")
    connection.close()
