"""The sample is removed over HTTP while the service runs, which goes on with an empty workspace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW, TestClient

from retinue.api.main import create_app, served
from retinue.api.renewing import Renewing
from retinue.demo.workspace import Sample, write_workspace
from retinue.pipeline.observer import Silent
from retinue.runs.current import told_while
from retinue.sample import remove_sample
from retinue.settings import load_settings
from retinue.store import Store
from retinue.store.stops import stop


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A marked workspace in which something was decided, and the folder of whoever starts the service."""
    folder = tmp_path / "demo"
    write_workspace(folder, Sample.of(7))
    (folder / "data").mkdir()
    store = Store(folder / ".retinue" / "store.sqlite")
    stop(store, who="anna", reason="to leave a trace", clock=NOW)
    store.close()
    monkeypatch.chdir(folder)
    return folder


def client_of(app: object) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))  # type: ignore[arg-type]


def test_the_service_goes_on_empty_in_the_same_process(sample: Path) -> None:
    with client_of(served()) as client:
        assert len(client.get("/api/v1/stops").json()["switches"]) == 1
        answer = client.delete("/api/v1/sample")
        assert (answer.status_code, answer.json()) == (202, {"removed": True})
        # The next request waits for the empty workspace.
        assert client.get("/api/v1/stops").json() == {"stopped": False, "switches": []}
        assert client.get("/api/v1/customers").status_code == 404
        assert client.post("/api/v1/stop", json={"reason": "of one's own"}).status_code == 200
        assert len(client.get("/api/v1/stops").json()["switches"]) == 1
        again = client.delete("/api/v1/sample")
        assert again.status_code == 409
    assert not (sample / "data").exists()
    assert load_settings(sample).project.sample is False


def test_requests_during_the_removal_are_answered_after_it(sample: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def remove() -> None:
        begun.set()
        assert go_on.wait(20)
        remove_sample(load_settings(sample))

    app = Renewing(lambda: create_app(load_settings(sample)), remove)
    found: list[int] = []
    with client_of(app) as client:
        assert client.delete("/api/v1/sample").status_code == 202
        assert begun.wait(20)
        asking = threading.Thread(
            target=lambda: found.append(len(client.get("/api/v1/stops").json()["switches"]))
        )
        asking.start()
        asking.join(0.3)
        assert asking.is_alive(), "it was answered by what was about to be removed"
        go_on.set()
        asking.join(20)
    assert found == [0]


def test_what_cannot_be_removed_is_served_on(sample: Path) -> None:
    def remove() -> None:
        raise OSError("read-only")

    with client_of(Renewing(lambda: create_app(load_settings(sample)), remove)) as client:
        assert client.delete("/api/v1/sample").status_code == 202
        assert len(client.get("/api/v1/stops").json()["switches"]) == 1


def test_what_somebody_made_their_own_meanwhile_is_not_removed(sample: Path) -> None:
    file = sample / "retinue.toml"
    with client_of(served()) as client:
        marked = file.read_text()
        file.write_text(marked.replace("sample = true", "sample = false"))
        answer = client.delete("/api/v1/sample")
        assert (answer.status_code, answer.json()["detail"]) == (409, "There is no sample here.")
        file.write_text(marked.replace("[warehouse]", '[warehouse]\npath = "facts.duckdb"'))
        elsewhere = client.delete("/api/v1/sample")
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "RTN-0140")
        file.write_text(marked)
        with told_while(Silent(), sample / ".retinue", NOW):
            assert "under way" in client.delete("/api/v1/sample").json()["detail"]
        assert len(client.get("/api/v1/stops").json()["switches"]) == 1
    assert (sample / "data").is_dir()


def test_a_service_that_cannot_begin_again_says_so_and_keeps_nobody_waiting(sample: Path) -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        if len(made) > 1:
            raise OSError("the disk is full")
        return create_app(load_settings(sample))

    client = client_of(Renewing(make, lambda: remove_sample(load_settings(sample))))
    client.__enter__()
    assert client.delete("/api/v1/sample").status_code == 202
    answer = client.get("/api/v1/stops")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "retinue serve" in answer.json()["fix"]
    with pytest.raises(OSError, match="full"):
        client.__exit__(None, None, None)


def test_only_a_sample_is_removed_and_only_by_an_admin(
    service: Callable[..., TestClient], sample: Path
) -> None:
    own = service().delete("/api/v1/sample")
    assert (own.status_code, own.json()["detail"]) == (409, "There is no sample here.")
    other = service(load_settings(sample)).delete("/api/v1/sample")
    assert other.status_code == 409
    assert "retinue demo --remove" in other.json()["fix"]
    assert service(load_settings(sample), peer="10.0.0.9").delete("/api/v1/sample").status_code == 403
    assert load_settings(sample).project.sample
