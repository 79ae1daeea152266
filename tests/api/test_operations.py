"""`/readyz` says what is wrong, `/metrics` is for those who may read it, `/healthz` stays cheap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from starlette.testclient import TestClient
from tests.api.conftest import NOW, Clock

from retinue.settings import ApiSettings, DeliverySettings
from retinue.store import Store
from retinue.store.runs import finish_run, open_run
from retinue.store.stops import stop
from retinue.telemetry.metrics import METRICS

Service = Callable[..., TestClient]
TOKEN = "of-machines-1234"  # noqa: S105


def checks(client: TestClient) -> dict[str, str]:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    return {check["check"]: check["detail"] for check in answer.json()["checks"]}


def test_a_service_with_nothing_wrong_is_ready(service: Service) -> None:
    answer = service(api=ApiSettings(token=TOKEN)).get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_each_failing_check_is_named(service: Service, clock: Clock) -> None:
    delivery = DeliverySettings(mode="live", messages=("mail",), notices=("slack",))
    client = service(delivery=delivery, api=ApiSettings(ready_run_hours=24))
    assert checks(client) == {
        "channels": "Channels are not configured: mail, slack.",
        "run": "There is no finished run.",
    }


def test_an_old_run_is_told_and_a_new_one_mends_it(service: Service, clock: Clock, store: Store) -> None:
    client = service(api=ApiSettings(ready_run_hours=24))
    open_run(store, "r1", as_of=NOW, clock=NOW)
    finish_run(store, "r1", summary={}, clock=NOW)
    assert client.get("/readyz").status_code == 200
    clock.now = NOW + timedelta(hours=25)
    assert checks(client) == {"run": "The newest run is older than 24 hours."}
    open_run(store, "r2", as_of=clock.now, clock=clock.now)
    finish_run(store, "r2", summary={}, clock=clock.now)
    clock.now += timedelta(seconds=3)  # an answer is kept for two
    assert client.get("/readyz").status_code == 200


def test_a_store_that_cannot_be_written_is_told_without_its_place(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    client = service()
    # At each use, since whatever the service does by itself takes connections too.
    engine = client.app.state.door.store.engine  # type: ignore[attr-defined]
    event.listen(engine, "checkout", lambda raw, *_: raw.execute("PRAGMA query_only = 1"))
    assert checks(client) == {"store": "The store cannot be written."}
    assert str(tmp_path) not in client.get("/readyz").text
    assert client.get("/healthz").status_code == 200


def test_metrics_are_for_those_who_may_read_them(service: Service) -> None:
    client = service(api=ApiSettings(token=TOKEN))
    assert client.get("/metrics").status_code == 401
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert service(peer="192.0.2.1").get("/metrics").status_code == 403


@pytest.mark.parametrize(
    "accept", ["", "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"]
)
def test_metrics_are_read_by_prometheus_and_are_all_in_the_table(
    service: Service, store: Store, accept: str
) -> None:
    client = service()
    stop(store, who="ada", clock=NOW)
    client.get("/healthz")
    answer = client.get("/metrics", headers={"Accept": accept})
    text = answer.text.replace("# EOF\n", "")
    if accept.startswith("application"):
        assert answer.headers["content-type"].startswith("application/openmetrics-text")
        assert answer.text.endswith("# EOF\n")
    families = list(text_string_to_metric_families(text))
    names = {family.name for family in families} | {f"{family.name}_total" for family in families}
    assert not {n for n in (f.name for f in families) if n not in METRICS and f"{n}_total" not in METRICS}
    assert {"retinue_up", "retinue_stopped", "retinue_http_request_seconds"} <= names
    stopped = next(family for family in families if family.name == "retinue_stopped")
    assert stopped.samples[0].value == 1


def test_a_store_that_cannot_be_read_leaves_the_rest(service: Service) -> None:
    client = service()
    client.get("/healthz")
    client.app.state.door.store.close()  # type: ignore[attr-defined]
    with client.app.state.door.store.engine.connect() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("DROP TABLE deliveries")
    text = client.get("/metrics").text
    assert "retinue_up 0.0" in text
    assert 'retinue_http_request_seconds_count{method="GET",route="/healthz"' in text
