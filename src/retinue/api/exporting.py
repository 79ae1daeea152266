"""Customers as files: text that a spreadsheet would take for a formula is made plain, numbers stay so."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from retinue.runs.customers import CustomerFile, Wanted

__all__ = ["EXPORTED", "as_csv", "as_json", "plain"]

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
)
"""The columns of an export, in order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Any) -> Any:
    """The value as a spreadsheet shall take it: text that begins like a formula gets a leading quote.

    >>> plain("=1+1"), plain("@SUM(A1)"), plain("-5"), plain(-5.0), plain("C-1"), plain(None)
    ("'=1+1", "'@SUM(A1)", "'-5", -5.0, 'C-1', None)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(found: CustomerFile, wanted: Wanted) -> Iterator[str]:
    """CSV (RFC 4180) with a line of names; `as_of` is the last column. A missing value is empty."""
    as_of = _moment(found.shared.as_of)
    yield _lines([[*EXPORTED, "as_of"]])
    for part in found.all(wanted):
        yield _lines([*(plain(row[name]) for name in EXPORTED), as_of] for row in part)


def as_json(found: CustomerFile, wanted: Wanted) -> Iterator[str]:
    """A list of objects; text is made plain here too, since such files end up in spreadsheets."""
    as_of, first = _moment(found.shared.as_of), True
    yield "["
    for part in found.all(wanted):
        body = ",\n".join(json.dumps(_object(row, as_of), ensure_ascii=False) for row in part)
        yield body if first else ",\n" + body
        first = False
    yield "]\n"


def _object(row: Mapping[str, Any], as_of: str) -> dict[str, Any]:
    return {**{name: plain(row[name]) for name in EXPORTED}, "as_of": as_of}


def _lines(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _moment(as_of: datetime) -> str:
    return f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
