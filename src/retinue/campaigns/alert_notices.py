"""Notices of alerts: deliveries of a day's standing campaign, so that each is sent once and is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retinue.campaigns.drafts import NOBODY
from retinue.campaigns.standing import stand_in
from retinue.campaigns.steps import delivery_id, keep_template
from retinue.campaigns.templates import Template, find_template
from retinue.store.deliveries import Draft
from retinue.store.outbox import draft_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.settings import Settings

__all__ = ["alert_template", "put_notices_in"]

_PREFIX, _PURPOSE = "ALERTS_", "alert"


def alert_template(settings: Settings) -> Template:
    """The words of an alert: the workspace's `alert.txt`, else ours.

    Raises DataError when the workspace's is not valid.
    """
    own = settings.root / settings.delivery.templates
    # Only one of that very name: the workspace's template of offers must not tell of alerts.
    folder = own if any(own.glob("alert*.txt")) else Path(str(files("retinue.campaigns") / "messages"))
    return find_template(folder, "alert", settings.delivery.language)


def put_notices_in(
    session: Session,
    settings: Settings,
    template: Template,
    name: str,
    facts: Mapping[str, Any],
    *,
    now: datetime,
) -> list[str]:
    """One notice for each of `delivery.notices` in the outbox, within the caller's transaction; their ids.

    The same name twice is one notice. Raises UsageError when today's campaign of alerts was stopped.
    """
    templates: dict[str, Template] = {}
    words = keep_template(template, templates)
    campaign = stand_in(session, _PREFIX, templates, settings, purpose=_PURPOSE, who="retinue", now=now)
    drafts = [
        Draft(
            delivery_id=delivery_id(f"alert {name}", f"notice {channel}"),
            decision_id=campaign.campaign_id,
            campaign_id=campaign.campaign_id,
            customer_id=NOBODY,
            channel=channel,
            kind="notice",
            purpose=_PURPOSE,
            planned_cents=0,
            planned_at=now,
            due_at=now,
            expires_at=now + timedelta(days=settings.delivery.give_up_days),
            content={"template": words, "facts": dict(facts)},
        )
        for channel in settings.delivery.notices
    ]
    draft_in(session, drafts, clock=now)
    return [draft.delivery_id for draft in drafts]
