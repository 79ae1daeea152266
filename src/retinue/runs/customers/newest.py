"""The customers of the newest finished run, looked for again every few seconds, and those of older runs."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from retinue.runs.customers.file import CUSTOMERS
from retinue.runs.customers.reading import CustomerFile
from retinue.settings import Settings
from retinue.store import Store
from retinue.store.runs import latest_run

__all__ = ["NewestCustomers"]

_LOOK_AGAIN = timedelta(seconds=5)


class NewestCustomers:
    """Finds the file of the newest run; never that of an older one instead, which would be another day."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._folder = settings.state / "runs"
        self._store = store
        self._held: CustomerFile | None = None
        self._looked_at: datetime | None = None
        self._lock = threading.Lock()

    def held(self, now: datetime) -> CustomerFile | None:
        """What was found a moment ago, without asking the store; None where it is time to look again."""
        looked = self._looked_at
        return self._held if looked is not None and timedelta(0) <= now - looked < _LOOK_AGAIN else None

    def at(self, now: datetime) -> CustomerFile | None:
        """The customers of the newest run; None where there is no run or it left none.

        Raises ArtefactError when the file cannot be read.
        """
        with self._lock:
            found = self.held(now)
            if found is not None:
                return found
            record = latest_run(self._store)
            name = None if record is None else record.campaign_id
            held = self._held
            if held is None or held.shared.campaign_id != name or held.replaced:
                self._held = None if name is None else CustomerFile.read(self._folder / name / CUSTOMERS)
            self._looked_at = now
            return self._held

    def of(self, campaign_id: str) -> CustomerFile | None:
        """The customers of the run that made a campaign; None where it left none, or not any more."""
        held = self._held
        if held is not None and held.shared.campaign_id == campaign_id and not held.replaced:
            return held
        return CustomerFile.read(self._folder / campaign_id / CUSTOMERS)
