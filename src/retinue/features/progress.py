"""How far a build of snapshots is, told as a share that follows the time it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["Share"]

A_RESULT = 30.0
"""What one row of the result costs, in units of reading one row of a table (measured at 20 million rows)."""
WRITING = 0.05
"""The share of the time that is left for writing the file."""


class Share:
    """Turns what is done into a share from 0 to 1 that never falls.

    Parameters
    ----------
    tell: called with each share; None: nobody listens.
    rows: rows of each table that is read.
    passes: how often all of them are read.

    >>> told = []
    >>> share = Share(told.append, {"events": 300, "tickets": 100}, passes=1)
    >>> share.gathered("events"), share.gathered("tickets")
    (None, None)
    >>> share.rolling(40, chunks=2), share.rolled(), share.rolled()
    (None, None, None)
    >>> [round(t, 2) for t in told]
    [0.18, 0.24, 0.59, 0.95]
    """

    def __init__(self, tell: Callable[[float], None] | None, rows: Mapping[str, int], passes: int) -> None:
        self._tell = tell
        self._rows = rows
        self._passes = passes
        self._before = 0.0
        self._read = 0.0
        # Until the customers are counted, results are taken to cost as much as a few reads of all rows.
        self._results = 3.0 * max(1, sum(rows.values()))
        self._chunks, self._chunk = 1, 0

    def gathered(self, table: str) -> None:
        """The rows of a table have been read."""
        self._read += self._rows[table]
        self._report(self._read)

    def rolling(self, results: int, chunks: int) -> None:
        """So many rows of the result will come, in so many chunks."""
        self._results, self._chunks, self._chunk = A_RESULT * results, chunks, 0

    def rolled(self) -> None:
        """One chunk has come."""
        self._chunk += 1
        self._report(self._read + self._results * self._chunk / self._chunks)
        if self._chunk == self._chunks:
            self._before += 1.0
            self._read = 0.0

    def _report(self, work: float) -> None:
        if self._tell is not None:
            whole = max(1.0, sum(self._rows.values()) + self._results)
            self._tell((1.0 - WRITING) * min(1.0, (self._before + work / whole) / self._passes))
