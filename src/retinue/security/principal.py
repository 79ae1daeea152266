"""Whoever asks: a person, a machine with a key, or the local session of somebody at this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Principal"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, as proven.

    subject: a name that stays the same. roles: as in `policy.ROLES`. kind: how it was proven. scopes: what a
    machine's key or a token is narrowed to, as names of permissions; None for no narrowing.
    """

    subject: str
    roles: frozenset[str]
    kind: Literal["person", "machine", "local"] = "person"
    scopes: frozenset[str] | None = field(default=None)
