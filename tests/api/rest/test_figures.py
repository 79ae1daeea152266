"""The figures of the model, of segments and of a customer over HTTP, from a history of runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.api.rest.conftest import (
    history_in,
    leave_figures,
    leave_run,
    scores,
    shared_of,
)
from tests.runs.journeys import History

from retinue.runs.customers import CUSTOMERS, Curve, write_customers
from retinue.runs.customers.leaving import rows_of
from retinue.store import Store
from retinue.store.jobs import claim, settle

Service = Callable[..., Any]


def test_the_model_is_told_with_its_past_and_what_it_came_to(
    service: Service, tmp_path: Path, history: History, store: Store
) -> None:
    measure = {"value": 0.8, "low": 0.7, "high": 0.9, "reason": None}
    month = {"month": "2025-03", "run": "CAMP_2025_03_11_001", "as_of": "2025-03-11T00:00:00Z"}
    decile = {"decile": 1, "customers": 40, "predicted": 0.6, "left": 20}
    leave_figures(
        tmp_path,
        history,
        realised=[
            {
                **month,
                "all": {"customers": 60, "predicted": 0.4, "left": 30},
                "alone": {"customers": 40, "predicted": 0.3, "left": 10},
                "measures": {"auc": measure},
            }
        ],
        deciles={**month, "all": [decile], "alone": [decile]},
        survival={"words": "w", "all": None, "by_quarter": [], "by_plan": [], "reason": "No contracts."},
    )
    slot = datetime(2025, 12, 7, 6, tzinfo=UTC)
    held = claim(store, "drift", slot, who="w", lease_seconds=60, most_tries=3, clock=slot)
    assert held is not None
    moved = {"feature": "mrr", "label": "revenue", "verdict": "major", "psi": 0.4, "statement": "It rose."}
    result = {"drifted": True, "statement": "1 of 1", "features": [{**moved, "kl": 0.1}], "rows_before": 9}
    assert settle(store, held, "done", clock=slot, result=result)
    found = service().get("/api/v1/analytics/model", params={"runs": 3}).json()
    assert [one["measures"]["auc"]["value"] for one in found["accuracy"]] == pytest.approx([0.79, 0.8, 0.81])
    (real,) = found["realised"]
    assert (real["customers"], real["predicted"]) == (40, 0.3)
    assert (real["left"]["value"], real["measures"]["auc"]) == (0.25, measure)
    assert found["deciles"]["all"][0]["left"]["value"] == 0.5
    assert found["drift"]["features"] == [moved]
    assert (found["deciles_reason"], found["challenger"]) == (None, None)
    assert found["survival"]["reason"] == "No contracts."


def test_segments_are_told_with_their_past(service: Service, tmp_path: Path, history: History) -> None:
    trait = {
        "feature": "mrr",
        "label": "revenue",
        "mean": 9.0,
        "mean_of_all": 5.0,
        "apart": 1.2,
        "words": "w",
    }
    leave_figures(tmp_path, history, models={"segments": "K-means."}, traits={"Quiet": [trait]})
    found = service().get("/api/v1/analytics/segments").json()
    now = history.seen[history.seen["as_of"] == history.runs[-1]]
    for kind, column in (("clusters", "segment"), ("tiers", "value_tier"), ("rfm", "rfm_segment")):
        told = {one["name"]: one["customers"] for one in found[kind]}
        assert told == now[column].value_counts().to_dict()
        for one in found[kind]:
            part = now[now[column] == one["name"]]
            assert one["value"] == pytest.approx(part["clv"].sum(), abs=0.01)
            assert one["churn"] == pytest.approx(part["churn_probability"].mean())
    assert {one["name"]: one["traits"] for one in found["clusters"]}["Quiet"] == [trait]
    assert [sum(one["customers"].values()) for one in found["tier_trend"]] == [
        len(part) for _, part in history.seen.groupby("as_of")
    ]


def test_segments_of_a_run_within_a_second_are_those_of_that_run(service: Service, tmp_path: Path) -> None:
    history_in(tmp_path, later=timedelta(microseconds=250_000))
    found = service().get("/api/v1/analytics/segments").json()
    assert [len(found[kind]) for kind in ("clusters", "tiers", "rfm")] == [3, 2, 1]


def test_one_customers_curve_passes_through_the_risk(service: Service, tmp_path: Path) -> None:
    campaign = leave_run(tmp_path)
    path = tmp_path / ".retinue" / "runs" / campaign / CUSTOMERS
    shared = msgspec.structs.replace(shared_of(campaign), timing=Curve(90.0, 1.5, "fitted"))
    write_customers(path, shared, rows_of(scores(40), []), [("C00001", "gone")])
    client = service()
    found = client.get("/api/v1/customers/C12345/survival").json()
    at = {one["days"]: one for one in found["points"]}
    assert (at[0]["probability"], at[90]["probability"]) == (1.0, pytest.approx(1 - 0.78))
    assert at[180]["probability"] == pytest.approx((1 - 0.78) ** 2**1.5)
    assert [at[day]["beyond"] for day in (90, 93)] == [False, True]
    chances = [one["probability"] for one in found["points"]]
    assert chances == sorted(chances, reverse=True)
    assert (found["median_days"], found["shape"], found["fitted"]) == (45, 1.5, "fitted")
    assert (
        client.get("/api/v1/customers/C00001/survival").json()["detail"] == "The customer had left by then."
    )
    assert client.get("/api/v1/customers/C99999/survival").status_code == 404


def test_an_answer_that_did_not_change_is_not_sent_again(service: Service, history: History) -> None:
    client = service()
    for view in ("pipeline", "revenue", "campaigns", "segments"):
        first = client.get(f"/api/v1/analytics/{view}")
        again = client.get(f"/api/v1/analytics/{view}", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status_code, again.status_code) == (200, 304)
