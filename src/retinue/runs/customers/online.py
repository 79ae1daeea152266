"""The assessments of runs in Redis, for services that stand where the run's file is not.

A run publishes what is told of the risk of each customer; a service without the file of the newest run reads
it there. Whatever Redis holds is a copy: it ends by itself after `cache.assessments_hours`, and nothing but
an answer is missing when it is gone. Keys are named by hashes under the workspace's key; no id stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from retinue.errors import StateError
from retinue.privacy import workspace_key
from retinue.runs.customers.file import Shared
from retinue.runs.customers.reading import CustomerFile, Wanted
from retinue.runs.customers.risk import risk_in_short
from retinue.runs.redis_server import open_redis
from retinue.settings import Settings
from retinue.telemetry import logger

__all__ = ["OnlineCustomers", "forget_online", "open_online", "publish_run"]

_PATIENT = 5.0
"""Seconds that a run and an erasure wait for an answer: nobody waits for theirs."""


class OnlineCustomers:
    """Assessments in Redis, by campaign and customer.

    client: of redis-py. key: of the workspace. hours: how long they stay. pause: seconds for which a Redis
    that did not answer a reader is left alone. steady: seconds that only rise.
    """

    def __init__(
        self,
        client: Any,
        key: bytes,
        *,
        hours: int,
        pause: float,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._key, self._seconds = client, key, hours * 3_600
        self._pause, self._steady, self._again = pause, steady, 0.0

    def publish(self, found: CustomerFile) -> int:
        """Write the customers of a run, then that they are there; how many they are.

        Raises StateError when Redis does not take them: those of the run are not read then.
        """
        campaign, written = found.shared.campaign_id, 0
        try:
            for part in found.all(Wanted(sort="customer_id", descending=False), whole=True):
                pipe = self._client.pipeline(transaction=False)
                for row in part:
                    name = self._name(campaign, row["customer_id"])
                    told = {**risk_in_short(row), "customer_id": None}  # its name has that, as a hash
                    pipe.set(name, msgspec.json.encode(told), ex=self._seconds)
                pipe.execute()
                written += len(part)
            self._client.set(self._name(campaign), msgspec.json.encode(found.shared), ex=self._seconds)
        except _faults() as error:
            raise StateError(
                f"Redis does not take the assessments: {type(error).__name__}.",
                where="[cache]",
                fix="See that it runs and has memory left; the next run publishes again.",
            ) from None
        return written

    def among(
        self, campaign_id: str, customers: Sequence[str]
    ) -> tuple[Shared, Mapping[str, dict[str, Any]]] | None:
        """What the run of a campaign published of these customers (`risk_in_short`), by id; None where it
        published nothing or its time is over. Raises StateError while Redis does not answer."""
        if self._steady() < self._again:
            raise _silent()
        names = [self._name(campaign_id), *(self._name(campaign_id, one) for one in customers)]
        try:
            shared, *bodies = self._client.mget(names)
        except _faults() as error:
            self._again = self._steady() + self._pause
            logger("runs").warning("cache.unavailable", error=type(error).__name__)
            raise _silent() from None
        if shared is None:
            return None
        rows = {
            customer: {**msgspec.json.decode(body), "customer_id": customer}
            for customer, body in zip(customers, bodies, strict=True)
            if body is not None
        }
        return msgspec.json.decode(shared, type=Shared), rows

    def forget(self, campaigns: Sequence[str], customer_id: str) -> int:
        """Remove a customer from what runs published; how many copies there were. Raises StateError when
        Redis does not answer: the copies may be there until their time is over."""
        names = [self._name(campaign, customer_id) for campaign in campaigns]
        try:
            return int(self._client.delete(*names)) if names else 0
        except _faults() as error:
            raise StateError(
                f"Redis does not answer ({type(error).__name__}); copies of assessments may be there.",
                where="[cache]",
                fix="Do it again when it answers.",
            ) from None

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _name(self, campaign_id: str, customer_id: str | None = None) -> str:
        text = f"{campaign_id}\0{'' if customer_id is None else customer_id}"
        secret = hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()[:40]
        return f"retinue:{'run' if customer_id is None else 'risk'}:{secret}"


def open_online(settings: Settings, *, wait: float | None = None) -> OnlineCustomers | None:
    """Where `[cache]` wants assessments; None where it wants none. Arguments and errors: `open_redis`."""
    client = open_redis(settings, wait=wait) if settings.cache.assessments else None
    if client is None:
        return None
    key = hmac.new(workspace_key(settings.state), b"assessments online", hashlib.sha256).digest()
    return OnlineCustomers(
        client, key, hours=settings.cache.assessments_hours, pause=settings.cache.pause_seconds
    )


def publish_run(settings: Settings, file: Path) -> None:
    """Publish what a run left in its file, where `[cache]` wants it. Redis does not hold up a run: what it
    does not take is a warning in the log."""
    found = CustomerFile.read(file)
    online = None if found is None else open_online(settings, wait=_PATIENT)
    if online is None or found is None:
        return
    with closing(online):
        try:
            written = online.publish(found)
            logger("runs").info("assessments.published", customers=written)
        except StateError as error:
            logger("runs").warning("assessments.unpublished", error=str(error))


def forget_online(settings: Settings, campaigns: Sequence[str], customer_id: str) -> None:
    """Remove what runs published of a customer. Raises StateError when Redis does not answer."""
    online = open_online(settings, wait=_PATIENT)
    if online is not None:
        with closing(online):
            online.forget(campaigns, customer_id)


def _silent() -> StateError:
    return StateError("Redis does not answer.", where="[cache]", fix="Ask again in a few seconds.")


def _faults() -> tuple[type[BaseException], ...]:
    from redis.exceptions import RedisError

    return RedisError, OSError
