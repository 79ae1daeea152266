"""RabbitMQ behind TLS: the right authority and name, or workers take from the outbox itself.

The broker is a real one; TLS is put before it, as a load balancer does, because a second broker takes long.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.campaigns.witness import KEY, Business, Witness
from tests.runs.test_queue import URL, _reachable
from tests.tls.conftest import Trust

from retinue.campaigns.sender import Sender
from retinue.runs.queue import Queue
from retinue.settings import QueueSettings

pytestmark = [
    pytest.mark.skipif(not _reachable(), reason="no RabbitMQ: start one, or set RETINUE_TEST_RABBITMQ"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


def connects(folder: Path, url: str, seconds: float) -> bool:
    business = Business(folder, [Witness()])
    sender = Sender(
        business.store, business.channels, business.settings, KEY, owner="w", clock=lambda: business.now
    )
    chosen = QueueSettings(kind="rabbitmq", url=url, name=f"tls-{uuid.uuid4().hex[:8]}")
    queue = Queue(business.store, sender, chosen, clock=lambda: business.now)
    queue.start()
    try:
        until = time.monotonic() + seconds
        while not queue.connected and time.monotonic() < until:
            time.sleep(0.05)
        return queue.connected
    finally:
        queue.close()
        asyncio.run(_gone(chosen.name))
        business.store.close()


async def _gone(name: str) -> None:
    import aio_pika

    connection = await aio_pika.connect(URL, timeout=5)
    async with connection:
        await (await connection.channel()).queue_delete(name)


@pytest.fixture(scope="module")
def port(tls_before: Callable[[str, int], int]) -> int:
    place = urlsplit(URL)
    return tls_before(place.hostname or "127.0.0.1", place.port or 5672)


def test_a_worker_reaches_the_broker_through_tls(tmp_path: Path, port: int, trust: Trust) -> None:
    assert connects(tmp_path, f"amqps://guest:guest@localhost:{port}/?cafile={trust.ca}", 10)


@pytest.mark.parametrize(
    "url",
    [
        "amqps://guest:guest@localhost:{port}/?cafile={other}",  # another authority
        "amqps://guest:guest@127.0.0.1:{port}/?cafile={ca}",  # not the name in the certificate
    ],
)
def test_another_authority_or_name_is_refused(tmp_path: Path, port: int, trust: Trust, url: str) -> None:
    assert not connects(tmp_path, url.format(port=port, ca=trust.ca, other=trust.other), 1.5)
