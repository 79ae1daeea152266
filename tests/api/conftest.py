"""The service on a workspace of its own, called without a network."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from tests.redis_server import Server

from retinue.api.main import create_app
from retinue.settings import Settings
from retinue.store import Store

with warnings.catch_warnings():
    # It would rather have another client; nothing here depends on which.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NOW = datetime(2026, 2, 14, 9, tzinfo=UTC)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., TestClient]]:
    """Settings' sections → a client on this machine; `settings` instead of them, `peer` from elsewhere."""
    opened: list[TestClient] = []

    def make(
        settings: Settings | None = None, *, peer: str = "127.0.0.1", host: str = "127.0.0.1", **sections: Any
    ) -> TestClient:
        app = create_app(settings or Settings(root=tmp_path, **sections), clock=clock)
        client = TestClient(
            app, base_url=f"http://{host}", client=(peer, 50_000), raise_server_exceptions=False
        )
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of that workspace, by a connection of its own."""
    made = Store(tmp_path / ".retinue" / "store.sqlite")
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Server]:
    """A Redis of its own that can be stopped and started again."""
    if which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    running = Server()
    yield running
    running.stop()
