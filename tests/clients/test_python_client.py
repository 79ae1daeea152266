"""The client in Python: as the description says, and against a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parents[2] / "clients" / "python"
sys.path.insert(0, str(HERE))

from retinue_client import Refused, Retinue  # noqa: E402


def test_what_is_generated_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, HERE / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}: python clients/python/generate.py"


def test_the_main_calls_work_against_a_real_server(served: str) -> None:
    with Retinue(served) as retinue:
        risk = retinue.customers_risk("C12345")
        assert risk["risk_assessment"]["churn_probability"] == 0.78
        listed = retinue.pages(retinue.customers_list, limit=15, value_tier=["Premium"])
        names = [one["customer_id"] for page in listed for one in page["customers"]]
        assert len(names) == len(set(names)) == 20
        batch = retinue.predictions_batch({"customer_ids": ["C12345", "nobody"]})
        assert batch["predictions"] == [risk]
        assert retinue.customers_timeline("C12345", limit=1)["entries"]
        assert retinue.analytics_dashboard()["at_risk_pipeline"]["funnel"]["active"] == 40
        told = {"customer_id": "C12345", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}
        assert retinue.feedback_outcome(told)["accepted"] == 1  # type: ignore[arg-type]
        events = [{**told, "event_type": "login", "timestamp": "2026-02-13T08:00:00Z"}]
        with pytest.raises(Refused) as refused:
            retinue.events_report(events)
        assert (refused.value.status, refused.value.errors[0]["pointer"]) == (422, "/0")


def test_a_job_is_asked_for_waited_for_and_fetched(served: str) -> None:
    with Retinue(served) as retinue:
        asked = retinue.prediction_jobs_upload(b"C12345\nnobody\n", "text/csv")
        job = retinue.wait_for(asked["job_id"], every=0.05)
        assert (job["state"], job["done"], job["missing"]) == ("done", 2, 1)
        found = json.loads(retinue.prediction_jobs_result(asked["job_id"]))
        assert found["predictions"] == [retinue.customers_risk("C12345")]
        assert retinue.prediction_jobs_remove(asked["job_id"])["state"] == "cancelled"


def test_a_refusal_says_what_the_service_says(served: str) -> None:
    with Retinue(served, token="wrong") as retinue, pytest.raises(Refused) as refused:  # noqa: S106
        retinue.customers_risk("C12345")
    assert refused.value.status == 401
    with Retinue(served) as retinue, pytest.raises(Refused) as refused:
        retinue.customers_risk("C12345/../C1")
    assert refused.value.status == 404


def answering(*answers: httpx.Response | Exception) -> tuple[Retinue, list[httpx.Request], list[float]]:
    """A client of a server that gives these answers; what it was asked, and how long the client waited."""
    asked: list[httpx.Request] = []
    waited: list[float] = []
    rest = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = rest.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    made = Retinue("http://x", transport=httpx.MockTransport(answer), sleep=waited.append)
    return made, asked, waited


def test_a_busy_server_is_asked_again_with_the_same_key() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "7"}, json={"code": "RTN-0150"})
    retinue, asked, waited = answering(busy, httpx.ConnectError("gone"), httpx.Response(200, json={}))
    retinue.stops_stop({"reason": "x"})
    assert waited == [7.0, 1.0]
    keys = {request.headers["idempotency-key"] for request in asked}
    assert len(keys) == 1
    body: Any = {request.content for request in asked}
    assert len(body) == 1


def test_what_is_refused_for_good_is_not_tried_again() -> None:
    retinue, asked, waited = answering(httpx.Response(409, text="<html>"))
    with pytest.raises(Refused, match="<html>"):
        retinue.stops_stop({})
    assert (len(asked), waited) == (1, [])
    retinue, asked, waited = answering(*(httpx.Response(503, json={"detail": "later"}) for _ in range(3)))
    with pytest.raises(Refused, match="503"):
        retinue.stops_list()
    assert (len(asked), len(waited)) == (3, 2)
