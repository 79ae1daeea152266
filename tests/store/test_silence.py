"""A server that hangs is told from one that works for long, and nobody waits for it without an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests.servers import PrivatePostgreSQL

from retinue.errors import StoreUnavailable
from retinue.store import Store, engines, silence
from retinue.store.stops import stop, switches

CLOCK = datetime(2026, 2, 14, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[PrivatePostgreSQL]:
    made = PrivatePostgreSQL()
    yield made
    made.remove()


def test_a_server_that_hangs_is_told_in_seconds_and_used_again_when_it_goes_on(
    server: PrivatePostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "QUIET_SECONDS", 0.5)
    monkeypatch.setitem(silence._NETWORK, "connect_timeout", 2)
    store = Store(server.url)
    stop(store, who="ada", clock=CLOCK)
    told: list[float] = []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            switches(store)
        told.append(time.monotonic() - began)

    server.pause()
    try:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(told) == 8
        assert max(told) < 6, "nobody waits without an end"
        ask()
        assert told[-1] < 0.5, "and who comes next is told at once"
    finally:
        server.go_on()
    time.sleep(silence.AGAIN_SECONDS + 0.1)
    assert [one.who for one in switches(store)] == ["ada"]
    assert stop(store, who="ben", clock=CLOCK).who == "ben"
    store.close()


def test_a_statement_that_takes_long_is_waited_for(
    server: PrivatePostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "QUIET_SECONDS", 0.2)
    store = Store(server.url)
    with store.reading() as session:
        assert session.scalar(text("SELECT 1 FROM pg_sleep(1)")) == 1
    store.close()


def test_whoever_has_a_connection_keeps_it_where_there_is_none_left(
    server: PrivatePostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a second connection is refused is an answer too."""
    monkeypatch.setattr(silence, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(silence, "AGAIN_SECONDS", 0.1)
    url = server.url.replace("postgres@", "guest@")
    guest = silence.listening({"conninfo": url})
    owner = psycopg.connect(server.url, autocommit=True)
    owner.execute("CREATE ROLE guest LOGIN")
    with guest.connect(url) as one:
        owner.execute("ALTER DATABASE postgres CONNECTION LIMIT 0")
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            guest.connect(url)
        assert one.execute("SELECT 1 FROM pg_sleep(1)").fetchone() == (1,)
    owner.execute("ALTER DATABASE postgres CONNECTION LIMIT -1")
    owner.close()


def test_whoever_gets_no_connection_may_ask_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More threads than connections is no fault of whoever asks."""
    monkeypatch.setitem(engines._POOL, "pool_size", 1)
    monkeypatch.setitem(engines._POOL, "max_overflow", 0)
    monkeypatch.setitem(engines._POOL, "pool_timeout", 0.1)
    store = Store(tmp_path / "store.sqlite")
    with store.reading() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(StoreUnavailable) as caught:
            switches(store)
    assert caught.value.fix
    assert switches(store) == []
    store.close()
