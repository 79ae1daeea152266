"""Limits that all processes of the service share through Redis; each counts alone while it is gone."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from typing import Any

from retinue.api.limits import Buckets
from retinue.privacy import workspace_key
from retinue.runs.redis_server import open_redis
from retinue.settings import Settings
from retinue.telemetry import logger

__all__ = ["Counter", "SharedBuckets", "open_counter"]

_SCRIPT = """
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local size, now, take = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens, at = tonumber(held[1]) or size, tonumber(held[2]) or now
tokens = math.min(size, tokens + math.max(0, now - at) * size / 60)
local missing = 0
if tokens < 1 then missing = (1 - tokens) * 60 / size end
if take == 1 then
  if tokens >= 1 then tokens = tokens - 1 end
  redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(now, at)))
  redis.call('EXPIRE', KEYS[1], 120)
end
return tostring(missing)
"""
"""A bucket full again after a minute is the same as none: it is forgotten after two."""


class Counter:
    """Buckets in Redis, asked in one step each; nothing personal is written there.

    client: of redis-py. key: of the workspace; buckets are named by hashes under it. pause: seconds for which
    a Redis that did not answer is left alone. steady: seconds that only rise.
    """

    def __init__(
        self, client: Any, key: bytes, *, pause: float, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = client.register_script(_SCRIPT)
        self._client, self._key, self._pause, self._steady = client, key, pause, steady
        self._again = 0.0
        self._lock = threading.Lock()

    def missing(self, name: str, key: str, size: int, now: float, *, take: bool) -> float | None:
        """Seconds until there is a token, 0 when there is one; None while Redis does not answer."""
        if self._steady() < self._again:
            return None
        from redis.exceptions import RedisError

        secret = hmac.new(self._key, key.encode(), hashlib.sha256).hexdigest()[:32]
        bucket = f"retinue:limit:{name}:{secret}"
        try:
            return float(self._ask(keys=[bucket], args=[size, repr(now), int(take)]))
        except (RedisError, OSError) as error:
            with self._lock:
                first, self._again = self._steady() >= self._again, self._steady() + self._pause
            if first:
                logger("api").warning("cache.unavailable", error=type(error).__name__)
            return None

    def close(self) -> None:
        """Release the connections."""
        self._client.close()


class SharedBuckets(Buckets):
    """Buckets of all processes; those of this process alone while Redis does not answer.

    name: which limit they are of.
    """

    def __init__(self, per_minute: int, *, name: str, counter: Counter) -> None:
        super().__init__(per_minute)
        self._name, self._counter = name, counter

    def take(self, key: str, now: float) -> float:
        """Take one token; 0, or the seconds to wait when there is none. now: seconds since 1970."""
        found = self._counter.missing(self._name, key, self._size, now, take=True)
        return super().take(key, now) if found is None else found

    def wait(self, key: str, now: float) -> float:
        """What `take` would answer, without taking."""
        found = self._counter.missing(self._name, key, self._size, now, take=False)
        return super().wait(key, now) if found is None else found


def open_counter(settings: Settings) -> Counter | None:
    """The counter that `[cache]` names, not connected yet; None when it names none.

    Raises PluginError when the extra `redis` is not installed, SettingsError when a variable is not set.
    """
    client = open_redis(settings)
    if client is None:
        return None
    return Counter(client, workspace_key(settings.state), pause=settings.cache.pause_seconds)
