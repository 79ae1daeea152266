"""A service that stands where the run's file is not answers risks from Redis, and says so when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from tests.api.conftest import NOW
from tests.redis_server import Server

from retinue.errors import StateError
from retinue.runs.customers import CUSTOMERS
from retinue.runs.customers.online import forget_online, open_online, publish_run
from retinue.settings import Settings
from retinue.settings.cache import CacheSettings
from retinue.store import Store
from retinue.store.consents import Word, say

BATCH = {"customer_ids": ["C12346", "C00001", "C12345"]}


def settings_of(root: Path, server: Server) -> Settings:
    cache = CacheSettings(
        url=f"redis://127.0.0.1:{server.port}/0", assessments=True, wait_seconds=1.0, pause_seconds=0.05
    )
    return Settings(root=root, cache=cache)


def asked(client: Any) -> list[Any]:
    batch = client.post("/api/v1/predictions/batch", json=BATCH, headers={"Idempotency-Key": "b1"})
    return [client.get("/api/v1/customers/C12345/risk").json(), batch.json()["predictions"]]


def test_the_same_answers_without_the_file(
    tmp_path: Path, ran: str, service: Callable[..., Any], store: Store, server: Server
) -> None:
    settings, file = settings_of(tmp_path, server), tmp_path / ".retinue" / "runs" / ran / CUSTOMERS
    with_file = asked(service())
    publish_run(settings, file)
    file.unlink()
    assert service().get("/api/v1/customers/C12345/risk").status_code == 404
    client = service(settings)
    assert asked(client) == with_file
    assert client.get("/api/v1/customers/C00001/risk").status_code == 404

    server.stop()
    silent = client.get("/api/v1/customers/C12345/risk")
    assert silent.status_code == 503
    assert int(silent.headers["retry-after"]) >= 1
    server.start()
    assert client.get("/readyz").status_code in {200, 503}
    assert client.get("/api/v1/customers/C12345/risk").status_code in {404, 503}


def test_with_the_file_nothing_depends_on_redis(
    tmp_path: Path, ran: str, service: Callable[..., Any], server: Server
) -> None:
    settings = settings_of(tmp_path, server)
    server.stop()
    publish_run(settings, tmp_path / ".retinue" / "runs" / ran / CUSTOMERS)  # a run goes on
    assert asked(service(settings))[0]["customer_id"] == "C12345"


def test_whoever_objects_is_not_told_of_and_the_erased_are_gone(
    tmp_path: Path, ran: str, service: Callable[..., Any], store: Store, server: Server
) -> None:
    settings, file = settings_of(tmp_path, server), tmp_path / ".retinue" / "runs" / ran / CUSTOMERS
    publish_run(settings, file)
    file.unlink()
    client = service(settings)
    day = NOW.replace(tzinfo=None)
    say(store, [Word("w1", "C12345", "any", "profiling", False, day, day)])
    assert client.get("/api/v1/customers/C12345/risk").status_code == 404
    assert client.get("/api/v1/customers/C12346/risk").status_code == 200
    forget_online(settings, [ran], "C12346")
    assert client.get("/api/v1/customers/C12346/risk").status_code == 404
    server.stop()
    with pytest.raises(StateError, match="copies of assessments may be there"):
        forget_online(settings, [ran], "C12347")


def test_no_id_stands_in_redis_and_all_of_it_ends(tmp_path: Path, ran: str, server: Server) -> None:
    settings = settings_of(tmp_path, server)
    publish_run(settings, tmp_path / ".retinue" / "runs" / ran / CUSTOMERS)
    with Redis(port=server.port) as client:
        keys = list(client.scan_iter())
        assert len(keys) == 41
        held = b" ".join([*keys, *(client.get(key) for key in keys)])
        assert b"C123" not in held
        assert all(0 < client.ttl(key) <= 72 * 3600 for key in keys)


def test_an_older_run_is_never_told_instead(tmp_path: Path, ran: str, server: Server) -> None:
    settings = settings_of(tmp_path, server)
    publish_run(settings, tmp_path / ".retinue" / "runs" / ran / CUSTOMERS)
    online = open_online(settings)
    assert online is not None
    assert online.among(ran, ["C12345"]) is not None
    assert online.among("CAMP_2026_02_15_001", ["C12345"]) is None
    online.close()
