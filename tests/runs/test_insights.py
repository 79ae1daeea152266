"""What a run leaves of the data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from retinue.app import Retinue
from retinue.runs.insights import QUARANTINE, SetAside
from retinue.runs.insights.loads import loads, set_aside, tables
from retinue.runs.insights.set_aside import write_set_aside

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def data(root: Path) -> Path:
    folder = root / "data"
    folder.mkdir()
    (folder / "customers.csv").write_text(
        "customer_id,account_created_date,recorded_at\nC1,2025-01-01,2025-01-02\nC2,2025-01-01,2025-01-02\n"
    )
    (folder / "events.csv").write_text(
        "event_id,customer_id,event_type,timestamp\nE1,C1,login,2026-02-01\nE2,C9,login,2026-02-02\n"
        "E3,C1,login,yesterday\n"
    )
    return folder


def test_loads_freshness_and_what_was_set_aside_are_left_page_by_page(tmp_path: Path) -> None:
    with Retinue(tmp_path, clock=NOW) as retinue:
        retinue.load(data(tmp_path))
        found = {(one["source"], one["table"]): one for one in loads(retinue.warehouse, NOW)}
        (events,) = (one for (_, table), one in found.items() if table == "events")
        assert events["loaded_at"] == "2026-02-14T09:00:00Z"
        assert (events["loads"], events["rows"]["read"], events["last"]["quarantined"]) == (1, 3, 2)
        state = {one["table"]: one for one in tables(retinue.warehouse, NOW)}
        assert (state["events"]["rows"], state["events"]["newest"]) == (1, "2026-02-01T00:00:00Z")
        assert state.keys() == {"customers", "events"}
        counted = set_aside(retinue.warehouse)
        assert {(one["table"], one["rows"]) for one in counted} == {("events", 1)}
        assert len(counted) == 2
        path = tmp_path / QUARANTINE
        assert write_set_aside(retinue.warehouse, path) == 2
    kept = SetAside(path)
    first = kept.page({"table": "events"}, 0, 1)
    second = kept.page({"table": "events"}, first[0]["place"], 5)
    assert [row["row_number"] for row in first + second] == [2, 3]
    assert kept.count({"reason": "orphan"}) == 1
    assert kept.page({"table": "customers", "reason": None, "source": None}, 0, 5) == []
    assert b"yesterday" not in path.read_bytes(), "values stay in the warehouse"
