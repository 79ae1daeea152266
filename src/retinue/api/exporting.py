"""Lists as files: text that a spreadsheet would take for a formula is made plain, numbers stay so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from retinue.runs.customers import CustomerFile, Wanted
from retinue.runs.spreadsheets import csv_lines, plain
from retinue.store import Store
from retinue.store.deliveries import list_deliveries

__all__ = [
    "ACTIONS",
    "DELIVERIES",
    "EXPORTED",
    "as_csv",
    "as_json",
    "customers_in",
    "deliveries_in",
]

EXPORTED = (
    "customer_id",
    "churn_probability",
    "risk_level",
    "time_to_churn_days",
    "clv",
    "clv_low",
    "clv_high",
    "revenue_at_risk",
    "mrr",
    "value_tier",
    "segment",
    "rfm_segment",
    "action_type",
    "urgency",
    "incentive_id",
    "expected_roi",
    "cost",
    "priority_score",
    "held_out",
    "decision_id",
    "as_of",
)
"""The columns of an export of customers, in order."""

ACTIONS = (
    "rank",
    "customer_id",
    "decision_id",
    "action_type",
    "urgency",
    "incentive_id",
    "priority_score",
    "expected_roi",
    "cost",
    "retention_lift",
    "confidence",
    "churn_probability",
    "risk_level",
    "clv",
    "value_tier",
    "segment",
    "held_out",
    "rule",
    "rule_words",
    "reasons",
)
"""The columns of an export of what a campaign does, in order."""

DELIVERIES = (
    "delivery_id",
    "decision_id",
    "campaign_id",
    "customer_id",
    "channel",
    "kind",
    "state",
    "reason",
    "planned_cents",
    "cost_cents",
    "due_at",
    "expires_at",
    "tries",
    "reference",
    "changed_at",
)
"""The columns of an export of deliveries, in order: neither what was sent nor to which address."""

Parts = Iterator[Sequence[Mapping[str, Any]]]
"""Rows, some at a time."""

_AT_ONCE = 1_000


def as_csv(columns: Sequence[str], parts: Parts) -> Iterator[str]:
    """CSV (RFC 4180) with a line of names. A missing value is empty, a list or an object is JSON."""
    yield csv_lines([list(columns)])
    for part in parts:
        yield csv_lines([_cell(row.get(name)) for name in columns] for row in part)


def as_json(columns: Sequence[str], parts: Parts) -> Iterator[str]:
    """A list of objects; text is made plain here too, since such files end up in spreadsheets."""
    first = True
    yield "["
    for part in parts:
        objects = ({name: plain(row.get(name)) for name in columns} for row in part)
        body = ",\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
        if body:
            yield body if first else ",\n" + body
            first = False
    yield "]\n"


def customers_in(found: CustomerFile, wanted: Wanted) -> Parts:
    """The customers of a run in the order asked for, each with `as_of`."""
    as_of = f"{found.shared.as_of:%Y-%m-%dT%H:%M:%SZ}"
    for part in found.all(wanted):
        yield [{**row, "as_of": as_of} for row in part]


def deliveries_in(store: Store, **asked: Any) -> Parts:
    """Deliveries in the order they are due, a thousand at a time. asked: as `list_deliveries`."""
    after: tuple[datetime, str] | None = None
    while part := list_deliveries(store, **asked, after=after, limit=_AT_ONCE):
        yield [{name: _told(getattr(one, name)) for name in DELIVERIES} for one in part]
        after = part[-1].due_at, part[-1].delivery_id


def _told(value: Any) -> Any:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
