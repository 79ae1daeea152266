"""Campaigns as they are listed: those with a life in the store, and those that a run only listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from retinue.api.deps import Door
from retinue.api.reading import Reading, campaigns_of
from retinue.api.shapes.campaigns import Campaign, CampaignRow
from retinue.campaigns.standing import STANDING
from retinue.errors import NotFoundError
from retinue.store import Store
from retinue.store.campaigns import CampaignRecord, list_campaigns
from retinue.store.deliveries import counted_each
from retinue.store.runs import RunRecord, list_runs

__all__ = ["Known", "campaign_shown", "known_campaigns", "rows_of"]

Known = tuple[str, datetime, CampaignRecord | None, RunRecord | None]
"""Id, time (naive UTC), and what the store has of it."""


def known_campaigns(store: Store) -> list[Known]:
    """Every campaign, newest first."""
    planned = {record.campaign_id: record for record in list_campaigns(store)}
    runs = {run.campaign_id: run for run in list_runs(store, limit=None) if run.finished_at is not None}
    found: list[Known] = [(name, record.as_of, record, runs.get(name)) for name, record in planned.items()]
    found += [(name, run.as_of, None, run) for name, run in runs.items() if name not in planned]
    return sorted(found, key=lambda one: (one[1], one[0]), reverse=True)


def rows_of(store: Store, known: Sequence[Known]) -> list[CampaignRow]:
    """Campaigns as they are listed."""
    counts = counted_each(store, [name for name, _, record, _ in known if record is not None])
    return [
        CampaignRow(
            campaign_id=name,
            state="listed" if record is None else record.state,
            as_of=as_of.replace(tzinfo=UTC),
            plan_sha256=None if record is None else record.plan_sha256,
            approved_by=None if record is None else record.approved_by,
            deliveries=counts.get(name, {}),
            customers=said.get("at_risk"),
            offers=said.get("offers"),
            expected_net=said.get("expected_net"),
            planned_cost=said.get("planned_cost"),
        )
        for name, as_of, record, run in known
        for said in (_summary(run),)
    ]


def _summary(run: RunRecord | None) -> Mapping[str, Any]:
    return {} if run is None else run.summary or {}


def campaign_shown(door: Door, reads: Reading, campaign_id: str) -> Campaign:
    """One campaign with all that is known of it. Raises NotFoundError."""
    known = next((one for one in known_campaigns(door.store) if one[0] == campaign_id), None)
    if known is None:
        raise NotFoundError(f"There is no campaign {campaign_id}.", fix="List them: GET /api/v1/campaigns")
    _, _, record, run = known
    shown: Mapping[str, Any] = {} if record is None else campaigns_of(door).show(campaign_id)
    written: Mapping[str, Any] = {}
    if run is not None:
        written = reads.facts(campaign_id, "campaign.json")
    said = _summary(run)
    return Campaign(
        **rows_of(door.store, [known])[0].model_dump(),
        run_id=record.run_id if record is not None else run.run_id if run is not None else STANDING,
        currency=written.get("currency"),
        target_customers=written.get("target_customers"),
        total_expected_roi=written.get("total_expected_roi"),
        delivery=door.settings.delivery.mode,
        actions=said.get("actions", {}),
        offers_by_incentive=said.get("offers_by_incentive", {}),
        held_out=said.get("held_out"),
        budget=said.get("budget"),
        totals=shown.get("totals"),
        moves=shown.get("moves", []),
    )
