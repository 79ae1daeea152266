"""A service that is left running: it serves the workspace it was asked for, is replaced, and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from retinue.demo import serving
from retinue.demo.serving import Served, serve, stop
from retinue.demo.workspace import Sample, write_workspace
from retinue.store import Store
from retinue.store.stops import stop as stop_all


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace with a trace in it, named from elsewhere by a relative path."""
    write_workspace(tmp_path / "demo", Sample.of(7))
    store = Store(tmp_path / "demo" / ".retinue" / "store.sqlite")
    stop_all(store, who="anna", reason="a trace", clock=datetime(2026, 1, 1, tzinfo=UTC))
    store.close()
    monkeypatch.chdir(tmp_path)
    yield Path("demo")
    stop(Path("demo"))


def answers(served: Served) -> bool:
    try:
        return httpx.get(f"{served.url}healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_service_is_left_replaced_and_ended(demo: Path) -> None:
    first = serve(demo)
    switches = httpx.get(f"{first.url}api/v1/stops", timeout=10).json()["switches"]
    assert [one["reason"] for one in switches] == ["a trace"]
    assert os.getpgid(first.pid) == first.pid, "it would end with the group of whoever started it"
    second = serve(demo)
    assert second.pid != first.pid
    assert answers(second)
    assert stop(demo) == second
    assert not answers(second)
    assert stop(demo) is None


def test_a_number_that_is_another_process_by_now_is_left_alone(demo: Path) -> None:
    home = demo / ".retinue" / "service"
    home.mkdir(parents=True)
    (home / "service.json").write_text(json.dumps({"pid": os.getpid(), "port": 8000}))
    assert stop(demo) is None  # and this process goes on
    assert not (home / "service.json").exists()


def test_a_service_that_ends_by_itself_meanwhile_was_ended(
    demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as over:
        over.wait()
    home = demo / ".retinue" / "service"
    home.mkdir(parents=True)
    (home / "service.json").write_text(json.dumps({"pid": over.pid, "port": 8000}))
    seen = iter([True])
    monkeypatch.setattr(serving, "_is_ours", lambda *_: next(seen, False))
    assert stop(demo) == Served(over.pid, 8000)
    assert not (home / "service.json").exists()
