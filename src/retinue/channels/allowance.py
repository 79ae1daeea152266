"""Calls that a vendor allows in a day, shared with everything else of the same business.

>>> clock = [0.0]
>>> allowance = Allowance("Vendor", 0.9, clock=lambda: clock[0])
>>> allowance.note(used=95, most=100)
>>> try:
...     allowance.check()
... except TryLater as later:
...     print(later.reason, later.after)
Vendor: 95 of the day's 100 calls are used 900.0
>>> clock[0] = 901.0
>>> allowance.check()
"""

from __future__ import annotations

import time
from collections.abc import Callable

from retinue.channels.base import TryLater

__all__ = ["Allowance"]

PAUSE_SECONDS = 900.0


class Allowance:
    """Stops calls for a quarter of an hour when more than `share` of the day's calls are used."""

    def __init__(self, vendor: str, share: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._vendor = vendor
        self._share = share
        self._clock = clock
        self._until = float("-inf")
        self._words = ""

    def note(self, *, used: int, most: int) -> None:
        """What the last answer said."""
        if most > 0 and used >= self._share * most:
            self._words = f"{self._vendor}: {used} of the day's {most} calls are used"
            self._until = self._clock() + PAUSE_SECONDS

    def check(self) -> None:
        """Raises TryLater while nothing more may be called."""
        left = self._until - self._clock()
        if left > 0:
            raise TryLater(self._words, left)
