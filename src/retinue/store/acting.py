"""Whoever acts, for what is put on record without being told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["NOBODY", "acting", "actor_now"]

NOBODY = "retinue"
"""Who acts where nobody said."""

_actor: ContextVar[str | Callable[[], str]] = ContextVar("retinue_actor", default=NOBODY)


@contextmanager
def acting(who: str | Callable[[], str]) -> Iterator[None]:
    """While the body runs, what is recorded without naming anybody was done by `who`; a function is asked at
    the time of each record.

    >>> with acting("ada"):
    ...     actor_now()
    'ada'
    """
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def actor_now() -> str:
    """Whoever acts, as far as a function is not told; `retinue` where nobody said."""
    who = _actor.get()
    return who if isinstance(who, str) else who()
