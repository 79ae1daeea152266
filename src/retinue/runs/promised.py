"""Whether what is offered at the cancel button can be made real, read without changing anything."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from sqlite3 import DatabaseError, connect
from typing import TYPE_CHECKING

from retinue.errors import RetinueError
from retinue.incentives.catalogue import Catalogue
from retinue.store import Store
from retinue.store.cancel_moments import accepted
from retinue.store.versions import status

if TYPE_CHECKING:
    from pathlib import Path

    from retinue.settings import Settings

__all__ = ["Promised", "promised"]


@dataclass(frozen=True, slots=True)
class Promised:
    """Whether every offer has a channel that makes it real, and how many taken ones wait, in words."""

    whole: bool
    words: str


def promised(settings: Settings) -> Promised | None:
    """How it stands; None where there is no cancel moment and nothing waits from when there was.

    Raises SettingsError when the catalogue is not valid.
    """
    taken = _taken(settings.store_place)
    if not taken and not settings.api.cancel_moment:
        return None
    words, plan = f"{len(taken):,} taken and not on their way", settings.delivery
    if plan.mode != "live":
        return Promised(True, f"{words}; delivery is {plan.mode}: nothing is granted from here")
    offers = Catalogue.of(settings.incentives, root=settings.root).offers
    missing = sorted({*taken, *(offer.type for offer in offers)} - set(plan.grants))
    if missing:
        return Promised(False, f"{words}; no channel makes real: {', '.join(missing)}")
    return Promised(True, f"{words}; every type has a channel that makes it real")


def _taken(store: Path | str) -> list[str]:
    """The types of offers that were accepted and not planned; none where the store cannot be read."""
    if isinstance(store, str):
        return _taken_there(store)
    if not store.exists():
        return []
    query = "SELECT offer FROM cancel_moments WHERE choice = 'accepted' AND planned_at IS NULL"
    try:
        with closing(connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return [str(json.loads(offer)["type"]) for (offer,) in connection.execute(query) if offer]
    except DatabaseError:
        return []


def _taken_there(url: str) -> list[str]:
    """The same of a store that is a database elsewhere; its tables are not made."""
    try:
        if status(url).state != "current":
            return []
        store = Store(url)
    except RetinueError:
        return []  # the check of the store says so
    try:
        return [str(moment.offer["type"]) for moment in accepted(store) if moment.offer]
    finally:
        store.close()
