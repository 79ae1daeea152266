"""The desk for customers' requests: what is wrong with one of them holds up no other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from retinue import Retinue
from retinue.runs.privacy.desk import Privacy, work_on

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


def test_a_request_that_breaks_is_told_and_the_next_one_is_worked_on(tmp_path: Path) -> None:
    damaged = tmp_path / ".retinue" / "artefacts" / "assess" / "x"
    damaged.mkdir(parents=True)
    (damaged / "assessments.parquet").write_bytes(b"no parquet")
    with Retinue(tmp_path, clock=NOW) as retinue:
        desk = Privacy(retinue, who="dpo")
        first, second = desk.take_in("access", "C1"), desk.take_in("explanation", "C1")
        found = work_on(retinue, who="dpo")
        assert found[first.request_id] == "failed: It broke: ArrowInvalid."
        assert found[second.request_id].startswith("failed: Nothing is known of 'C1'")
        assert desk.show(first.request_id).detail["failed"] == "It broke: ArrowInvalid."
        assert desk.show(first.request_id).state == "working"
