"""How far a piece of work is, as a share from 0 to 1 that never falls and ends at exactly 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Share", "Tell"]

Tell = Callable[[float], None]
"""Is told the share that is done."""


class Share:
    """Adds up parts of a work, each weighed by what it costs; a part may tell how far it is within itself.

    Parameters
    ----------
    tell: called with each new share; None: nobody listens.
    whole: the weights of all parts together.

    >>> told = []
    >>> share = Share(told.append, whole=4)
    >>> with share.part(3) as within:
    ...     within(0.5)
    ...     within(0.2)
    >>> with share.part(1):
    ...     pass
    >>> told
    [0.375, 0.75, 1.0]
    """

    def __init__(self, tell: Tell | None, whole: float) -> None:
        self.heard = tell is not None
        self._hear = tell
        self._whole = whole
        self._done = 0.0
        self._told = 0.0

    @contextmanager
    def part(self, weight: float) -> Iterator[Tell]:
        """A part of the work; it counts as done when the block ends, and not when that raises."""
        begun = self._done

        def within(share: float) -> None:
            self._tell((begun + weight * min(1.0, max(0.0, share))) / self._whole)

        yield within
        self._done = begun + weight
        # what is left of rounding must not keep the last part from the end
        self._tell(1.0 if self._done >= self._whole * (1.0 - 1e-9) else self._done / self._whole)

    def _tell(self, share: float) -> None:
        if self._hear is not None and share > self._told:
            self._told = min(1.0, share)
            self._hear(self._told)
