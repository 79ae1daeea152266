"""Whoever acts, for what is put on record without being told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["acting", "actor_now"]

_actor: ContextVar[str] = ContextVar("retinue_actor", default="retinue")


@contextmanager
def acting(who: str) -> Iterator[None]:
    """While the body runs, what is recorded without naming anybody was done by `who`.

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
    return _actor.get()
