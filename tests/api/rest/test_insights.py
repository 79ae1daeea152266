"""Data, model and experiments over HTTP, from the files that a run left; who may see which."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.api.rest.conftest import ARM, CAMPAIGN, SUMMARY, leave_run

from retinue.runs.figures import FIGURES
from retinue.runs.insights import INSIGHTS, QUARANTINE
from retinue.runs.insights.set_aside import COLUMNS
from retinue.store import Store
from retinue.store.jobs import claim, settle
from retinue.store.policies import PolicyRecord, keep_policy

Service = Callable[..., Any]
COUNTS = {"read": 12, "loaded": 9, "unchanged": 0, "corrected": 0, "quarantined": 1}
LEFT = {
    "sources": [
        {
            "source": "shop",
            "table": "events",
            "loads": 2,
            "files": 1,
            "loaded_at": "2026-02-13T05:00:00Z",
            "rows": COUNTS,
            "last": COUNTS,
        }
    ],
    "tables": [
        {"table": "events", "rows": 9, "newest": "2026-02-13T00:00:00Z", "learned": "2026-02-13T05:00:00Z"}
    ],
    "set_aside": [{"table": "events", "reason": "orphan", "rows": 3}],
    "importance": {
        "customers": 40,
        "features": [{"feature": "login_count_30d", "label": "logins in the last 30 days", "share": 0.6}],
    },
}


def leave(root: Path, campaign: str, **more: Any) -> None:
    folder = root / ".retinue" / "runs" / campaign
    (folder / INSIGHTS).write_text(json.dumps(LEFT | more))
    shown = json.loads((folder / "run.json").read_bytes())
    (folder / FIGURES).write_text(json.dumps(shown | {"realised": []}))
    with closing(sqlite3.connect(folder / QUARANTINE)) as file:
        file.execute(f"CREATE TABLE rows (place INTEGER PRIMARY KEY, {', '.join(COLUMNS)})")
        for n in range(3):
            about = (
                f"q{n}",
                "shop",
                "events",
                "e.csv",
                n + 1,
                "customer_id",
                "orphan",
                "why",
                "2026-02-13T05:00:00Z",
            )
            file.execute(f"INSERT INTO rows ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * 9)})", about)
        file.commit()


@pytest.fixture
def told(tmp_path: Path) -> str:
    campaign = leave_run(tmp_path, summary=SUMMARY)
    leave(tmp_path, campaign)
    return campaign


def test_sources_say_what_was_loaded_when_and_what_waits(service: Service, told: str) -> None:
    client = service()
    one = {"customer_id": "C1", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
    client.post("/api/v1/feedback/outcome", json=one)
    found = client.get("/api/v1/sources").json()
    assert (found["run"], found["sources"][0]["last"]) == (CAMPAIGN, {**COUNTS, "left_out": 2})
    for of in ("rows", "last"):
        assert 2 * found["sources"][0][of]["read"] == sum(found["sources"][0][of].values())
    assert found["waiting"]["outcomes"] == 1


def test_quality_has_checks_in_words_by_the_limits_of_alerts(service: Service, told: str) -> None:
    found = service().get("/api/v1/quality").json()
    checks = {one["check"]: one for one in found["checks"]}
    assert {name: one["passed"] for name, one in checks.items()} == {
        "freshness": True,
        "accepted": False,
        "customers_known": False,
    }
    assert checks["freshness"]["words"] == "The newest row happened 24 hours before the run."
    assert (found["tables"][0]["age_hours"], found["tables"][0]["judged"]) == (24.0, "new")


@pytest.mark.parametrize(
    ("rule", "judged", "passed"),
    [
        ({"fire": 12, "clear": 6}, "old", False),
        ({"fire": 30, "clear": 6}, "ageing", True),
        ({"enabled": False}, None, None),
    ],
)
def test_ages_are_judged_by_the_limits_of_the_alert(
    service: Service, told: str, rule: Any, judged: str | None, passed: bool | None
) -> None:
    found = service(alerts={"data_age": rule}).get("/api/v1/quality").json()
    assert (found["tables"][0]["judged"], found["checks"][0]["passed"]) == (judged, passed)


def test_rows_set_aside_come_in_pages_that_stay_with_their_run(
    service: Service, told: str, tmp_path: Path
) -> None:
    client = service()
    path = "/api/v1/quality/quarantine"
    first = client.get(path, params={"limit": 2, "table": "events"}).json()
    assert (first["total"], [row["row"] for row in first["rows"]]) == (3, [1, 2])
    later = leave_run(tmp_path, as_of=datetime(2026, 2, 15, tzinfo=UTC), run_id="f" * 20, summary=SUMMARY)
    leave(tmp_path, later, set_aside=[])
    second = client.get(path, params={"limit": 2, "table": "events", "cursor": first["next"]}).json()
    assert (second["run"], [row["row"] for row in second["rows"]], second["next"]) == (CAMPAIGN, [3], None)
    assert client.get(path, params={"limit": 2, "cursor": first["next"]}).status_code == 422
    assert client.get(path).json()["run"] == later
    assert client.get(path, params={"reason": "bad_date' OR 1=1 --"}).json()["rows"] == []


def test_what_the_model_looks_at_is_told_over_runs(service: Service, told: str, tmp_path: Path) -> None:
    later = leave_run(tmp_path, as_of=datetime(2026, 2, 15, tzinfo=UTC), run_id="f" * 20, summary=SUMMARY)
    features = [
        {"feature": "tenure_days", "label": "tenure", "share": 0.5},
        LEFT["importance"]["features"][0],
    ]  # type: ignore[index]
    leave(tmp_path, later, importance={"customers": 50, "features": features})
    found = service().get("/api/v1/analytics/importance").json()
    assert (found["run"], found["customers"]) == (later, 50)
    assert [(one["run"], one["shares"]) for one in found["trend"]] == [
        (told, {"login_count_30d": 0.6}),
        (later, {"tenure_days": 0.5, "login_count_30d": 0.6}),
    ]
    only = service().get("/api/v1/analytics/importance", params={"runs": 1}).json()
    assert [one["run"] for one in only["trend"]] == [later]


def test_predictions_stand_beside_what_became_of_the_customers(
    service: Service, told: str, tmp_path: Path
) -> None:
    month = {"month": "2025-10", "run": "CAMP_2025_10_31_001", "as_of": "2025-10-31T00:00:00Z"}
    sums = {"customers": 40, "predicted": 0.2, "left": 10}
    nobody = {"customers": 0, "predicted": None, "left": 0}
    realised = [{**month, "all": sums, "alone": nobody, "measures": {}}]
    (tmp_path / ".retinue" / "runs" / told / FIGURES).write_text(json.dumps({"realised": realised}))
    found = service().get("/api/v1/analytics/predictions").json()
    assert found["months"] == [{**month, "all": {**sums, "left": 0.25}, "alone": {**nobody, "left": None}}]
    assert "ends within 90 days" in found["churn_statement"]


def test_drift_is_what_the_job_found(service: Service, told: str, store: Store) -> None:
    client = service()
    assert client.get("/api/v1/analytics/drift").json() == {"newest": None, "at": None, "history": []}
    for day, psi in ((12, 0.1), (13, 0.3)):
        slot = datetime(2026, 2, day, 6, 30, tzinfo=UTC)
        held = claim(store, "drift", slot, who="w", lease_seconds=60, most_tries=3, clock=slot)
        assert held is not None
        result = {"drifted": psi > 0.25, "statement": f"PSI {psi}", "score": {"psi": psi}, "features": []}
        assert settle(store, held, "done", clock=slot, result=result)
    found = client.get("/api/v1/analytics/drift").json()
    assert (found["at"], found["newest"]["drifted"], found["newest"]["features"]) == (
        "2026-02-13T06:30:00Z",
        True,
        [],
    )
    assert [one["score_psi"] for one in found["history"]] == [0.3, 0.1]


def test_experiments_tell_arms_gates_and_the_rollout(service: Service, told: str, store: Store) -> None:
    at = datetime(2026, 2, 14)
    verdict = {"changed": ["decisions.act_above"], "words": ["Refused."], "experiment": {"words": "try it"}}
    keep_policy(store, PolicyRecord("ab", at, "refused", {}, verdict, None, at))
    found = service().get("/api/v1/experiments").json()
    assert found["arms"] == [ARM]
    assert found["holdout_share"] == 0.1
    assert found["gates"][0]["state"] == "refused"
    assert found["gates"][0]["experiment"] == {"words": "try it"}
    assert found["rollout"] is None


def test_a_run_that_left_nothing_is_404_and_says_so(service: Service, tmp_path: Path) -> None:
    client = service()
    for run in (False, True):
        if run:
            leave_run(tmp_path, summary=SUMMARY)
        for path in (
            "sources",
            "quality",
            "quality/quarantine",
            "analytics/importance",
            "analytics/predictions",
        ):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 404, path
            assert answer.json()["fix"]
