"""The features read literally: for one customer and one date, loops over the visible rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from retinue.warehouse.tables import table

Rows: TypeAlias = list[dict[str, Any]]
LOGIN, DOWNGRADE, CANCEL = (
    ("login", "session_start"),
    ("downgrade_request", "downgrade_requested", "downgrade"),
    ("cancel_request", "cancel_page_viewed"),
)
NAN = float("nan")
DAY = timedelta(days=1)
EPOCH = datetime.fromisoformat("1970-01-01")


class Facts:
    """The rows of each customer, and what was visible of them at a date (found once)."""

    def __init__(self, history: Any) -> None:
        self.people = sorted({r["customer_id"] for rows in history.rows.values() for r in rows})
        self._rows: dict[tuple[str, str], Rows] = {}
        self._seen: dict[tuple[str, str, datetime], Rows] = {}
        for name, rows in history.rows.items():
            for row in rows:
                self._rows.setdefault((name, row["customer_id"]), []).append(row)

    def visible(self, name: str, who: str, as_of: datetime) -> Rows:
        key = name, who, as_of
        if key not in self._seen:
            self._seen[key] = _visible(self._rows.get((name, who), []), name, as_of)
        return self._seen[key]


def _visible(rows: Rows, name: str, as_of: datetime) -> Rows:
    """The rows known at a date, with what became known later blanked."""
    declared = table(name)
    found = []
    for row in rows:
        happened = row.get(declared.happened or "")
        if row["recorded_at"] > as_of:
            continue
        if row["superseded_at"] is not None and row["superseded_at"] <= as_of:
            continue
        if happened is not None and happened > as_of:
            continue
        copy = dict(row)
        for column in declared.columns:
            if column.known_from is not None:
                moment = row.get(column.known_from)
                if moment is None or moment > as_of:
                    copy[column.name] = None
        found.append(copy)
    return found


def _div(a: float, b: float) -> float:
    return NAN if b == 0 or b != b or a != a else a / b


def _age(as_of: datetime, moment: datetime) -> float:
    return (as_of - moment) / DAY


def _day(moment: datetime) -> int:
    return (moment - EPOCH) // DAY


class Reader:
    """Features of one customer at one date, each read literally from the visible rows."""

    def __init__(self, facts: Facts, who: str, as_of: datetime) -> None:
        self.as_of = as_of
        self.facts = facts
        self.who = who
        rows = {
            t: facts.visible(t, who, as_of)
            for t in ("customers", "subscriptions", "transactions", "events", "tickets")
        }
        self.rows = rows
        self.known = any(rows.values())
        tx = rows["transactions"]
        self.buys = [
            r for r in tx if r["status"] == "succeeded" or (r["status"] is None and r["amount"] >= 0)
        ]
        self.failed = [r for r in tx if r["status"] == "failed"]
        self.refunds = [
            r for r in tx if r["status"] == "refunded" or (r["status"] is None and r["amount"] < 0)
        ]
        self.events = rows["events"]
        self.logins = [r for r in self.events if r["event_type"] in LOGIN]
        self.downgrades = [r for r in self.events if r["event_type"] in DOWNGRADE]
        self.cancels = [r for r in self.events if r["event_type"] in CANCEL]
        self.tickets = rows["tickets"]

    def inside(
        self, rows: list[dict[str, Any]], column: str, window: int, shift: int = 0
    ) -> list[dict[str, Any]]:
        return [
            r
            for r in rows
            if r[column] is not None
            and self.as_of - (window + shift) * DAY < r[column] <= self.as_of - shift * DAY
        ]

    @staticmethod
    def money(rows: list[dict[str, Any]], *, absolute: bool = False) -> float:
        return float(sum((abs(r["amount"]) if absolute else r["amount"] for r in rows), Decimal(0)))

    @staticmethod
    def days(rows: list[dict[str, Any]], column: str) -> list[int]:
        return sorted({_day(r[column]) for r in rows})

    def since(self, rows: list[dict[str, Any]], column: str) -> float:
        return _age(self.as_of, max(r[column] for r in rows)) if rows else NAN

    def slope(self, rows: list[dict[str, Any]], column: str, window: int, money: bool = False) -> float:
        values = [Decimal(0)] * window
        for row in self.inside(rows, column, window):
            values[int(_age(self.as_of, row[column]) // 1)] += row["amount"] if money else 1
        times = [-k for k in range(window)]
        mean_time = sum(times) / window
        mean = sum(values) / window
        top = sum((t - mean_time) * float(y - mean) for t, y in zip(times, values, strict=True))
        return top / sum((t - mean_time) ** 2 for t in times)

    def read(self) -> dict[str, float]:
        out: dict[str, float] = {}
        self._purchases(out)
        self._payments(out)
        self._usage(out)
        self._support(out)
        self._time(out)
        self._history(out)
        self._contract(out)
        self._habits(out)
        self._prices(out)
        self._account(out)
        return out

    def _purchases(self, out: dict[str, float]) -> None:
        buys, money = self.buys, self.money

        def n(w: int, s: int = 0) -> int:
            return len(self.inside(buys, "date", w, s))

        def amount(w: int, s: int = 0) -> float:
            return money(self.inside(buys, "date", w, s))

        for w in (7, 30, 90, 180, 365):
            out[f"transaction_count_{w}d"] = n(w)
            out[f"transaction_amount_{w}d"] = amount(w)
        for w in (90, 365):
            out[f"mean_transaction_amount_{w}d"] = _div(amount(w), n(w))
        for w in (90, 365):
            out[f"purchase_days_{w}d"] = len(self.days(self.inside(buys, "date", w), "date"))
        for w in (30, 90, 180):
            out[f"transaction_rate_change_{w}d"] = _div(n(w), n(w, w))
        out["transaction_amount_change_90d"] = _div(amount(90), amount(90, 90))
        year = self.inside(buys, "date", 365)
        out["largest_transaction_365d"] = max((float(r["amount"]) for r in year), default=NAN)
        out["recent_amount_share"] = _div(amount(90), amount(365))
        for w in (30, 90):
            out[f"transaction_count_vs_year_ago_{w}d"] = _div(n(w), n(w, 365))
        out["transaction_amount_vs_year_ago_90d"] = _div(amount(90), amount(90, 365))
        out["seasonal_amount_change_90d"] = _div(
            _div(amount(90), amount(90, 90)), _div(amount(90, 365), amount(90, 455))
        )

    def _payments(self, out: dict[str, float]) -> None:
        def n(rows: list[dict[str, Any]], w: int) -> int:
            return len(self.inside(rows, "date", w))

        for w in (7, 30, 90, 180, 365):
            out[f"failed_payment_count_{w}d"] = n(self.failed, w)
        for w in (90, 365):
            out[f"failed_payment_share_{w}d"] = _div(n(self.failed, w), n(self.failed, w) + n(self.buys, w))
            out[f"refund_count_{w}d"] = n(self.refunds, w)
        out["days_since_failed_payment"] = self.since(self.failed, "date")
        latest = max((r["date"] for r in self.failed), default=None)
        bought = max((r["date"] for r in self.buys), default=EPOCH)
        out["last_payment_failed"] = float(latest is not None and latest >= bought)
        back = self.money(self.inside(self.refunds, "date", 365), absolute=True)
        out["refund_share_365d"] = _div(back, self.money(self.inside(self.buys, "date", 365)))
        for w in (90, 365):
            out[f"downgrade_request_count_{w}d"] = len(self.inside(self.downgrades, "timestamp", w))
        for w in (30, 90):
            out[f"cancel_signal_count_{w}d"] = len(self.inside(self.cancels, "timestamp", w))

    def _usage(self, out: dict[str, float]) -> None:
        def n(rows: list[dict[str, Any]], w: int, s: int = 0) -> int:
            return len(self.inside(rows, "timestamp", w, s))

        def active(w: int, s: int = 0) -> int:
            return len(self.days(self.inside(self.events, "timestamp", w, s), "timestamp"))

        def breadth(w: int, s: int = 0) -> int:
            return len({r["event_type"] for r in self.inside(self.events, "timestamp", w, s)})

        events, logins = self.events, self.logins
        for w in (7, 30, 90, 180, 365):
            out[f"event_count_{w}d"] = n(events, w)
            out[f"login_count_{w}d"] = n(logins, w)
        for w in (7, 30, 90, 180):
            out[f"active_days_{w}d"] = active(w)
        out["login_rate_change_30d"] = _div(n(logins, 30), n(logins, 30, 30))
        for w in (30, 90):
            out[f"event_rate_change_{w}d"] = _div(n(events, w), n(events, w, w))
            out[f"events_per_active_day_{w}d"] = _div(n(events, w), active(w))
            out[f"event_count_vs_year_ago_{w}d"] = _div(n(events, w), n(events, w, 365))
        out["stickiness"] = _div(active(7), active(30))
        out["recent_event_share"] = _div(n(events, 30), n(events, 180))
        out["login_share_90d"] = _div(n(logins, 90), n(events, 90))
        out["login_count_vs_year_ago_90d"] = _div(n(logins, 90), n(logins, 90, 365))
        for w in (30, 90, 365):
            out[f"event_kinds_{w}d"] = breadth(w)
        out["event_kinds_change_90d"] = _div(breadth(90), breadth(90, 90))
        out["breadth_kept"] = _div(breadth(30), len({r["event_type"] for r in events}))

    def _support(self, out: dict[str, float]) -> None:
        def opened(w: int, s: int = 0) -> list[dict[str, Any]]:
            return self.inside(self.tickets, "opened_at", w, s)

        def mean(rows: list[dict[str, Any]], column: str) -> float:
            values = [r[column] for r in rows if r[column] is not None]
            return _div(sum(values), len(values))

        for w in (7, 30, 90, 180, 365):
            out[f"ticket_count_{w}d"] = len(opened(w))
        for w in (90, 365):
            scores = [r["sentiment_score"] for r in opened(w) if r["sentiment_score"] is not None]
            out[f"negative_ticket_count_{w}d"] = sum(s < 0 for s in scores)
            out[f"mean_sentiment_{w}d"] = mean(opened(w), "sentiment_score")
        out["sentiment_change_90d"] = mean(opened(90), "sentiment_score") - mean(
            opened(90, 90), "sentiment_score"
        )
        out["open_tickets"] = sum(r["resolved_at"] is None for r in self.tickets)
        out["mean_resolution_hours_180d"] = mean(
            self.inside(self.tickets, "resolved_at", 180), "resolution_time"
        )
        hours = [r["resolution_time"] for r in self.inside(self.tickets, "resolved_at", 365)]
        out["longest_resolution_hours_365d"] = max((h for h in hours if h is not None), default=NAN)

    def _time(self, out: dict[str, float]) -> None:
        out["days_since_last_transaction"] = self.since(self.buys, "date")
        out["days_since_last_event"] = self.since(self.events, "timestamp")
        out["days_since_last_login"] = self.since(self.logins, "timestamp")
        out["days_since_last_ticket"] = self.since(self.tickets, "opened_at")
        out["days_since_last_refund"] = self.since(self.refunds, "date")
        out["days_since_last_cancel_signal"] = self.since(self.cancels, "timestamp")
        out["days_since_last_downgrade_request"] = self.since(self.downgrades, "timestamp")
        for w in (30, 90, 180):
            out[f"event_trend_{w}d"] = self.slope(self.events, "timestamp", w)
        out["login_trend_30d"] = self.slope(self.logins, "timestamp", 30)
        out["transaction_trend_90d"] = self.slope(self.buys, "date", 90)
        out["transaction_amount_trend_180d"] = self.slope(self.buys, "date", 180, money=True)

    def _history(self, out: dict[str, float]) -> None:
        starts = [
            *(r["account_created_date"] for r in self.rows["customers"] if r.get("account_created_date")),
            *(r["started_at"] for r in self.rows["subscriptions"]),
            *(r["date"] for r in self.rows["transactions"]),
            *(r["timestamp"] for r in self.events),
            *(r["opened_at"] for r in self.tickets),
        ]
        out["tenure_days"] = _age(self.as_of, min(starts)) if starts else NAN
        days = self.days(self.buys, "date")
        n = len(days)
        amount = self.money(self.buys)
        on_first = self.money([r for r in self.buys if days and _day(r["date"]) == days[0]])
        gaps = [b - a for a, b in pairwise(days)]
        out["purchase_days"] = n
        out["repeat_purchase_days"] = max(n - 1, 0)
        out["purchase_span_days"] = days[-1] - days[0] if days else NAN
        out["purchase_age_days"] = _age(self.as_of, EPOCH + days[0] * DAY) if days else NAN
        out["mean_purchase_value"] = _div(amount, n)
        out["mean_repeat_value"] = _div(amount - on_first, n - 1) if n > 1 else NAN
        out["lifetime_amount"] = amount
        out["first_purchase_share"] = _div(on_first, amount)
        mean = sum(gaps) / len(gaps) if gaps else NAN
        sd = (sum((g - mean) ** 2 for g in gaps) / len(gaps)) ** 0.5 if n > 2 else NAN
        out["mean_purchase_gap_days"] = mean
        out["sd_purchase_gap_days"] = sd
        out["purchase_burstiness"] = _div(sd - mean, sd + mean)
        out["purchase_silence_ratio"] = _div(self.since(self.buys, "date"), mean)
        active = self.days(self.inside(self.events, "timestamp", 365), "timestamp")
        usual = (active[-1] - active[0]) / (len(active) - 1) if len(active) > 1 else NAN
        out["mean_activity_gap_365d"] = usual
        out["activity_silence_ratio"] = _div(self.since(self.events, "timestamp"), usual)

    def _contract(self, out: dict[str, float]) -> None:
        rows = self.rows["subscriptions"]
        running = [r for r in rows if r["ended_at"] is None]
        ended = [r for r in rows if r["ended_at"] is not None]
        asked = [r for r in running if r["cancel_requested_at"] is not None]

        ends = [r["current_period_end"] for r in running if r["current_period_end"] is not None]
        out["active_subscriptions"] = len(running)
        out["past_subscriptions"] = len(ended)
        out["subscriptions_ended_unpaid"] = sum(r["end_reason"] == "payment" for r in ended)
        out["subscription_age_days"] = (
            _age(self.as_of, min(r["started_at"] for r in running)) if running else NAN
        )
        out["days_since_plan_change"] = self.since(running, "started_at")
        left = out["days_to_period_end"] = (min(ends) - self.as_of) / DAY if ends else NAN
        paid = self.since(self.buys, "date")
        period = paid + left if left >= 0 else NAN
        out["paid_period_days"] = period
        out["period_elapsed_share"] = _div(paid, period)
        out["contract_age_periods"] = _div(out["subscription_age_days"], period)
        due = [r["current_period_end"] for r in asked if r["current_period_end"] is not None]
        out["cancel_request_to_period_end_days"] = (
            (min(due) - max(r["cancel_requested_at"] for r in asked)) / DAY if due else NAN
        )
        out["cancel_requested"] = float(bool(asked))
        out["days_since_cancel_request"] = self.since(asked, "cancel_requested_at")
        out["days_since_last_end"] = self.since(ended, "ended_at")

    def _habits(self, out: dict[str, float]) -> None:
        """Payment friction, and silence and unevenness in units of one's own history."""

        def share(w: int, s: int = 0) -> float:
            failed = len(self.inside(self.failed, "date", w, s))
            return _div(failed, failed + len(self.inside(self.buys, "date", w, s)))

        def methods(w: int, s: int = 0) -> int:
            rows = self.inside(self.failed + self.buys, "date", w, s)
            return len({r["payment_method"] for r in rows} - {None})

        out["days_unpaid"] = out["last_payment_failed"] * self.since(self.buys, "date")
        out["failed_payment_share_change_90d"] = share(90) - share(90, 90)
        failed = self.inside(self.failed, "date", 365)
        out["failed_per_failing_day_365d"] = _div(len(failed), len(self.days(failed, "date")))
        usual = out["mean_purchase_gap_days"]
        out["payment_methods_365d"] = methods(365)
        out["new_payment_methods_90d"] = methods(180) - methods(90, 90)

        def gap(rows: list[dict[str, Any]], column: str) -> float:
            days = self.days(rows, column)
            return (days[-1] - days[0]) / (len(days) - 1) if len(days) > 1 else NAN

        out["purchase_silence_sd"] = _div(self.since(self.buys, "date") - usual, out["sd_purchase_gap_days"])
        out["purchase_gap_change_365d"] = _div(gap(self.inside(self.buys, "date", 365), "date"), usual)
        out["activity_gap_change_90d"] = _div(
            gap(self.inside(self.events, "timestamp", 90), "timestamp"),
            gap(self.inside(self.events, "timestamp", 365), "timestamp"),
        )
        out["login_silence_ratio"] = _div(
            self.since(self.logins, "timestamp"),
            gap(self.inside(self.logins, "timestamp", 365), "timestamp"),
        )
        out["ticket_silence_ratio"] = _div(
            self.since(self.tickets, "opened_at"), gap(self.tickets, "opened_at")
        )
        for what, rows in (("event", self.events), ("login", self.logins)):
            ages = [_age(self.as_of, r["timestamp"]) for r in self.inside(rows, "timestamp", 180)]
            edges = (0, 7, 30, 60, 90, 180)
            found = 0.0
            for low, high in pairwise(edges):
                even = len(ages) * (high - low) / 180
                found += _div((sum(low <= a < high for a in ages) - even) ** 2, even)
            out[f"{what}_dispersion_180d"] = found / 4

    def _prices(self, out: dict[str, float]) -> None:
        def priced(days: int) -> list[float]:
            then = self.as_of - days * DAY
            rows = self.facts.visible("subscriptions", self.who, then)
            return [float(r["mrr"]) for r in rows if r["ended_at"] is None and r["mrr"] is not None]

        def mrr(days: int) -> float:
            # Earlier contracts say nothing of a customer who has none on record now.
            return sum(priced(days)) if priced(days) and self.rows["subscriptions"] else NAN

        def paid(w: int, s: int = 0) -> float:
            rows = self.inside(self.buys, "date", w, s)
            return _div(self.money(rows), len(rows))

        out["mrr"] = mrr(0)
        for w in (90, 365):
            out[f"mrr_change_{w}d"] = _div(mrr(0), mrr(w))
        out["contract_price_change_365d"] = _div(
            _div(mrr(0), len(priced(0))), _div(mrr(365), len(priced(365)))
        )
        out["mean_amount_vs_year_ago_90d"] = _div(paid(90), paid(90, 365))
        days = self.days(self.buys, "date")
        first = self.money([r for r in self.buys if _day(r["date"]) == days[0]])
        out["mean_amount_vs_first"] = _div(paid(90), first)
        top = out["largest_transaction_365d"]
        out["discount_depth_90d"] = _div(top - paid(90), top)
        out["paid_against_mrr_90d"] = _div(
            self.money(self.inside(self.buys, "date", 90)), mrr(0) * 90 / (365.25 / 12)
        )

    def _account(self, out: dict[str, float]) -> None:
        mine = [r["account_id"] for r in self.rows["customers"] if r["account_id"] is not None]
        others = [
            who
            for who in self.facts.people
            if mine
            and who != self.who
            and [r["account_id"] for r in self.facts.visible("customers", who, self.as_of)] == mine
        ]

        def of(table_name: str) -> list[list[dict[str, Any]]]:
            return [self.facts.visible(table_name, who, self.as_of) for who in others]

        def recent(table_name: str, column: str, w: int) -> list[list[dict[str, Any]]]:
            return [self.inside(rows, column, w) for rows in of(table_name)]

        out["account_customers"] = len(others) + 1 if mine else NAN
        used = recent("events", "timestamp", 30)
        spent = [
            r
            for rows in recent("transactions", "date", 90)
            for r in rows
            if r["status"] == "succeeded" or (r["status"] is None and r["amount"] >= 0)
        ]
        contracts = [rows for rows in of("subscriptions") if rows]
        ends = [r["ended_at"] for rows in contracts for r in rows if r["ended_at"] is not None]
        gone = sum(all(r["ended_at"] is not None for r in rows) for rows in contracts)
        found = {
            "account_event_count_30d": sum(map(len, used)),
            "account_silent_share_30d": _div(sum(not rows for rows in used), len(others)),
            "account_amount_90d": self.money(spent),
            "account_ticket_count_90d": sum(map(len, recent("tickets", "opened_at", 90))),
            "account_left_share": _div(gone, len(contracts)),
            "account_days_since_end": _age(self.as_of, max(ends)) if ends else NAN,
        }
        out |= found if others else dict.fromkeys(found, NAN)


@pytest.fixture(scope="session")
def read_literally() -> Callable[[Any, list[datetime]], dict[tuple[datetime, str], dict[str, float]]]:
    """(date, customer) → feature → value, for the customers known at each date."""

    def read(history: Any, dates: list[datetime]) -> dict[tuple[datetime, str], dict[str, float]]:
        facts = Facts(history)
        found = {}
        for as_of in dates:
            for who in facts.people:
                reader = Reader(facts, who, as_of)
                if reader.known:
                    found[as_of, who] = reader.read()
        return found

    return read
