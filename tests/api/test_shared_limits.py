"""Limits hold for all processes together while Redis answers, and for each alone while it does not."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from tests.redis_server import Server

from retinue.api.limits import Buckets
from retinue.api.shared_limits import Counter, SharedBuckets, open_counter
from retinue.settings import Settings
from retinue.settings.cache import CacheSettings

pytest.importorskip("redis", reason="redis-py is not installed (pip install 'retinue[redis]')")


def counter(port: int, folder: Path, pause: float = 0.05) -> Counter:
    cache = CacheSettings(url=f"redis://127.0.0.1:{port}/0", wait_seconds=1.0, pause_seconds=pause)
    found = open_counter(Settings(root=folder, cache=cache))
    assert found is not None
    return found


def test_two_processes_count_together_as_one_alone_would(server: Server, tmp_path: Path) -> None:
    both = [SharedBuckets(3, name="customers", counter=counter(server.port, tmp_path)) for _ in range(2)]
    alone = Buckets(3)
    times = [100.0, 100.0, 101.0, 101.0, 110.0, 121.0, 121.5, 300.0, 300.0, 300.0, 300.0]
    for place, now in enumerate(times):
        bucket = both[place % 2]
        assert bucket.wait("C1", now) == pytest.approx(alone.wait("C1", now))
        assert bucket.take("C1", now) == pytest.approx(alone.take("C1", now))
    assert both[0].take("C2", 300.0) == 0.0, "another customer has tokens of their own"
    other = SharedBuckets(3, name="addresses", counter=counter(server.port, tmp_path))
    assert other.take("C1", 300.0) == 0.0, "another limit too"


def test_while_it_is_gone_each_counts_alone_and_then_together_again(server: Server, tmp_path: Path) -> None:
    first, second = (
        SharedBuckets(2, name="customers", counter=counter(server.port, tmp_path)) for _ in range(2)
    )
    assert [first.take("C1", 100.0), second.take("C1", 100.0)] == [0.0, 0.0]
    assert first.take("C1", 100.0) > 0
    server.stop()
    assert [first.take("C1", 100.0) > 0 for _ in range(3)] == [False, False, True]
    assert [second.take("C1", 100.0) > 0 for _ in range(3)] == [False, False, True]
    server.start()
    time.sleep(0.1)
    assert [first.take("C1", 200.0), second.take("C1", 200.0)] == [0.0, 0.0]
    assert second.take("C1", 200.0) > 0


def test_one_that_never_answers_costs_no_more_than_a_moment(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        cache = CacheSettings(
            url=f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", wait_seconds=0.1, pause_seconds=60.0
        )
        found = open_counter(Settings(root=tmp_path, cache=cache))
        assert found is not None
        bucket = SharedBuckets(5, name="customers", counter=found)
        began = time.monotonic()
        assert [bucket.take("C1", 100.0) for _ in range(5)] == [0.0] * 5
        assert bucket.take("C1", 100.0) > 0
        assert time.monotonic() - began < 2.0
        found.close()


def test_nothing_personal_is_written(server: Server, tmp_path: Path) -> None:
    from redis import Redis

    bucket = SharedBuckets(3, name="customers", counter=counter(server.port, tmp_path))
    bucket.take("ada@example.org", 100.0)
    names = list(Redis(port=server.port).scan_iter())
    assert len(names) == 1
    assert names[0].startswith(b"retinue:limit:customers:")
    assert b"ada" not in names[0]


def test_without_a_url_there_is_none(tmp_path: Path) -> None:
    assert open_counter(Settings(root=tmp_path)) is None
