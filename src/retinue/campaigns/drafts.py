"""From a plan to the outbox: the deliveries of each planned action, and the notices to colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from retinue.campaigns.steps import delivery_id
from retinue.settings import Settings
from retinue.store.deliveries import Draft

__all__ = ["NOBODY", "drafts_of", "left_out_draft", "notice_drafts"]

NOBODY = "-"
"""In place of a customer: a delivery that is about none in particular."""


def drafts_of(
    plan: Mapping[str, Any], action: Mapping[str, Any], settings: Settings, *, now: datetime
) -> list[Draft]:
    """The deliveries of one planned action as they go into the outbox; the money is with the first."""
    drafts: list[Draft] = []
    for step in action["deliveries"]:
        # A colleague's task is a way to make the offer; other systems only hear of one that was made.
        waits = drafts and (drafts[0].kind == "grant" or step["kind"] in ("sync", "notice"))
        first = drafts[0].delivery_id if waits else None
        drafts.append(
            Draft(
                delivery_id=step["delivery_id"],
                decision_id=action["decision_id"],
                campaign_id=plan["campaign_id"],
                customer_id=action["customer_id"],
                channel=step["channel"],
                kind=step["kind"],
                purpose=plan["purpose"],
                planned_cents=0 if drafts else action["cents"],
                planned_at=now,
                due_at=now,
                expires_at=now + timedelta(days=settings.delivery.give_up_days),
                after=first,
                content={
                    "mode": plan["mode"],
                    "incentive": action["incentive"],
                    "medium": step["medium"],
                    "template": step["template"],
                    "facts": action["facts"],
                },
            )
        )
    return drafts


def left_out_draft(
    plan: Mapping[str, Any], action: Mapping[str, Any], settings: Settings, *, now: datetime
) -> Draft:
    """In place of the deliveries of a customer whom none can be made for."""
    return Draft(
        delivery_id=delivery_id(action["decision_id"], "tell"),
        decision_id=action["decision_id"],
        campaign_id=plan["campaign_id"],
        customer_id=action["customer_id"],
        channel="",
        kind="message",
        purpose=plan["purpose"],
        planned_cents=action["cents"],
        planned_at=now,
        due_at=now,
        expires_at=now + timedelta(days=settings.delivery.give_up_days),
        content={"incentive": action["incentive"]},
    )


def notice_drafts(plan: Mapping[str, Any], settings: Settings, *, now: datetime) -> list[Draft]:
    """What tells colleagues that offers wait for them."""
    return [
        Draft(
            delivery_id=notice["delivery_id"],
            decision_id=plan["campaign_id"],
            campaign_id=plan["campaign_id"],
            customer_id=NOBODY,
            channel=notice["channel"],
            kind="notice",
            purpose="review",
            planned_cents=0,
            planned_at=now,
            due_at=now,
            expires_at=now + timedelta(days=settings.delivery.give_up_days),
            content={"mode": plan["mode"], "template": notice["template"], "facts": notice["facts"]},
        )
        for notice in plan["notices"]
    ]
