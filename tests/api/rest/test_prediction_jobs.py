"""Predictions as jobs over HTTP: asked for in every form, watched, fetched, taken back; seen by who asked."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.api.conftest import NOW, Clock
from tests.api.rest.conftest import CAMPAIGN, scores, shared_of

from retinue.runs.customers import CUSTOMERS, write_customers
from retinue.runs.customers.leaving import rows_of
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.prediction_jobs import MOST_OPEN

PATH = "/api/v1/predictions/jobs"
UPLOAD = f"{PATH}/upload"
Service = Callable[..., Any]


def done(client: Any, answer: Any, **more: Any) -> dict[str, Any]:
    """The job when it is over."""
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    for _ in range(200):
        job: dict[str, Any] = client.get(place, **more).json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.02)
    raise AssertionError(job)


def test_a_job_answers_as_a_batch_does(service: Service, ran: str) -> None:
    client = service()
    asked = {"customer_ids": ["C12350", "C12345", "C00001", "nobody", "C12350"]}
    job = done(client, client.post(PATH, json=asked))
    assert (job["state"], job["run"], job["total"], job["done"], job["missing"]) == (
        "done",
        CAMPAIGN,
        4,
        4,
        2,
    )
    assert job["expires_at"] == "2026-02-15T09:00:00Z"
    result = client.get(f"{PATH}/{job['job_id']}/result")
    assert result.json() == client.post("/api/v1/predictions/batch", json=asked).json()
    assert 'filename="CAMP_2026_02_14_001_predictions.json"' in result.headers["content-disposition"]


def test_a_filter_and_everybody(service: Service, ran: str) -> None:
    client = service()
    high = done(client, client.post(PATH, json={"filter": {"risk_level": ["HIGH"], "clv_min": 1000}}))
    listed = client.get("/api/v1/customers", params={"risk_level": "HIGH", "clv_min": 1000}).json()
    assert high["total"] == high["done"] == len(listed["customers"]) > 0
    everybody = done(client, client.post(PATH, json={"everybody": True}))
    found = client.get(f"{PATH}/{everybody['job_id']}/result", params={"format": "csv"})
    assert len(found.text.splitlines()) == 41
    whole = client.get(f"{PATH}/{everybody['job_id']}/result", params={"format": "parquet"})
    table = pq.read_table(io.BytesIO(whole.content))
    assert table.num_rows == 40
    assert table.schema.field("churn_probability").type == pa.float64()


def parquet(ids: list[Any], name: str = "customer_id") -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"other": [1] * len(ids), name: ids}), sink)
    return sink.getvalue()


LISTS = {
    "csv": ("text/csv", b"name,customer_id\r\nx,C12345\r\n\r\ny,C00001\r\n"),
    "csv of one column": ("text/csv; charset=utf-8", "\ufeffC12345\nC00001\n".encode()),
    "ndjson": ("application/x-ndjson", b'"C12345"\n{"customer_id": "C00001"}\n'),
    "json": ("application/json", b'["C12345", "C00001"]'),
    "parquet": ("application/vnd.apache.parquet", parquet(["C12345", "C00001"])),
}


@pytest.mark.parametrize("name", list(LISTS))
def test_a_list_is_taken_in_every_form(service: Service, ran: str, name: str) -> None:
    kind, body = LISTS[name]
    client = service()
    job = done(client, client.post(UPLOAD, content=body, headers={"Content-Type": kind}))
    found = client.get(f"{PATH}/{job['job_id']}/result").json()
    assert [row["customer_id"] for row in found["predictions"]] == ["C12345"]
    assert found["missing"] == [{"customer_id": "C00001", "why": "gone"}]


REFUSED = {
    "no header": ("text/csv", b"a,b\n1,2\n", "line 1"),
    "short line": ("text/csv", b"name,customer_id\nx\n", "line 2"),
    "control": ("text/csv", b"customer_id\nC1\nC\x002\n", "line 3"),
    "not json": ("application/x-ndjson", b'"C1"\n{\n', "line 2"),
    "no id": ("application/x-ndjson", b'{"id": "C1"}\n', "line 1"),
    "number": ("application/json", b'["C1", 7]', "/1"),
    "object": ("application/json", b"{}", None),
    "deep": ("application/json", b"[" * 100_000, None),
    "empty": ("text/csv", b"customer_id\n", None),
    "nothing": ("application/json", b"", None),
    "not parquet": ("application/vnd.apache.parquet", b"PAR1" + b"\x00" * 50 + b"PAR1", None),
    "other column": ("application/vnd.apache.parquet", parquet(["C1"], "id"), None),
    "null": ("application/vnd.apache.parquet", parquet(["C1", None]), "row 2"),
}


def test_a_list_that_cannot_be_used_is_refused_whole_with_the_place(
    service: Service, ran: str, store: Store
) -> None:
    client = service()
    for name, (kind, body, where) in REFUSED.items():
        answer = client.post(UPLOAD, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 422, name
        assert answer.json().get("where") == where, name
    assert client.post(UPLOAD, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    for body in ({}, {"customer_ids": []}, {"everybody": False}, {"everybody": True, "filter": {}}):
        assert client.post(PATH, json=body).status_code == 422
    assert client.get(PATH).json()["jobs"] == []


def test_the_same_key_is_one_job(service: Service, ran: str) -> None:
    client, key = service(), {"Idempotency-Key": "one"}
    first = client.post(PATH, json={"everybody": True}, headers=key)
    again = client.post(PATH, json={"everybody": True}, headers=key)
    assert again.json()["job_id"] == first.json()["job_id"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert client.post(PATH, json={"customer_ids": ["C1"]}, headers=key).status_code == 422
    assert len(client.get(PATH).json()["jobs"]) == 1
    sent = {"Content-Type": "text/csv", "Idempotency-Key": "two"}
    names = {client.post(UPLOAD, content=b"C12345\n", headers=sent).json()["job_id"] for _ in range(2)}
    assert len(names) == 1


def test_only_who_asked_and_an_admin_see_a_job(service: Service, ran: str, store: Store) -> None:
    client = service()
    keys = {}
    for name, role in (("mine", "analyst"), ("other", "analyst"), ("admin", "admin")):
        key, _ = make_api_key(store, name, ["predictions.run"], role=role, by="ada", now=NOW)
        keys[name] = {"X-API-Key": key}
    job = done(
        client, client.post(PATH, json={"everybody": True}, headers=keys["mine"]), headers=keys["mine"]
    )
    paths = [("GET", ""), ("GET", "/result"), ("DELETE", "")]
    for method, rest in paths:
        answer = client.request(method, f"{PATH}/{job['job_id']}{rest}", headers=keys["other"])
        unknown = client.request(method, f"{PATH}/prj_unknown{rest}", headers=keys["other"])
        assert answer.status_code == 404
        assert answer.content == unknown.content
    assert client.get(PATH, headers=keys["other"]).json()["jobs"] == []
    for name in ("mine", "admin"):
        assert len(client.get(PATH, headers=keys[name]).json()["jobs"]) == 1
        assert client.get(f"{PATH}/{job['job_id']}/result", headers=keys[name]).status_code == 200
    assert client.delete(f"{PATH}/{job['job_id']}", headers=keys["admin"]).json()["state"] == "cancelled"
    assert client.get(f"{PATH}/{job['job_id']}/result", headers=keys["mine"]).status_code == 404
    acts = [(one.action, one.actor != "retinue") for one in search(store, object_id=job["job_id"])]
    assert ("predictions.asked", True) in acts
    assert acts.count(("prediction.served", True)) == 2
    assert ("predictions.cancelled", True) in acts


def test_what_is_not_done_cannot_be_fetched_and_open_jobs_are_limited(
    service: Service, ran: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service()
    monkeypatch.setattr("retinue.runs.predictions.work.claim", lambda *_, **__: None)
    jobs = [client.post(PATH, json={"everybody": True}).json() for _ in range(MOST_OPEN)]
    assert client.get(f"{PATH}/{jobs[0]['job_id']}/result").status_code == 409
    assert client.post(PATH, json={"everybody": True}).status_code == 409
    gone = client.delete(f"{PATH}/{jobs[0]['job_id']}")
    assert gone.json()["state"] == client.delete(f"{PATH}/{jobs[0]['job_id']}").json()["state"] == "cancelled"
    assert client.post(PATH, json={"everybody": True}).status_code == 202
    first = client.get(PATH, params={"limit": 6}).json()
    second = client.get(PATH, params={"limit": 6, "cursor": first["next"]}).json()
    assert len({job["job_id"] for job in first["jobs"] + second["jobs"]}) == MOST_OPEN + 1
    assert second["next"] is None


def test_a_csv_holds_no_formula(service: Service, ran: str, tmp_path: Any) -> None:
    frame = scores(2).assign(customer_id=["=1+1", "@x"], value_tier="+1", risk_level="HIGH")
    path = tmp_path / ".retinue" / "runs" / ran / CUSTOMERS
    write_customers(path, shared_of(ran), rows_of(frame, []), [])
    client = service()
    job = done(client, client.post(PATH, json={"everybody": True}))
    text = client.get(f"{PATH}/{job['job_id']}/result", params={"format": "csv"}).text
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["customer_id"], line["segment"]) for line in lines] == [("'=1+1", "'+1"), ("'@x", "'+1")]
    plain = client.get(f"{PATH}/{job['job_id']}/result")
    assert [row["customer_id"] for row in json.loads(plain.text)["predictions"]] == ["=1+1", "@x"]


def test_a_result_is_gone_when_its_time_is_over(service: Service, ran: str, clock: Clock) -> None:
    client = service(api={"prediction_hours": 1})
    job = done(client, client.post(PATH, json={"everybody": True}))
    clock.now += timedelta(hours=2)
    done(client, client.post(PATH, json={"customer_ids": ["C12345"]}))
    for _ in range(100):
        if client.get(f"{PATH}/{job['job_id']}").json()["state"] == "expired":
            break
        time.sleep(0.02)
    assert client.get(f"{PATH}/{job['job_id']}/result").status_code == 404
