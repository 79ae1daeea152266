"""A campaign as it would go out now: the sender's own gates asked, nothing written, nobody called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from retinue.campaigns.drafts import drafts_of
from retinue.campaigns.gates import facts_in, judge
from retinue.campaigns.planning import plan_of
from retinue.campaigns.requests import Requests
from retinue.channels.base import Message, Refused
from retinue.errors import RetinueError, UsageError
from retinue.store.ledger import against

if TYPE_CHECKING:
    from retinue.channels.base import Channel
    from retinue.settings import Settings
    from retinue.store import Store
    from retinue.store.campaigns import CampaignRecord

__all__ = ["Foreseen", "message_for", "preview"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of one planned action: `send`, `wait` (until quiet hours end), `review` or `not`."""

    decision_id: str
    customer_id: str
    incentive_id: str
    cents: int
    channels: tuple[str, ...]
    what: Literal["send", "wait", "review", "not"]
    why: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__}


def preview(
    store: Store,
    campaign: CampaignRecord,
    settings: Settings,
    channels: Mapping[str, Channel],
    key: bytes,
    *,
    now: datetime,
) -> list[Foreseen]:
    """What starting the campaign would send, taken as approved and running. `now`: aware UTC."""
    plan = plan_of(campaign)
    requests = Requests(store, channels, settings, key)
    return [_foreseen(store, plan, action, requests, settings, key, now) for action in plan["actions"]]


def message_for(
    store: Store,
    campaign: CampaignRecord,
    customer_id: str,
    settings: Settings,
    channels: Mapping[str, Channel],
    key: bytes,
    *,
    now: datetime,
) -> Message:
    """The words a customer would get. Raises UsageError when the campaign has none for them."""
    plan = plan_of(campaign)
    requests = Requests(store, channels, settings, key)
    for action in plan["actions"]:
        if action["customer_id"] != customer_id:
            continue
        for draft in drafts_of(plan, action, settings, now=now):
            message = requests.message(draft, requests.offer(draft), requests.contact(customer_id))
            if message is not None:
                return message
    raise UsageError(
        f"Campaign {campaign.campaign_id} has no words for customer {customer_id}.",
        where=campaign.campaign_id,
        fix=f"See who is in it and why not: retinue campaign run {campaign.campaign_id} --dry-run",
    )


def _foreseen(
    store: Store,
    plan: Mapping[str, Any],
    action: Mapping[str, Any],
    requests: Requests,
    settings: Settings,
    key: bytes,
    now: datetime,
) -> Foreseen:
    def found(what: Literal["send", "wait", "review", "not"], why: str = "") -> Foreseen:
        names = tuple(step["channel"] for step in action["deliveries"])
        offer = action["incentive"]["id"]
        return Foreseen(
            action["decision_id"], action["customer_id"], offer, action["cents"], names, what, why
        )

    if action["excluded"]:
        return found("not", action["excluded"])
    contact = requests.contact(action["customer_id"])
    waits = ""
    for draft in drafts_of(plan, action, settings, now=now):
        try:
            prepared = requests.prepared(draft, contact)
        except Refused as error:
            return found("not", error.reason)
        except RetinueError as error:
            return found("not", error.what)
        with store.reading() as session:
            facts = facts_in(session, draft, prepared.recipient, settings, key, now=now)
            money = against(session, draft.decision_id) if draft.planned_cents else ""
        supposed = replace(facts, campaign="running", first="sent" if draft.after else None)
        verdict = judge(draft, supposed, settings, now=now, timezone=contact.timezone)
        if verdict.action in ("no", "hold"):
            return found("not", verdict.reason)
        if money:
            return found("not", f"There is no money for it: {money}")
        if verdict.action == "wait" and verdict.until is not None:
            waits = f"{verdict.reason} Until {verdict.until:%Y-%m-%d %H:%M} UTC."
    if action["route"] == "manual_review":
        return found("review", "A person decides first.")
    return found("wait", waits) if waits else found("send")
