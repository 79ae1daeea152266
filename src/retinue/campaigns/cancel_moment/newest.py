"""What the newest finished run left for the button, looked for again every few seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from retinue.campaigns.cancel_moment.facts import FACTS, Facts, Known
from retinue.decisions.artefacts import ModelStore
from retinue.decisions.replay import response_of
from retinue.errors import ArtefactError
from retinue.incentives.response import Learned
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.runs import latest_run
from retinue.telemetry import logger

__all__ = ["Left", "Newest"]

_LOOK_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Left:
    """The facts of a run and what it had learned; both None while there is no such run."""

    campaign: str | None = None
    facts: Facts | None = None
    learned: Learned | None = None

    def known(self, customer_id: str) -> Known | None:
        """What is known of a customer; None where nothing is, or it cannot be read."""
        try:
            return None if self.facts is None else self.facts.of(customer_id)
        except ArtefactError as error:
            logger("cancel").error("facts.unreadable", what=error.what)
            return None


class Newest:
    """Finds what the newest run left. Without it no offer is made, and nobody is held up by that."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._folder = settings.state / "runs"
        self._store = store
        self._models = ModelStore(settings.state / "models")
        self._held = Left()
        self._looked_at: datetime | None = None

    def at(self, now: datetime) -> Left:
        """What was left by now (aware UTC)."""
        if self._looked_at is not None and timedelta(0) <= now - self._looked_at < _LOOK_AGAIN:
            return self._held
        record = latest_run(self._store)
        name = None if record is None else record.campaign_id
        if name != self._held.campaign or self._held.facts is None:
            self._held = Left() if name is None else self._read(name)
        self._looked_at = now
        return self._held

    def _read(self, name: str) -> Left:
        try:
            facts = Facts.read(self._folder / name / FACTS)
            if facts is None:
                return Left(name)
            return Left(name, facts, response_of(facts.shared.models, self._models))
        except ArtefactError as error:
            logger("cancel").error("facts.unreadable", what=error.what)
            return replace(Left(), campaign=name)
