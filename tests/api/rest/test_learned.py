"""Rules, offers, models, runs and the dashboard, from the files that a run left."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.rest.conftest import AS_OF, AUC, FACTS, HASHES, SUMMARY, leave_run

from retinue.decisions.canonical import canonical
from retinue.decisions.rules import Thresholds
from retinue.decisions.tables.default import default_rules
from retinue.store import Store
from retinue.store.rules import keep_rules

Service = Callable[..., Any]


@pytest.fixture
def told(tmp_path: Path) -> str:
    """A finished run with the facts it wrote."""
    return leave_run(tmp_path, summary=SUMMARY)


def test_the_dashboard_has_the_four_views(service: Service, told: str) -> None:
    found = service().get("/api/v1/analytics/dashboard").json()
    funnel = found["at_risk_pipeline"]["funnel"]
    assert funnel == {
        "customers": 60,
        "active": 40,
        "at_risk": 2,
        "intervention": 1,
        "retained_share": 0.88,
    }
    (point,) = found["at_risk_pipeline"]["trend"]
    assert (point["as_of"], point["auc"], point["offers"]) == ("2026-02-14T00:00:00Z", 0.85, 1)
    assert found["revenue_impact"] == FACTS["earned"]
    assert found["model_performance"]["measures"]["auc"] == AUC
    assert found["campaign_effectiveness"]["offers"][0]["kept"] == 0.09
    assert found["stopped"] is False


def test_models_are_named_by_hash_with_their_quality(service: Service, told: str) -> None:
    found = service().get("/api/v1/models").json()
    assert (found["run"], found["sha256"]) == (told, HASHES)
    assert found["evaluation"]["measures"]["auc"]["low"] == 0.76


def test_offers_are_told_with_and_without_a_run(service: Service, tmp_path: Path) -> None:
    client = service()
    before = client.get("/api/v1/incentives").json()
    assert before["run"] is None
    assert {offer["kept"] for offer in before["incentives"]} == {None}
    leave_run(tmp_path, summary=SUMMARY)
    after = {offer["id"]: offer for offer in client.get("/api/v1/incentives").json()["incentives"]}
    assert after["percentage_discount_15"]["kept"] == 0.09
    assert (after["percentage_discount_15"]["offers_of_run"], after["percentage_discount_5"]["tried"]) == (
        1,
        None,
    )


def test_runs_are_paged(service: Service, told: str, tmp_path: Path) -> None:
    for day in (1, 2):
        leave_run(tmp_path, 2, as_of=AS_OF + timedelta(days=day), run_id=f"run{day}", summary=SUMMARY)
    client = service()
    first = client.get("/api/v1/runs", params={"limit": 2}).json()
    second = client.get("/api/v1/runs", params={"limit": 2, "cursor": first["next"]}).json()
    assert [run["as_of"][:10] for run in first["runs"] + second["runs"]] == [
        "2026-02-16",
        "2026-02-15",
        "2026-02-14",
    ]
    assert second["next"] is None


def test_without_a_run_there_is_nothing_to_tell(service: Service) -> None:
    for path in ("models", "analytics/dashboard"):
        answer = service().get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "RTN-0130")
    assert service().get("/api/v1/runs").json() == {"runs": [], "next": None}


def test_rules_are_read_by_version_and_never_by_path(service: Service, tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text("{}")
    rules = default_rules(Thresholds())
    store = Store(tmp_path / ".retinue" / "store.sqlite")
    keep_rules(
        store,
        canonical(rules.content),
        state="live",
        since=AS_OF.replace(tzinfo=None),
        who="ada",
        reason="first",
        recorded_at=AS_OF.replace(tzinfo=None),
    )
    store.close()
    client = service()
    (version,) = client.get("/api/v1/rules").json()["versions"]
    assert (version["number"], version["in_force"], version["who"]) == (1, True, "ada")
    live = client.get("/api/v1/rules/live")
    assert live.json()["number"] == 1
    assert live.headers["etag"] == f'"{live.json()["sha256"]}"'
    assert live.json()["document"] == json.loads(canonical(rules.content))
    assert client.get("/api/v1/rules/7").status_code == 404
    for name in ("rules.json", "..%2Fkey", "-1"):
        assert client.get(f"/api/v1/rules/{name}").status_code in (404, 422)
    assert client.post("/api/v1/rules/try", json={"rules": "rules.json"}).status_code == 422
    assert client.post("/api/v1/rules/try", json={"rules": "built-in"}).status_code == 404
