"""Reported usage events are brought from the store into the warehouse."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retinue import faults
from retinue.ingest import load_sources
from retinue.ingest.rows import RowsSource
from retinue.store import inbox_events
from retinue.warehouse import utc_naive

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["SOURCE", "bring_events"]

SOURCE = "reported"
"""The source's name, kept beside every row."""


def bring_events(retinue: Opened) -> tuple[Counter[str], Counter[str]]:
    """Load what waits: rows by what became of them, and those set aside by reason. Safe to run again.

    An event counts as learned when the service was told of it, so a run as of an earlier time does not see
    it. Loaded first and marked afterwards: a process that dies in between loads it again, which changes
    nothing.
    """
    done: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    while reports := inbox_events.waiting(retinue.store):
        # No two versions of one event in a load: a later report of it may say something else.
        rows = {}
        for report in reports:
            for body in report.bodies:
                rows[body["event_id"]] = {**body, "recorded_at": report.received_at}
        known = _known(retinue, rows)
        source = RowsSource(SOURCE, "events", (row for name, row in rows.items() if name not in known))
        done["unchanged"] += len(known)
        found = load_sources(retinue.warehouse, retinue.settings, [source], clock=retinue.clock)
        done.update(
            loaded=found.loaded,
            corrected=found.corrected,
            unchanged=found.unchanged,
            quarantined=found.quarantined,
        )
        reasons.update(found.reasons)
        faults.point("events.loaded")
        inbox_events.collected(retinue.store, [report.number for report in reports], now=retinue.clock)
        faults.point("events.marked")
    return done, reasons


def _known(retinue: Opened, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Events that the warehouse has just so: told again, they are not learned anew."""
    import ibis

    wanted = ibis.memtable(pa.table({"wanted": list(rows)}))
    events = retinue.warehouse.facts("events").semi_join(wanted, [("event_id", "wanted")])
    held = events.select("event_id", "customer_id", "event_type", "timestamp", "metadata")
    return {
        one["event_id"]
        for one in held.to_pyarrow().to_pylist()
        if _content(one) == _content(rows[one["event_id"]])
    }


def _content(event: Mapping[str, Any]) -> tuple[Any, ...]:
    at, more = event["timestamp"], event.get("metadata")
    moment = utc_naive(datetime.fromisoformat(at) if isinstance(at, str) else at)
    told = json.loads(more) if isinstance(more, str) else more
    return event["customer_id"], event["event_type"], moment, told
