"""What must hold within one row, beyond each value being readable."""

from __future__ import annotations

from datetime import datetime, timedelta

from retinue.ingest.casts import Check
from retinue.sources.mapping import literal, quoted
from retinue.warehouse.base import utc_naive
from retinue.warehouse.tables import Column, Table

__all__ = ["FUTURE_TOLERANCE", "RECORDED_AT", "defaults", "row_checks"]

FUTURE_TOLERANCE = timedelta(hours=24)
"""How far ahead of the clock a moment may lie: a day covers a source in any time zone."""

RECORDED_AT = Column("recorded_at", "timestamp", "when the source learned the row")

_ORDERED = {
    "subscriptions": (("started_at", "ended_at"), ("started_at", "current_period_end")),
    "tickets": (("opened_at", "resolved_at"),),
}
_MAY_LIE_AHEAD = {"ended_at", "current_period_end"}
"""A contract may be known to end on a day to come; reads hide it until then."""


def defaults(table: Table, currency: str) -> dict[str, str]:
    """SQL literals that stand for null in some columns: an amount without a currency is in the project's."""
    out = {}
    if "currency" in table.column_names:
        out["currency"] = literal(currency)
    if table.name == "transactions":
        out["status"] = "'succeeded'"
    return out


def row_checks(table: Table, present: frozenset[str], *, clock: datetime, currency: str) -> list[Check]:
    """The checks on the typed values of one row, in the order in which they are made.

    Parameters
    ----------
    present: the columns the source gives.
    clock: now, in UTC; a fact from more than a day later is refused.
    currency: ISO 4217 code of the project's amounts; others are refused because no rate is known.
    """
    checks: list[Check] = []
    for column in (*table.columns, RECORDED_AT):
        if column.name in present:
            checks += _column_checks(table, column, clock)
    if table.name == "transactions" and "amount" in present:
        refund = "coalesce(status, 'succeeded') = 'refunded'" if "status" in present else "false"
        checks.append(
            Check(
                "negative_amount",
                "amount",
                f"amount < 0 AND NOT {refund}",
                "negative, and its status is not 'refunded'; map status for refunds",
            )
        )
    if "currency" in table.column_names:
        checks.append(
            Check(
                "currency",
                "currency",
                f"currency <> {literal(currency)}",
                f"not {currency}; no exchange rate is known, so convert the amount in the mapping",
            )
        )
    for first, second in _ORDERED.get(table.name, ()):
        if {first, second} <= present:
            words = f"{second} lies before {first}"
            checks.append(Check("end_before_start", second, f"{quoted(second)} < {quoted(first)}", words))
    return checks


def _column_checks(table: Table, column: Column, clock: datetime) -> list[Check]:
    name, checks = column.name, []
    if column.required:
        reason = "missing_customer" if name == "customer_id" else "missing_value"
        checks.append(Check(reason, name, f"{quoted(name)} IS NULL", f"missing: {column.description}"))
    if column.minimum is not None:
        low = f"{quoted(name)} < {column.minimum}"
        checks.append(Check("out_of_bounds", name, low, f"less than {column.minimum:g}"))
    if column.maximum is not None:
        high = f"{quoted(name)} > {column.maximum}"
        checks.append(Check("out_of_bounds", name, high, f"more than {column.maximum:g}"))
    if column.allowed:
        listed = ", ".join(literal(value) for value in column.allowed)
        words = f"not one of {', '.join(column.allowed)}; give a map for other words"
        checks.append(Check("unknown_category", name, f"{quoted(name)} NOT IN ({listed})", words))
    moment = name in (table.happened, "recorded_at") or column.known_from == name
    if column.kind == "timestamp" and moment and name not in _MAY_LIE_AHEAD:
        limit = utc_naive(clock) + FUTURE_TOLERANCE
        words = "more than a day in the future"
        checks.append(Check("future_date", name, f"{quoted(name)} > TIMESTAMP '{limit}'", words))
    return checks
