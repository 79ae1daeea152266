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

__all__ = ["FRESH_SECONDS", "MOST_SHARE", "meter_of"]

FRESH_SECONDS = 5.0
"""So long an answer of the store is shown again: several scrapers cost it no more than one."""

MOST_SHARE = 0.05
"""Of the time, so much at most goes into asking: a large store's answer is shown for longer."""


def meter_of(store: Store, settings: Settings, clock: Callable[[], datetime]) -> Meter:
    """A meter whose figures come from that store. clock: the present, aware UTC.

    A store that cannot be read makes `retinue_up` 0, and the process's own metrics are shown all the same.
    """
    lock = Lock()
    kept: tuple[float, list[Sample]] | None = None  # until when it is shown

    def ask() -> list[Sample]:
        nonlocal kept
        with lock:
            begun = time.monotonic()
            if kept is None or begun >= kept[0]:
                try:
                    found = [Sample("retinue_up", 1.0), *samples(store, settings, clock())]
                except Exception as error:  # whatever it is, a scrape must show the rest
                    logger("metrics").error("store.unreadable", kind=type(error).__name__)
                    found = [Sample("retinue_up", 0.0)]
                now = time.monotonic()
                kept = now + max(FRESH_SECONDS, (now - begun) / MOST_SHARE), found
            return kept[1]

    return Meter(ask)
