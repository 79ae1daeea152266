"""What a scrape shows: what the process counted, and what the store says, asked at most every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from retinue.monitoring.samples import samples
from retinue.telemetry import logger
from retinue.telemetry.metrics import Meter, Sample

if TYPE_CHECKING:
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["FRESH_SECONDS", "meter_of"]

FRESH_SECONDS = 5.0
"""So long an answer of the store is shown again: several scrapers cost it no more than one."""


def meter_of(store: Store, settings: Settings, clock: Callable[[], datetime]) -> Meter:
    """A meter whose figures come from that store. clock: the present, aware UTC.

    A store that cannot be read makes `retinue_up` 0, and the process's own metrics are shown all the same.
    """
    lock = Lock()
    kept: tuple[float, list[Sample]] | None = None

    def ask() -> list[Sample]:
        nonlocal kept
        with lock:
            if kept is None or time.monotonic() - kept[0] >= FRESH_SECONDS:
                try:
                    found = [Sample("retinue_up", 1.0), *samples(store, settings, clock())]
                except Exception as error:  # whatever it is, a scrape must show the rest
                    logger("metrics").error("store.unreadable", kind=type(error).__name__)
                    found = [Sample("retinue_up", 0.0)]
                kept = time.monotonic(), found
            return kept[1]

    return Meter(ask)
