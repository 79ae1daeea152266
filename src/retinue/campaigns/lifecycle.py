"""The life of a campaign: plan, approve, start, pause, resume, stop, finish.

What an approver saw is what runs: an approval is for the hash of one plan, and starting reads the plan back,
hashes it again and compares. The outbox is filled while the campaign is approved, and nothing leaves it
before the campaign runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from retinue import faults
from retinue.campaigns.drafts import drafts_of, left_out_draft, notice_drafts
from retinue.campaigns.planning import Plan, plan_of
from retinue.campaigns.reviewing import asked
from retinue.campaigns.standing import STANDING, is_past
from retinue.errors import StateError
from retinue.store.campaigns import (
    CampaignRecord,
    campaign_of,
    list_campaigns,
    move,
    open_campaign,
    record_in,
)
from retinue.store.ledger import give_back_in, give_back_many_in
from retinue.store.outbox import cancel_queued_in, draft_in, pending_in, settle_in, take_out_in
from retinue.store.reviews import Ask, ask_in, open_in, take_back_in, withdraw_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from retinue.settings import Settings
    from retinue.store import Store

Row = TypeVar("Row")

__all__ = [
    "approve_campaign",
    "finish_done",
    "keep_plan",
    "pause_campaign",
    "resume_campaign",
    "start_campaign",
    "stop_campaign",
]


def keep_plan(store: Store, plan: Plan, *, who: str, as_of: datetime, clock: datetime) -> CampaignRecord:
    """Make this the campaign's plan; the same plan again changes nothing, another voids an approval.

    Raises StateError once the campaign runs: what was started is not planned anew.
    """
    campaign = plan.body["campaign_id"]
    open_campaign(store, campaign, run_id=plan.body["run_id"], as_of=as_of, clock=clock)
    faults.point("campaign.opened")
    with store.transaction() as session:
        found = record_in(session, campaign)
        if found.plan_sha256 == plan.sha256:
            return found
        # What a start that was cut short had put in already belongs to the other plan.
        take_out_in(session, campaign)
        take_back_in(session, campaign)
        done = move(session, campaign, "planned", who=who, clock=clock, plan=(plan.bytes, plan.sha256))
    faults.point("campaign.planned")
    return done


def approve_campaign(
    store: Store, campaign_id: str, sha256: str, *, who: str, clock: datetime, reason: str = ""
) -> CampaignRecord:
    """Approve the plan with this hash (its first eight digits or more).

    Raises StateError when the campaign's plan is another one by now, or has no such state.
    """
    with store.transaction() as session:
        found = record_in(session, campaign_id)
        plan_of(found)
        if len(sha256) < 8 or not (found.plan_sha256 or "").startswith(sha256):
            raise StateError(
                f"The plan of {campaign_id} is {(found.plan_sha256 or '')[:12]}, not {sha256[:12]}.",
                where=campaign_id,
                fix=f"Look at it again, then approve what you saw: retinue campaign show {campaign_id}",
            )
        if found.state == "approved":
            return found
        return move(session, campaign_id, "approved", who=who, clock=clock, reason=reason)


def start_campaign(
    store: Store, campaign_id: str, settings: Settings, *, who: str, clock: datetime
) -> CampaignRecord:
    """Put what was approved into the outbox and the review queue, then let it run. `clock`: aware UTC.

    Cut short, nothing was sent; started again, it goes on. Raises StateError when the plan is not the
    approved one, or delivery is off.
    """
    if settings.delivery.mode == "off":
        raise StateError(
            "Delivery is off.",
            where="retinue.toml",
            fix='Set [delivery] mode = "test" with test_recipients, later "live".',
        )
    plan = plan_of(seen := campaign_of(store, campaign_id))
    if seen.state != "running":
        # A part at a time: a large campaign would keep every other writer waiting, a stop too. Nothing of it
        # is sent before the campaign runs, and planned anew it is taken out again.
        drafts = [*_automatic(plan, settings, clock), *notice_drafts(plan, settings, now=clock)]
        for part in _parts(drafts):
            with store.transaction() as session:
                _startable(session, seen, plan, settings)
                draft_in(session, part, clock=clock)
        faults.point("campaign.outbox_filled")
        for cases in _parts(_asks(plan, settings, clock)):
            with store.transaction() as session:
                _startable(session, seen, plan, settings)
                ask_in(session, cases, clock=clock)
        with store.transaction() as session:
            if _startable(session, seen, plan, settings).state != "running":
                move(session, campaign_id, "running", who=who, clock=clock)
        faults.point("campaign.started")
    for actions in _parts([action for action in plan["actions"] if action["excluded"]]):
        with store.transaction() as session:
            for action in actions:
                _left_out(session, plan, action, settings, clock)
    return campaign_of(store, campaign_id)


_PART = 1_000
"""Rows that are written in one transaction, some tens of milliseconds."""


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + _PART] for start in range(0, len(rows), _PART))


def _startable(
    session: Session, seen: CampaignRecord, plan: Mapping[str, Any], settings: Settings
) -> CampaignRecord:
    """The campaign, if its plan still is the one that was seen and approved; raises StateError if not."""
    campaign_id = seen.campaign_id
    found = record_in(session, campaign_id)
    if found.plan_sha256 != seen.plan_sha256:
        raise StateError(
            f"Campaign {campaign_id} was planned anew in this moment.",
            where=campaign_id,
            fix=f"Look at it again: retinue campaign show {campaign_id}",
        )
    if found.state == "running":
        return found
    if found.state == "paused":
        raise StateError(
            f"Campaign {campaign_id} is paused.",
            where=campaign_id,
            fix=f"Go on with it: retinue campaign resume {campaign_id}",
        )
    if found.approved_sha256 != found.plan_sha256 or found.state != "approved":
        raise StateError(
            f"The plan of {campaign_id} was not approved.",
            where=campaign_id,
            fix=f"retinue campaign approve {campaign_id} --plan {(found.plan_sha256 or '')[:12]}",
        )
    if plan["mode"] != settings.delivery.mode:
        raise StateError(
            f"The plan was made for mode {plan['mode']}, delivery is {settings.delivery.mode} now.",
            where=campaign_id,
            fix=f"Plan it anew: retinue campaign plan {campaign_id}",
        )
    return found


def pause_campaign(
    store: Store, campaign_id: str, *, who: str, clock: datetime, reason: str = ""
) -> CampaignRecord:
    """Begin no further delivery until it is resumed; calls under way end."""
    with store.transaction() as session:
        return move(session, campaign_id, "paused", who=who, clock=clock, reason=reason)


def resume_campaign(
    store: Store, campaign_id: str, *, who: str, clock: datetime, reason: str = ""
) -> CampaignRecord:
    """Go on with a paused campaign."""
    with store.transaction() as session:
        if record_in(session, campaign_id).state != "paused":
            raise StateError(
                f"Campaign {campaign_id} is not paused.",
                where=campaign_id,
                fix=f"See its state: retinue campaign show {campaign_id}",
            )
        return move(session, campaign_id, "running", who=who, clock=clock, reason=reason)


def stop_campaign(
    store: Store, campaign_id: str, *, who: str, clock: datetime, reason: str = ""
) -> CampaignRecord:
    """End it: what has not begun is cancelled and its money freed, what waits for a person is withdrawn.

    What was sent stays sent; what is being sent, or is unknown, is followed to its end.
    """
    with store.transaction() as session:
        done = move(session, campaign_id, "stopped", who=who, clock=clock, reason=reason)
        ended = cancel_queued_in(session, campaign_id, reason=f"stopped by {who}: {reason}", clock=clock)
        ended += withdraw_in(session, campaign_id, who=who, reason=reason, clock=clock)
        give_back_many_in(session, ended)
        return done


def finish_done(store: Store, *, clock: datetime) -> list[str]:
    """Finish the running campaigns in which nothing waits any more; their ids."""
    finished = []
    for campaign in list_campaigns(store, states=("running",)):
        with store.transaction() as session:
            waiting = pending_in(session, campaign.campaign_id) + open_in(session, campaign.campaign_id)
            if waiting or (campaign.run_id == STANDING and not is_past(campaign, clock=clock)):
                continue
            if record_in(session, campaign.campaign_id).state == "running":
                move(session, campaign.campaign_id, "finished", who="retinue", clock=clock)
                finished.append(campaign.campaign_id)
    return finished


def _left_out(
    session: Session, plan: Mapping[str, Any], action: Mapping[str, Any], settings: Settings, clock: datetime
) -> None:
    """Put on record that a customer gets nothing, and why; free the money."""
    nothing = left_out_draft(plan, action, settings, now=clock)
    if draft_in(session, [nothing], clock=clock):
        settle_in(session, nothing.delivery_id, "withheld", clock=clock, reason=action["excluded"])
    give_back_in(session, action["decision_id"])


def _automatic(plan: Mapping[str, Any], settings: Settings, clock: datetime) -> list[Any]:
    return [
        draft
        for action in plan["actions"]
        if action["route"] == "auto_execute" and not action["excluded"]
        for draft in drafts_of(plan, action, settings, now=clock)
    ]


def _asks(plan: Mapping[str, Any], settings: Settings, clock: datetime) -> list[Ask]:
    return [
        asked(plan, action, settings.review, clock=clock)
        for action in plan["actions"]
        if action["route"] == "manual_review" and not action["excluded"]
    ]
