"""Reported events come into the warehouse once, learned when they were told, wherever the process dies."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from retinue.app import Retinue
from retinue.runs.events_in import bring_events
from retinue.store import Store, inbox_events

TOLD = datetime(2026, 2, 14, 9, tzinfo=UTC)
CLOCK = datetime(2026, 2, 20, tzinfo=UTC)


def event(name: str, customer: str = "C1", kind: str = "login") -> dict[str, Any]:
    return {
        "event_id": name,
        "customer_id": customer,
        "event_type": kind,
        "timestamp": "2026-02-13T08:00:00+00:00",
        "metadata": '{"a": 1}',
    }


def tell(store: Store, *events: dict[str, Any], at: datetime = TOLD) -> None:
    with store.transaction() as session:
        inbox_events.keep(session, events, now=at)


def held(retinue: Retinue, as_of: datetime) -> list[tuple[str, str]]:
    rows = (
        retinue.warehouse.history("events", as_of).select("event_id", "event_type").to_pyarrow().to_pylist()
    )
    return sorted((row["event_id"], row["event_type"]) for row in rows)


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        people = [{"customer_id": "C1", "recorded_at": datetime(2025, 1, 1)}]
        retinue.warehouse.engine.append("customers", pa.Table.from_pylist(people))
        tell(retinue.store, event("E1"), event("E2", "nobody"))
        tell(retinue.store, event("E1", kind="export"), event("E3"), at=datetime(2026, 2, 15, tzinfo=UTC))
    return tmp_path


def is_loaded_once(root: Path) -> None:
    with Retinue(root, clock=CLOCK) as retinue:
        bring_events(retinue)
        assert held(retinue, CLOCK) == [("E1", "export"), ("E3", "login")]
        assert held(retinue, datetime(2026, 2, 14, tzinfo=UTC)) == [], "nobody had told of it by then"
        assert inbox_events.counts(retinue.store) == {"received": 4, "waiting": 0}
        versions = retinue.warehouse.count("events")
        tell(retinue.store, event("E3"), at=CLOCK)
        loaded, _ = bring_events(retinue)
        assert {name: many for name, many in loaded.items() if many} == {"unchanged": 1}
        assert retinue.warehouse.count("events") == versions


def test_events_are_loaded_and_what_cannot_be_is_set_aside(reported: Path) -> None:
    with Retinue(reported, clock=CLOCK) as retinue:
        found = retinue.outcomes_collect().as_dict()
        assert found["events"] == {"loaded": 2, "corrected": 0, "unchanged": 0, "quarantined": 1}
        assert found["quarantined"] == {"orphan": 1}
    is_loaded_once(reported)


@pytest.mark.parametrize("point", ["events.loaded", "events.marked"])
def test_broken_off_anywhere_an_event_is_loaded_once(
    reported: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    with monkeypatch.context() as patch, Retinue(reported, clock=CLOCK) as retinue:
        patch.setenv("RETINUE_FAULT", f"{point}:1:raise")
        patch.setattr("retinue.faults._reached", Counter())
        with pytest.raises(RuntimeError, match="fault injected"):
            bring_events(retinue)
    is_loaded_once(reported)
