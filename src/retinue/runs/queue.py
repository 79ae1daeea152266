"""A broker between the outbox and the workers: it carries names of deliveries, and nothing depends on it.

The outbox stays the truth. What the broker loses is announced again; what it brings twice finds the delivery
claimed or done; while it cannot be reached, a worker takes from the outbox itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.errors import PluginError
from retinue.settings import expand_variables
from retinue.store.outbox import announce
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.campaigns.sender import Sender
    from retinue.settings import QueueSettings
    from retinue.store import Store

__all__ = ["Queue"]


class Queue:
    """Announces due deliveries through RabbitMQ and works on those that are announced, in a thread.

    Parameters
    ----------
    sender: works on a delivery when its name arrives. clock: the present (aware UTC).

    Raises PluginError when the extra `rabbitmq` is not installed.
    """

    def __init__(
        self, store: Store, sender: Sender, settings: QueueSettings, *, clock: Callable[[], datetime]
    ) -> None:
        try:
            import faststream.rabbit  # noqa: F401
        except ImportError as error:
            raise PluginError(
                "The queue needs FastStream.", where="[queue]", fix="pip install 'retinue[rabbitmq]'"
            ) from error
        self._store = store
        self._sender = sender
        self._settings = settings
        self._url = expand_variables(settings.url)
        self._clock = clock
        self._ending = threading.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="queue", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker can be reached now."""
        return self._connected.is_set()

    def start(self) -> None:
        """Begin, and go on until `close`."""
        self._thread.start()

    def close(self) -> None:
        """End; deliveries under way are finished."""
        self._ending.set()
        self._thread.join(timeout=30)

    async def _serve(self) -> None:
        while not self._ending.is_set():
            try:
                await self._through_broker()
            except Exception as error:
                logger(__name__).warning("queue.unreachable", error=type(error).__name__)
            finally:
                self._connected.clear()
            await asyncio.to_thread(self._ending.wait, 2.0)

    async def _through_broker(self) -> None:
        from faststream import AckPolicy
        from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

        settings = self._settings
        queue = RabbitQueue(settings.name, durable=True)
        broker = RabbitBroker(self._url, logger=None, timeout=5, graceful_timeout=20)

        # Acknowledged whatever comes of it: a delivery that is still due is announced again.
        @broker.subscriber(queue, channel=Channel(prefetch_count=8), ack_policy=AckPolicy.ACK)
        async def work(delivery: str) -> None:
            await asyncio.to_thread(self._sender.pump, only=[delivery])

        async with broker:
            await broker.start()
            self._connected.set()
            while not self._ending.is_set():
                names = await asyncio.to_thread(self._due)
                for name in names:
                    await broker.publish(name, queue, persist=True, timeout=5)
                if not await broker.ping(timeout=5):
                    return
                if not names:
                    await asyncio.to_thread(self._ending.wait, settings.announce_seconds)

    def _due(self) -> list[str]:
        return announce(
            self._store, clock=self._clock(), again=timedelta(seconds=self._settings.again_seconds)
        )
