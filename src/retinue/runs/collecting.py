"""What waits in the store is brought into the warehouse: reports, cancel moments, what the data tell.

Each part is loaded first and marked afterwards. A process that dies in between loads it again, which changes
nothing, as every row has its own name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from retinue import faults
from retinue.campaigns.cancel_moment import CAMPAIGN_PREFIX
from retinue.ingest import LoadReport, load_sources
from retinue.ingest.rows import RowsSource
from retinue.outcomes import load
from retinue.outcomes.automatic import derive
from retinue.privacy import workspace_key
from retinue.privacy.erased import erasure_list
from retinue.runs.delivered import record_fates
from retinue.runs.events_in import bring_events
from retinue.runs.recording import SOURCE, intervention_of
from retinue.store import cancel_moments, inbox
from retinue.store.cancel_moments import Moment
from retinue.store.idempotency import KEPT, forget

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["Collected", "collect"]

AUTOMATIC = "automatic"
"""The source beside outcomes that were derived."""


@dataclass(slots=True)
class Collected:
    """What was brought over.

    reported, derived: rows of `outcomes` by what became of them (loaded, corrected, unchanged, quarantined).
    events: rows of `events` that were reported, likewise.
    moments: occasions at the cancel button. fates: offers of which is known now whether they were made.
    quarantined: reason to number, over all of it.
    """

    reported: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    derived: Counter[str] = field(default_factory=Counter)
    moments: int = 0
    fates: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "reported": _shown(self.reported),
            "events": _shown(self.events),
            "derived": _shown(self.derived),
            "moments": self.moments,
            "fates": self.fates,
            "quarantined": dict(sorted(self.quarantined.items())),
        }


def collect(retinue: Opened) -> Collected:
    """Drain the inbox and the cancel moments, then derive outcomes as of the clock. Safe to run again."""
    done = Collected()
    clock = retinue.clock
    erased = erasure_list(retinue.settings).recogniser(workspace_key(retinue.settings.state))
    while rows := inbox.waiting(retinue.store):
        found = load(
            retinue.warehouse, retinue.settings, [row.body for row in rows], clock=clock, source="reported"
        )
        _count(done.reported, found, done)
        faults.point("collect.loaded")
        inbox.collected(retinue.store, [row.number for row in rows], now=clock, erased=erased)
        faults.point("collect.marked")
    done.events, reasons = bring_events(retinue)
    done.quarantined.update(reasons)
    longest = timedelta(minutes=retinue.settings.cancel.token_minutes)
    while moments := cancel_moments.settled(retinue.store, clock - longest):
        _bring(retinue, moments, done)
        faults.point("collect.moments_loaded")
        cancel_moments.collected(retinue.store, moments)
        done.moments += len(moments)
    done.fates = record_fates(retinue)
    if retinue.settings.outcomes.automatic:
        derived = derive(retinue.warehouse, retinue.settings, clock)
        if derived:
            found = load(retinue.warehouse, retinue.settings, derived, clock=clock, source=AUTOMATIC)
            _count(done.derived, found, done)
    forget(retinue.store, clock - KEPT)
    return done


def _bring(retinue: Opened, moments: Sequence[Moment], done: Collected) -> None:
    """Requests as events, decisions as interventions; contracts and payments tell whether a customer left."""
    kind = (*retinue.settings.features.cancel_events, "cancel_request")[0]
    events = [
        {
            "event_id": moment.occasion_id,
            "customer_id": moment.customer_id,
            "event_type": kind,
            "timestamp": moment.opened_at,
            "metadata": json.dumps(
                {"reason": moment.reason, "answer": moment.answer, "choice": moment.choice}, sort_keys=True
            ),
        }
        for moment in moments
    ]
    decided = dict.fromkeys(moment.decision_id for moment in moments if moment.decision_id)
    actions = [row for name in decided if (row := _intervention(retinue, name))]
    sources = [RowsSource(SOURCE, "events", events), RowsSource(SOURCE, "interventions", actions)]
    for source in sources[: 1 + bool(actions)]:
        found = load_sources(retinue.warehouse, retinue.settings, [source], clock=retinue.clock)
        done.quarantined.update(found.reasons)


def _intervention(retinue: Opened, decision_id: str) -> dict[str, Any] | None:
    """The row of a decision at the button; an offer that nobody took cost nothing."""
    receipt = cancel_moments.find_receipt(retinue.store, decision_id)
    if receipt is None:
        return None
    body = msgspec.json.decode(receipt)
    day = body["run"]["as_of"][:10].replace("-", "_")
    row = intervention_of(body, f"{CAMPAIGN_PREFIX}{day}")
    if row is None:
        return None
    if not cancel_moments.was_accepted(retinue.store, decision_id):
        row["cost"] = 0.0
    del row["source"], row["recorded_at"]
    return row


def _count(counts: Counter[str], found: LoadReport, done: Collected) -> None:
    counts.update(
        loaded=found.loaded,
        corrected=found.corrected,
        unchanged=found.unchanged,
        quarantined=found.quarantined,
    )
    done.quarantined.update(found.reasons)


def _shown(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("loaded", "corrected", "unchanged", "quarantined")}
