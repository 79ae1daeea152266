"""One read for many customers: what fields of a list ask for one by one is fetched at once."""

from __future__ import annotations

from typing import Any

from strawberry.dataloader import DataLoader

from retinue.api.deps import Door
from retinue.api.reading import Reading
from retinue.api.showing import Showing
from retinue.runs.customers import timelines
from retinue.store.timeline import Entry, Place

__all__ = ["Past", "Rows"]

_AT_ONCE = 1_000
"""As many as a run's file is asked for at once."""

Key = tuple[str, str]


class Rows:
    """Rows of runs' files, each fetched once for a question, and put on record as shown."""

    def __init__(self, door: Door, reads: Reading, seen: Showing) -> None:
        self._door, self._reads, self._seen = door, reads, seen
        self._loader = DataLoader[Key, dict[str, Any] | None](self._fetched, max_batch_size=_AT_ONCE)

    async def of(self, run: str, customer_id: str) -> dict[str, Any] | None:
        """The row of a customer with the decision; None where the run has none."""
        found: dict[str, Any] | None = await self._loader.load((run, customer_id))
        return found

    async def _fetched(self, keys: list[Key]) -> list[dict[str, Any] | None]:
        found: dict[Key, dict[str, Any]] = {}
        for run in dict.fromkeys(run for run, _ in keys):
            names = [name for of, name in keys if of == run]
            rows = self._reads.customers(self._door.clock(), run).among(names)
            self._seen.many("profile", run, customers=list(rows))
            found |= {(run, name): row for name, row in rows.items()}
        return [found.get(key) for key in keys]


class Past:
    """What happened to customers, fetched once for a question; who is asked for alike, at once."""

    def __init__(self, door: Door, reads: Reading, seen: Showing) -> None:
        self._door, self._reads, self._seen = door, reads, seen
        self._loader = DataLoader[tuple[str, int, Place | None], list[Entry]](
            self._fetched, max_batch_size=_AT_ONCE
        )

    async def of(self, customer_id: str, limit: int, before: Place | None) -> list[Entry]:
        """The newest entries of a customer, at most so many, behind a place."""
        found: list[Entry] = await self._loader.load((customer_id, limit, before))
        return found

    async def _fetched(self, keys: list[tuple[str, int, Place | None]]) -> list[list[Entry]]:
        found: dict[tuple[str, int, Place | None], list[Entry]] = {}
        for limit, before in dict.fromkeys((limit, before) for _, limit, before in keys):
            names = [name for name, most, place in keys if (most, place) == (limit, before)]
            past = timelines(self._door.store, self._reads.runs, names, limit=limit, before=before)
            self._seen.many("timeline", "", customers=names)
            found |= {(name, limit, before): entries for name, entries in past.items()}
        return [found[key] for key in keys]
