"""The broker forgets nothing that matters: emptied, repeating or gone, each delivery is made once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.campaigns.witness import Business, Witness, action

from retinue.runs.queue import Queue
from retinue.settings import QueueSettings

URL = os.environ.get("RETINUE_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/")


async def _declare(name: str, copies: list[str] | None = None, *, purge: bool = False) -> int:
    import aio_pika

    connection = await aio_pika.connect(URL, timeout=5)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(name, durable=True)
        if purge:
            await queue.purge()
        for one in copies or []:
            await channel.default_exchange.publish(aio_pika.Message(one.encode()), routing_key=name)
        return int(queue.declaration_result.message_count or 0)


def _reachable() -> bool:
    import socket

    place = urlsplit(URL)
    try:
        with socket.create_connection((place.hostname or "", place.port or 5672), timeout=2):
            return True
    except OSError:
        return False


pytestmark = [
    pytest.mark.skipif(
        not _reachable(),
        reason=f"no RabbitMQ at {urlsplit(URL).hostname}: start one, or set RETINUE_TEST_RABBITMQ",
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def b(tmp_path: Path) -> Iterator[Business]:
    made = Business(tmp_path, [Witness()])
    yield made
    made.store.close()


def settings(name: str, **more: object) -> QueueSettings:
    given = {"kind": "rabbitmq", "url": URL, "name": name, "announce_seconds": 0.05, "again_seconds": 0.5}
    return QueueSettings(**(given | more))  # type: ignore[arg-type]


def until(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def all_sent(b: Business) -> bool:
    return set(b.states().values()) == {"sent"}


def test_deliveries_go_through_the_broker_once_each(b: Business) -> None:
    name = f"retinue.test.{os.getpid()}.{time.time_ns()}"
    b.start(*(action(n) for n in range(30)))
    queues = [Queue(b.store, b.sender(f"w{n}"), settings(name), clock=lambda: b.now) for n in range(2)]
    for queue in queues:
        queue.start()
    try:
        assert until(lambda: all_sent(b))
        again = [d for d in b.channels["email"].effects for _ in range(3)]
        asyncio.run(_declare(name, again))
        assert until(lambda: asyncio.run(_declare(name)) == 0)
        time.sleep(0.3)
    finally:
        for queue in queues:
            queue.close()
        asyncio.run(_delete(name))
    assert set(b.channels["email"].effects.values()) == {1}
    assert len(b.channels["email"].calls) == 30


def test_an_emptied_broker_is_filled_again(b: Business) -> None:
    name = f"retinue.test.{os.getpid()}.{time.time_ns()}"
    b.start(*(action(n) for n in range(10)))
    from datetime import timedelta

    from retinue.store.outbox import announce

    # Announced, and then the broker loses everything before anybody works.
    assert len(announce(b.store, clock=b.now, again=timedelta(seconds=30))) == 10
    asyncio.run(_declare(name, purge=True))
    clock = lambda: datetime.now(UTC) - started + b.now  # noqa: E731
    started = datetime.now(UTC)
    queue = Queue(b.store, b.sender(), settings(name), clock=clock)
    queue.start()
    try:
        assert until(lambda: all_sent(b))
    finally:
        queue.close()
        asyncio.run(_delete(name))
    assert set(b.channels["email"].effects.values()) == {1}


def test_a_broker_that_cannot_be_reached_is_named_and_nothing_is_lost(b: Business) -> None:
    b.start(action(1))
    nowhere = settings("x", url="amqp://guest:guest@127.0.0.1:9/")
    queue = Queue(b.store, b.sender(), nowhere, clock=lambda: b.now)
    queue.start()
    time.sleep(0.5)
    assert not queue.connected
    assert b.pump() == 1
    queue.close()
    assert all_sent(b)


async def _delete(name: str) -> None:
    import aio_pika

    connection = await aio_pika.connect(URL, timeout=5)
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(name)
