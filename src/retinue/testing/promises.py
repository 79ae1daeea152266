"""What a channel says or raises, looked at by its conformance check."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from retinue.channels.base import ChannelFault, Contact, Sent

__all__ = ["expect", "fault_of", "outcome_of", "without", "words_of"]


def words_of(said: object) -> str:
    """All that a fault tells, with what it was raised from; of an outcome what is logged of it."""
    if isinstance(said, Sent):
        return said.detail
    told = ""
    link = said if isinstance(said, BaseException) else None
    while link is not None:
        told += f"{link!r} {link} "
        link = link.__cause__ or link.__context__
    return told


def outcome_of(act: Callable[[], Sent | None]) -> Sent | ChannelFault | None:
    """What it gives, or the fault it raises. AssertionError for any other exception."""
    try:
        return act()
    except ChannelFault as fault:
        return fault
    except Exception as error:
        # Its words stay out: they may hold what the check is there to keep secret.
        kind = type(error).__name__
    raise AssertionError(f"This channel breaks a promise: it raises {kind}, which is no ChannelFault.")


def fault_of(act: Callable[[], object]) -> ChannelFault | None:
    """The fault it raises, if it does."""
    try:
        act()
    except ChannelFault as fault:
        return fault
    return None


def without(contact: Contact, need: str) -> Contact:
    """The contact without what a channel needs (`email`, `ids.stripe`, …)."""
    system = need.removeprefix("ids.")
    if system != need:
        return dataclasses.replace(contact, ids={k: v for k, v in contact.ids.items() if k != system})
    nothing: dict[str, Any] = {need: None}
    return dataclasses.replace(contact, **nothing)


def expect(kept: object, promise: str) -> None:
    """AssertionError with the promise that is broken, unless it is kept."""
    if not kept:
        raise AssertionError(f"This channel breaks a promise: {promise}.")
