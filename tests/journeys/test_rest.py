"""A real run asked over HTTP: every score as the run made it, explained, changed, tried, taken away."""

from __future__ import annotations

import csv
import io
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import NOW, Run

from retinue.api.main import create_app
from retinue.app import Retinue
from retinue.decisions import read_receipt
from retinue.settings import load_settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, retinue_command: Run) -> Path:
    """A small business and one run of it."""
    made = tmp_path_factory.mktemp("rest")
    small = ("--customers", "300", "--years", "1.5", "--seed", "3", "--out", made / "data")
    done = retinue_command("simulate", *small, cwd=made)
    assert done.returncode == 0, done.stderr
    (made / "retinue.toml").write_text(
        "[decisions]\nact_above = 0.15\nmonitor_up_to = 0.25\n\n[incentives]\ncaution = 0.0\n"
    )
    done = retinue_command("run", "--data", made / "data", "--as-of", "2026-01-01", "--now", NOW, cwd=made)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Any]:
    app = create_app(load_settings(folder))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000)) as made:
        yield made


def test_every_active_customer_has_the_score_of_the_run(folder: Path, client: Any) -> None:
    with Retinue(folder, clock=datetime(2026, 1, 1, 6, tzinfo=UTC)) as retinue:
        scores = retinue.score(AS_OF).set_index("customer_id")
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/exports/customers").text)))
    assert sorted(row["customer_id"] for row in rows) == sorted(scores.index)
    for row in rows:
        one = scores.loc[row["customer_id"]]
        assert float(row["churn_probability"]) == one["churn_probability"]
        assert float(row["clv"]) == one["clv"]
        assert (row["value_tier"], row["rfm_segment"]) == (one["value_tier"], one["rfm_segment"])


def test_a_decision_is_explained_and_what_would_change_it(client: Any) -> None:
    asked = {"churn_probability_min": 0.15, "limit": 5}
    risky = client.get("/api/v1/customers", params=asked).json()["customers"]
    assert risky
    for row in risky:
        path = f"/api/v1/customers/{row['customer_id']}"
        told = client.get(f"{path}/explanation").json()
        score = sum(cause["contribution"] for cause in told["causes"])
        assert 0 < abs(score) < 10
        assert [cause["feature"] for cause in told["causes"][-2:]] == ["(others)", "(base)"]
        assert row["decision_id"] in told["story"]
        changed = client.get(f"{path}/counterfactual").json()
        assert changed["changes"][0]["alone"] == changed["changes"][0]["together"]
        made = [one for one in told["candidates"] if one["why"] == "the offer made"]
        assert len(made) <= 1
        receipt = client.get(f"{path}/receipt")
        assert receipt.headers["content-disposition"] == f'attachment; filename="{row["decision_id"]}.json"'
        assert read_receipt(receipt.content).decision_id == row["decision_id"], "it proves itself"
        enough = changed["enough"]
        assert enough is None or changed["changes"][enough - 1]["together"] <= 0.15
    safe = client.get("/api/v1/customers", params={"churn_probability_max": 0.1, "limit": 1}).json()
    path = f"/api/v1/customers/{safe['customers'][0]['customer_id']}"
    assert client.get(f"{path}/explanation").status_code == 404
    assert client.get(f"{path}/receipt").status_code == 404
    assert client.get(f"{path}/risk").status_code == 200


def test_rules_are_tried_on_the_run(client: Any) -> None:
    found = client.post("/api/v1/rules/try", json={"rules": "built-in"}).json()
    assert found["decided"] > 0
    assert found["moved"] == 0
    document = client.get("/api/v1/rules/live").json()["document"]
    document["nodes"][1]["content"]["rules"][-1] |= {"route": '"no_action"', "rule": '"left_alone"'}
    asked = {"document": document, "as_of": found["as_of"]}
    changed = client.post("/api/v1/rules/try", json=asked).json()
    assert changed["run"] == found["run"]
    assert changed["new"]["by_rule"].get("low_value_low_risk") is None
    assert sum(move["customers"] for move in changed["moves"]) == changed["moved"]
    assert {move["from"] for move in changed["moves"]} <= {*changed["was"]["by_route"], "no_action"}


def test_the_other_views_answer(client: Any) -> None:
    told = ("sources", "quality", "quality/quarantine", "experiments", "audit/records", "audit/status")
    looked = ("analytics/dashboard", "analytics/importance", "analytics/predictions", "analytics/drift")
    for path in (*told, *looked, "models", "incentives", "runs", "campaigns", "rules/live"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, (path, answer.text)
        assert (
            client.get(f"/api/v1/{path}", headers={"If-None-Match": answer.headers["etag"]}).status_code
            == 304
        )


def test_data_and_model_are_told_as_the_run_found_them(client: Any) -> None:
    sources = {one["table"]: one for one in client.get("/api/v1/sources").json()["sources"]}
    tables = {one["table"]: one for one in client.get("/api/v1/quality").json()["tables"]}
    assert sources["customers"]["rows"]["loaded"] == tables["customers"]["rows"] == 300
    features = client.get("/api/v1/analytics/importance").json()["features"]
    assert features[0]["share"] >= features[-1]["share"] > 0
    assert client.post("/api/v1/audit/verify").json()["whole"] is True


def test_everybody_is_predicted_by_a_job_as_by_one_call_each(client: Any) -> None:
    job = client.post("/api/v1/predictions/jobs", json={"everybody": True}).json()
    while client.get(f"/api/v1/predictions/jobs/{job['job_id']}").json()["state"] != "done":
        time.sleep(0.05)
    found = client.get(f"/api/v1/predictions/jobs/{job['job_id']}/result").json()["predictions"]
    assert len(found) == job["total"] > 100
    for one in found[::20]:
        assert one == client.get(f"/api/v1/customers/{one['customer_id']}/risk").json()


def test_an_event_that_was_told_is_seen_by_the_next_run(
    folder: Path, client: Any, retinue_command: Run
) -> None:
    name = client.get("/api/v1/customers", params={"limit": 1}).json()["customers"][0]["customer_id"]
    told = {
        "event_id": "told-1",
        "customer_id": name,
        "event_type": "login",
        "timestamp": "2026-01-02T08:00:00Z",
    }
    before = {one["table"]: one["rows"] for one in client.get("/api/v1/quality").json()["tables"]}
    assert client.post("/api/v1/events", json=told).json()["accepted"] == 1
    later = ("--as-of", "2035-01-01", "--now", "2035-01-01T06:00:00Z")
    done = retinue_command("run", *later, cwd=folder)
    assert done.returncode == 0, done.stderr
    after = {one["table"]: one["rows"] for one in client.get("/api/v1/quality").json()["tables"]}
    assert after["events"] == before["events"] + 1
