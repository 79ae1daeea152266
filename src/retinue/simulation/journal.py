"""What happened, kept as columns of numbers per kind of fact and week, until somebody wants it as rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Journal"]

Columns = dict[str, npt.NDArray[Any]]


class Journal:
    """Append-only columns per kind of fact, in blocks of one week.

    >>> journal = Journal()
    >>> journal.add("tickets", 3, who=np.array([1, 2]))
    >>> journal.add("tickets", 4, who=np.array([5]))
    >>> journal.read("tickets", first=4)["who"].tolist()
    [5]
    """

    def __init__(self) -> None:
        self._blocks: dict[str, list[tuple[int, Columns]]] = {}

    def add(self, kind: str, week: int, **columns: npt.NDArray[Any]) -> None:
        """Note a block of facts; every column has one entry per fact."""
        blocks = self._blocks.setdefault(kind, [])
        if not blocks or len(next(iter(columns.values()))):
            blocks.append((week, columns))

    def read(self, kind: str, *, first: int | None = None) -> Columns:
        """All facts of a kind from week `first` on, in the order in which they were noted."""
        blocks = self._blocks.get(kind, [])
        wanted = [columns for week, columns in blocks if first is None or week >= first]
        if not wanted:
            wanted = [{name: column[:0] for name, column in columns.items()} for _, columns in blocks[:1]]
        if not wanted:
            return {}
        return {name: np.concatenate([columns[name] for columns in wanted]) for name in wanted[0]}

    def copy(self) -> Journal:
        """A journal that can go on by itself; the blocks are shared, for nothing changes them."""
        other = Journal()
        other._blocks = {kind: list(blocks) for kind, blocks in self._blocks.items()}
        return other
