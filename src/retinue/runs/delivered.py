"""What became of offers, told to the warehouse: those that never went out, those that a person approved.

A run records what it decided, as if it went out. Where nothing did (no address, consent withdrawn, a refused
grant), a corrected row says `none` and cost 0, under a policy version that begins with `undelivered:`: nobody
had drawn that, so nothing is concluded from its probability. An offer that a person approved is recorded when
it went out, as what was made, under a version that begins with `reviewed:`. Both arms stay what they were, so
that measuring by intention to treat is not touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from retinue.decisions import read_receipts
from retinue.incentives import NONE
from retinue.ingest import load_sources
from retinue.ingest.rows import RowsSource
from retinue.outcomes.logged import REVIEWED, UNDELIVERED
from retinue.runs.recording import SOURCE, intervention_row, waits_for_a_person
from retinue.store.deliveries import DeliveryRecord, list_deliveries
from retinue.store.fates import ended, tell
from retinue.store.ledger import cost_of
from retinue.telemetry import logger

if TYPE_CHECKING:
    from retinue.runs.base import Opened

__all__ = ["record_fates"]


def record_fates(retinue: Opened) -> int:
    """Tell the warehouse what became of decisions since it was told last; how many those were.

    Safe to run again: told twice, a row changes nothing.
    """
    told = 0
    for campaign_id, decisions in ended(retinue.store).items():
        receipts = retinue.settings.state / "runs" / campaign_id / "receipts.parquet"
        if not receipts.is_file():
            continue  # an offer at the cancel button, or one made by hand: recorded where it was made
        wanted = set(decisions)
        made: dict[str, bool] = {}
        rows: list[dict[str, Any]] = []
        deliveries = _by_decision(list_deliveries(retinue.store, campaign_id=campaign_id))
        for receipt in read_receipts(receipts):
            if receipt.decision_id in wanted:
                done = [d for d in deliveries[receipt.decision_id] if d.state in ("sent", "unknown")]
                made[receipt.decision_id] = bool(done)
                rows += _rows(retinue, receipt.body, campaign_id, done)
        if rows:
            source = RowsSource(SOURCE, "interventions", rows)
            found = load_sources(retinue.warehouse, retinue.settings, [source], clock=retinue.clock)
            if found.quarantined:
                logger(__name__).warning("fates.quarantined", campaign=campaign_id, rows=found.quarantined)
        tell(retinue.store, campaign_id, made)
        told += len(made)
    return told


def _rows(
    retinue: Opened, body: Any, campaign_id: str, done: list[DeliveryRecord]
) -> Iterator[dict[str, Any]]:
    """The corrected row, where what was recorded is not what happened."""
    row = intervention_row(body, campaign_id)
    reviewed = waits_for_a_person(body)
    if not done:
        if not reviewed:
            version = UNDELIVERED + row["policy_version"]
            yield _kept(
                {**row, "incentive": NONE, "cost": 0.0, "propensity": None, "policy_version": version}
            )
        return
    if not reviewed:
        return
    first = min(d.first_try_at or d.changed_at for d in done)
    offer = next(d.content["incentive"]["id"] for d in done)
    sha = row["policy_version"].removeprefix(REVIEWED)
    yield _kept(
        {
            **row,
            "incentive": offer,
            "cost": cost_of(retinue.store, row["decision_id"]) / 100,
            "propensity": None,
            "policy_version": REVIEWED + sha,
            "executed_at": max(first, _as_of(body)),
        }
    )


def _as_of(body: Any) -> datetime:
    return datetime.fromisoformat(body["run"]["as_of"]).astimezone(UTC).replace(tzinfo=None)


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    """Without what the load itself knows."""
    return {name: value for name, value in row.items() if name not in ("source", "recorded_at")}


def _by_decision(deliveries: list[DeliveryRecord]) -> dict[str, list[DeliveryRecord]]:
    found: dict[str, list[DeliveryRecord]] = {}
    for delivery in deliveries:
        if delivery.kind in ("message", "grant"):
            found.setdefault(delivery.decision_id, []).append(delivery)
    return found
