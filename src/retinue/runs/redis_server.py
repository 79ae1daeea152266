"""The Redis that `[cache]` names, for whoever keeps something in it that may be gone at any time."""

from __future__ import annotations

from typing import Any

from retinue.errors import PluginError
from retinue.settings import Settings, expand_variables

__all__ = ["open_redis"]


def open_redis(settings: Settings, *, wait: float | None = None) -> Any | None:
    """A client of redis-py, not connected yet, that waits so many seconds for an answer (default:
    `cache.wait_seconds`) and tries once; None where `[cache]` names no server.

    Raises PluginError when the extra `redis` is not installed, SettingsError when a variable is not set.
    """
    if settings.cache.url is None:
        return None
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise PluginError(
            "The cache needs redis-py.", where="[cache]", fix="pip install 'retinue[redis]'"
        ) from error
    wait = settings.cache.wait_seconds if wait is None else wait
    return Redis.from_url(
        expand_variables(settings.cache.url),
        socket_timeout=wait,
        socket_connect_timeout=wait,
        retry=Retry(NoBackoff(), 0),  # its own tries would keep a request waiting for seconds
    )
