"""What may stay for so long only is gone after that, and nothing else is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from tests.runs.conftest import Past
from tests.store.test_privacy_requests import fill

from retinue import Retinue
from retinue.runs.privacy import opening
from retinue.runs.privacy.retention import retain
from retinue.store.deliveries import list_deliveries
from retinue.store.privacy_requests import ask, close

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 31, 9, tzinfo=UTC)


def at(folder: Path, days: float, **kept: float) -> Retinue:
    return Retinue(folder, overrides={"retention": kept}, clock=FIRST + days * DAY)


def test_facts_go_when_their_days_are_over_and_their_bytes_with_them(tmp_path: Path) -> None:
    def event(name: str, days: float) -> dict[str, object]:
        moment = (FIRST + days * DAY).replace(tzinfo=None)
        return {
            "event_id": name,
            "customer_id": "C1",
            "event_type": "login",
            "timestamp": moment,
            "source": "test",
            "recorded_at": moment,
        }

    with at(tmp_path, 0) as retinue:
        retinue.warehouse.engine.append(
            "events", pa.Table.from_pylist([event("canary_old", 0), event("canary_new", 5)])
        )
    with at(tmp_path, 29.9, events=30) as retinue:
        assert retain(retinue, who="ada")["events"] == 0
    with at(tmp_path, 30.1, events=30) as retinue:
        assert retain(retinue, who="ada", dry_run=True)["events"] == 1
        assert retinue.warehouse.count("events") == 2
        assert retain(retinue, who="ada")["events"] == 1
        assert retain(retinue, who="ada")["events"] == 0
        assert retinue.warehouse.count("events") == 1
    content = (tmp_path / ".retinue" / "warehouse.duckdb").read_bytes()
    assert b"canary_old" not in content
    assert b"canary_new" in content


def test_the_store_lets_go_of_what_is_over_and_old(tmp_path: Path) -> None:
    kinds = {"requests": 10.0, "responses": 20.0, "reviews": 30.0}
    with at(tmp_path, 0) as retinue:
        fill(retinue.store, "C1", 1)
        assert len(list_deliveries(retinue.store)) == 1
    with at(tmp_path, 9.9, **kinds) as retinue:
        assert set(retain(retinue, who="ada").values()) == {0}
    with at(tmp_path, 10.1, **kinds) as retinue:
        found = retain(retinue, who="ada")
        assert {kind: many for kind, many in found.items() if many} == {"requests": 1}
        (delivery,) = list_deliveries(retinue.store)
        assert (delivery.state, delivery.request) == ("sent", None)
    with at(tmp_path, 40, **kinds) as retinue:
        found = retain(retinue, who="ada")
        assert (found["requests"], found["responses"], found["reviews"]) == (0, 1, 1)
        assert retinue.audit_verify().whole


def test_runs_go_but_for_the_newest_and_the_trail_knows(past: Past) -> None:
    past.run(datetime(2025, 1, 1, tzinfo=UTC), n=60, outcomes=False)
    past.run(datetime(2025, 2, 1, tzinfo=UTC), n=60, outcomes=False, seed=2)
    folders = past.root / ".retinue" / "runs"
    with Retinue(past.root, overrides={"retention": {"runs": 10}}, clock=FIRST) as retinue:
        assert retain(retinue, who="ada")["runs"] == 1
        assert [path.name for path in folders.iterdir()] == ["CAMP_2025_02_01_001"]
        assert retain(retinue, who="ada")["runs"] == 0
        assert retinue.audit_verify().whole


def test_copies_and_stages_go_by_their_age(tmp_path: Path) -> None:
    with at(tmp_path, 0) as retinue:
        made = ask(retinue.store, "access", "C1", who="ada", clock=retinue.clock)
        opening.keep_answer(retinue, made.request_id, "C1", b"all of it")
        close(retinue.store, made.request_id, who="ada", clock=retinue.clock)
        assert opening.opened_answer(retinue, made.request_id, "C1") == b"all of it"
        assert b"all of it" not in next((tmp_path / ".retinue/privacy/answers").iterdir()).read_bytes()
    stage = tmp_path / ".retinue" / "artefacts" / "profiles" / "abc"
    stage.mkdir(parents=True)
    os.utime(stage, (FIRST.timestamp(), FIRST.timestamp()))
    with at(tmp_path, 29, artefacts=60) as retinue:
        assert set(retain(retinue, who="ada").values()) == {0}
    with at(tmp_path, 61, artefacts=60) as retinue:
        found = retain(retinue, who="ada")
        assert (found["answers"], found["artefacts"]) == (1, 1)
        assert opening.opened_answer(retinue, made.request_id, "C1") is None
    assert not stage.exists()
