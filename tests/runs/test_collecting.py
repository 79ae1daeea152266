"""What waits in the store comes into the warehouse once, whenever the process dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.campaigns.button import Button

from retinue.app import Retinue
from retinue.store import Store, inbox

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)
CLOCK = datetime(2026, 2, 20, tzinfo=UTC)


def report(store: Store, *rows: dict[str, Any]) -> None:
    with store.transaction() as session:
        inbox.keep(session, rows, now=NOW)


def outcome(customer: str = "C1", **more: Any) -> dict[str, Any]:
    return {
        "customer_id": customer,
        "retained": True,
        "observed_at": "2026-02-13T08:00:00+00:00",
        **more,
    }


def people(retinue: Retinue, *names: str) -> None:
    rows = [{"customer_id": name, "recorded_at": datetime(2025, 1, 1)} for name in names]
    retinue.warehouse.engine.append("customers", pa.Table.from_pylist(rows))


def rows_of(retinue: Retinue, table: str, *columns: str) -> list[dict[str, Any]]:
    found = retinue.warehouse.history(table, CLOCK + timedelta(days=1)).select(*columns).to_pyarrow()
    return sorted(found.to_pylist(), key=lambda row: str(list(row.values())))


def test_reports_are_loaded_with_their_corrections_in_order(tmp_path: Path) -> None:
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        people(retinue, "C1", "C2")
        report(retinue.store, outcome(outcome_id="O1", revenue="5"), outcome("C2", outcome_id="O2"))
        report(retinue.store, outcome(outcome_id="O1", revenue="7", retained=False))
        found = retinue.outcomes_collect().as_dict()
        assert found["reported"] == {"loaded": 2, "corrected": 1, "unchanged": 0, "quarantined": 0}
        rows = rows_of(retinue, "outcomes", "outcome_id", "retained", "revenue")
        assert [(r["outcome_id"], r["retained"], float(r["revenue"] or 0)) for r in rows] == [
            ("O1", False, 7.0),
            ("O2", True, 0.0),
        ]
        assert inbox.counts(retinue.store) == {"received": 3, "waiting": 0}
        assert retinue.outcomes_collect().as_dict()["reported"]["loaded"] == 0


def test_a_report_that_cannot_be_used_goes_to_quarantine_with_the_reason(tmp_path: Path) -> None:
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        people(retinue, "C1")
        report(
            retinue.store,
            outcome(outcome_id="O1"),
            outcome(outcome_id="O2", observed_at="2031-01-01T00:00:00+00:00"),
        )
        found = retinue.outcomes_collect().as_dict()
        assert found["reported"]["loaded"] == 1
        assert found["reported"]["quarantined"] == 1
        assert found["quarantined"] == {"future_date": 1}
        assert inbox.counts(retinue.store)["waiting"] == 0
        assert [row["reason"] for row in retinue.quarantine_list()] == ["future_date"]


def _five_and_a_correction(root: Path) -> None:
    with Retinue(root, clock=CLOCK) as retinue:
        people(retinue, "C1")
        report(retinue.store, *(outcome(outcome_id=f"O{n}", revenue=str(n)) for n in range(5)))
        report(retinue.store, outcome(outcome_id="O0", revenue="99"))


def _are_loaded_once(root: Path) -> None:
    with Retinue(root, clock=CLOCK) as retinue:
        assert retinue.outcomes_collect().reported["quarantined"] == 0
        rows = rows_of(retinue, "outcomes", "outcome_id", "revenue")
        assert [(r["outcome_id"], float(r["revenue"])) for r in rows] == [
            ("O0", 99.0),
            *((f"O{n}", float(n)) for n in range(1, 5)),
        ]
        assert retinue.warehouse.count("outcomes") == 6, "five, and one correction"


@pytest.mark.parametrize("point", ["collect.loaded", "collect.marked", "ingest.rows_appended"])
def test_broken_off_anywhere_a_report_is_loaded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    _five_and_a_correction(tmp_path)
    with monkeypatch.context() as patch, Retinue(tmp_path, clock=CLOCK) as retinue:
        patch.setenv("RETINUE_FAULT", f"{point}:1:raise")
        patch.setattr("retinue.faults._reached", Counter())
        with pytest.raises(RuntimeError, match="fault injected"):
            retinue.outcomes_collect()
    _are_loaded_once(tmp_path)


def test_killed_between_loading_and_marking_a_report_is_loaded_once(tmp_path: Path) -> None:
    _five_and_a_correction(tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RETINUE_")}
    done = subprocess.run(
        [sys.executable, "-m", "retinue", "outcomes", "collect", "--now", "2026-02-20"],
        cwd=tmp_path,
        env=environment | {"RETINUE_FAULT": "collect.loaded:1:kill"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    _are_loaded_once(tmp_path)


def test_moments_become_requests_and_decisions_once_their_token_is_over(tmp_path: Path) -> None:
    b = Button(tmp_path)
    taker, decliner, *_ = b.treated()
    out = b.held_out()[0]
    for customer, choice in ((taker, "accepted"), (decliner, "cancelled"), (out, None)):
        token = b.token(customer)
        b.desk.answer(token, reason="too_expensive", now=b.now)
        if choice is not None:
            b.desk.choose(token, choice, reason=None, now=b.now)  # type: ignore[arg-type]
    b.ask("stranger")
    b.store.close()
    early = b.now + timedelta(minutes=59)
    with Retinue(tmp_path, clock=early) as retinue:
        people(retinue, taker, decliner, out, "stranger")
        assert retinue.outcomes_collect().moments == 0
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        assert retinue.outcomes_collect().moments == 4
        assert retinue.outcomes_collect().moments == 0
        events = rows_of(retinue, "events", "customer_id", "event_type", "metadata")
        assert {e["event_type"] for e in events} == {"cancel_request"}
        about = {e["customer_id"]: json.loads(e["metadata"]) for e in events}
        assert about[taker] == {"reason": "too_expensive", "answer": "offer", "choice": "accepted"}
        assert about["stranger"]["choice"] is None
        rows = rows_of(
            retinue,
            "interventions",
            "customer_id",
            "incentive",
            "cost",
            "held_out",
            "campaign_id",
            "propensity",
        )
        by = {row["customer_id"]: row for row in rows}
        assert set(by) == {taker, decliner, out}
        assert {row["campaign_id"] for row in rows} == {"CANCEL_2026_02_14"}
        assert float(by[taker]["cost"]) > 0
        assert float(by[decliner]["cost"]) == 0, "an offer that nobody took cost nothing"
        assert by[decliner]["incentive"] == by[taker]["incentive"] != "none"
        assert by[out]["held_out"] is True
        assert float(by[out]["propensity"]) == pytest.approx(0.1)


def test_an_offer_taken_on_a_later_day_corrects_its_cost(tmp_path: Path) -> None:
    b = Button(tmp_path)
    customer = b.treated()[0]
    b.ask(customer)
    b.store.close()
    with Retinue(tmp_path, clock=b.now + timedelta(days=1)) as retinue:
        people(retinue, customer)
        assert retinue.outcomes_collect().moments == 1
    again = Store(tmp_path / ".retinue" / "store.sqlite")
    later = b.now + timedelta(days=2)
    token = b.token(customer, "nonce-later")
    from retinue.campaigns.cancel_moment import Desk

    desk = Desk(b.settings, again)
    desk.answer(token, reason=None, now=later)
    desk.choose(token, "accepted", reason=None, now=later)
    again.close()
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        retinue.outcomes_collect()
        (row,) = rows_of(retinue, "interventions", "decision_id", "cost")
        assert float(row["cost"]) > 0
        assert len(rows_of(retinue, "events", "event_id")) == 2


def test_what_was_decided_at_the_button_is_no_evidence_for_the_daily_response(tmp_path: Path) -> None:
    from retinue.learning.observed import interventions_of
    from retinue.outcomes import logged_decisions

    b = Button(tmp_path)
    customer = b.treated()[0]
    b.ask(customer)
    b.store.close()
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        people(retinue, customer)
        retinue.outcomes_collect()
        assert len(logged_decisions(retinue.warehouse, CLOCK)) == 1, "it is measured with the others"
        assert len(interventions_of(retinue.warehouse, CLOCK)) == 0


def test_the_receipt_of_the_button_is_found_by_its_decision(tmp_path: Path) -> None:
    b = Button(tmp_path)
    moment = b.ask(b.treated()[0])
    b.store.close()
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        body = json.loads(retinue.receipt_json(str(moment.decision_id)))
        assert body["customer"]["decision_id"] == moment.decision_id
        story = retinue.explain(str(moment.decision_id))
        assert "Likely to leave: 75%" in story
        assert "carried out, as 60 of 80 did without an offer" in story


def test_the_worker_collects_before_it_measures(tmp_path: Path) -> None:
    from retinue.runs.schedule.jobs import chosen

    (job,) = chosen(["outcomes"])
    with Retinue(tmp_path, clock=CLOCK) as retinue:
        people(retinue, "C1")
        report(retinue.store, outcome(outcome_id="O1"))
        done = job.work(retinue, CLOCK)
        assert done.result["collected"]["reported"]["loaded"] == 1
        assert inbox.counts(retinue.store)["waiting"] == 0
