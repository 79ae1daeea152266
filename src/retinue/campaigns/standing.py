"""Standing campaigns: a day's deliveries that no run planned, such as offers taken at the cancel button.

There is one for each day and set of templates, named so that any process finds the same one. It is made,
with a plan that holds the templates, in the transaction of the first delivery that needs it. It can be paused
and stopped as any campaign; once its day is over and nothing in it waits, it is finished.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from retinue.campaigns.planning import Plan, totals
from retinue.errors import UsageError
from retinue.store.accounts import naive
from retinue.store.campaigns import move, open_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.campaigns.templates import Template
    from retinue.settings import Settings
    from retinue.store.campaigns import CampaignRecord

__all__ = ["BY_HAND", "STANDING", "day_of", "is_past", "stand_in", "standing_id"]

STANDING = "standing"
"""In place of a run's id."""

BY_HAND = "BY_HAND_"
"""What the names of campaigns begin with whose deliveries somebody ordered."""


def day_of(now: datetime) -> datetime:
    """The beginning of a day (UTC).

    >>> day_of(datetime(2026, 2, 14, 9, tzinfo=UTC)).isoformat()
    '2026-02-14T00:00:00+00:00'
    """
    return datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)


def standing_id(prefix: str, templates: Mapping[str, Template], *, now: datetime) -> str:
    """The name of the campaign of a day for these templates (by hash).

    >>> standing_id("CANCEL_", {}, now=datetime(2026, 2, 14, 9, tzinfo=UTC))
    'CANCEL_2026_02_14'
    """
    name = f"{prefix}{day_of(now):%Y_%m_%d}"
    if not templates:
        return name
    return f"{name}_{hashlib.sha256(' '.join(sorted(templates)).encode()).hexdigest()[:8]}"


def stand_in(
    session: Session,
    prefix: str,
    templates: Mapping[str, Template],
    settings: Settings,
    *,
    purpose: str,
    who: str,
    now: datetime,
) -> CampaignRecord:
    """The running campaign of today within the caller's transaction; made by whoever needs it first.

    Raises UsageError when it was stopped.
    """
    campaign = standing_id(prefix, templates, now=now)
    found = open_in(session, campaign, run_id=STANDING, as_of=day_of(now), clock=now)
    if found.state == "draft":
        plan = _plan(campaign, templates, settings, purpose, now)
        move(session, campaign, "planned", who=who, clock=now, plan=(plan.bytes, plan.sha256))
        move(session, campaign, "approved", who=who, clock=now)
        return move(session, campaign, "running", who=who, clock=now)
    if found.state not in ("running", "paused"):
        raise UsageError(
            f"Campaign {campaign} was {found.state}.",
            where=campaign,
            fix="Nothing more goes out in it; tomorrow there is another one.",
        )
    return found


def is_past(campaign: CampaignRecord, *, clock: datetime) -> bool:
    """Whether nothing new comes to a standing campaign: its day is over."""
    return naive(clock) >= campaign.as_of + timedelta(days=1)


def _plan(
    campaign: str, templates: Mapping[str, Template], settings: Settings, purpose: str, now: datetime
) -> Plan:
    return Plan.of(
        {
            "campaign_id": campaign,
            "run_id": STANDING,
            "as_of": day_of(now).isoformat().replace("+00:00", "Z"),
            "mode": settings.delivery.mode,
            "purpose": purpose,
            "currency": settings.project.currency,
            "actions": [],
            "notices": [],
            "templates": {name: template.as_dict() for name, template in sorted(templates.items())},
            "totals": totals([]),
        }
    )
