"""The run that is under way, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.api.conftest import NOW, TestClient

from retinue.pipeline.observer import Silent
from retinue.runs.current import told_while


def test_a_run_is_told_while_it_works(service: Callable[..., TestClient], tmp_path: Path) -> None:
    client = service()
    assert client.get("/api/v1/runs/current").json() == {"running": None}
    with told_while(Silent(), tmp_path / ".retinue", NOW, clock=lambda: NOW) as told:
        told.begin("train")
        told.advance(0.25)
        running = client.get("/api/v1/runs/current").json()["running"]
        assert (running["stage"], running["share"], running["stages_done"]) == ("train", 0.25, [])
        assert set(running) == {"as_of", "started_at", "stage", "share", "stages_done", "heartbeat"}
    assert client.get("/api/v1/runs/current").json() == {"running": None}
    assert service(peer="10.0.0.9").get("/api/v1/runs/current").status_code == 403
