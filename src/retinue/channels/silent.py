"""What channels share whose other end tells nothing afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from retinue.channels.base import BadCallback, Prepared, Response, Sent, Unsure

__all__ = ["CallsNobodyBack", "CannotBeAsked"]


class CannotBeAsked:
    """A channel whose other end cannot say whether a delivery was done. `unasked`: why, in words."""

    unasked: ClassVar[str]

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """Nobody can say. Raises Unsure."""
        raise Unsure(self.unasked)


class CallsNobodyBack:
    """A channel whose other end sends no callbacks that can be believed. `uncalled`: why, in words."""

    uncalled: ClassVar[str]

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """There are none. Raises BadCallback."""
        raise BadCallback(self.uncalled)
