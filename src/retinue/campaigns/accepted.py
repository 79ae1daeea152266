"""Offers that customers accepted at the cancel button become deliveries.

The offer was promised on the spot: it is made real without further words, whatever the customer says on
being contacted later, and it does not go stale. What cannot be made real stays accepted and is named with
the reason, each time, until somebody mends it.

Outbox and mark are one transaction, and a delivery's name follows from its decision: killed anywhere, and in
however many processes at once, an offer is planned once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from retinue import faults
from retinue.campaigns.cancel_moment import CAMPAIGN_PREFIX
from retinue.campaigns.drafts import drafts_of
from retinue.campaigns.gates import PROMISED
from retinue.campaigns.standing import stand_in
from retinue.campaigns.steps import Steps
from retinue.campaigns.templates import Template
from retinue.errors import BudgetError, RetinueError
from retinue.incentives.budget import to_cents
from retinue.store.cancel_moments import Moment, accepted, find_receipt, planned_in
from retinue.store.contacts import Known, contact_of
from retinue.store.ledger import Claim, Grant, approve_in, reserve
from retinue.store.outbox import draft_in
from retinue.store.stops import stopped

if TYPE_CHECKING:
    from retinue.channels.base import Channel
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["Accepted", "Waiting", "plan_accepted", "waiting_in_words"]

KEPT = timedelta(days=90)
"""How long a promised offer is tried to be made."""

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted offer that cannot be made real now, and why."""

    occasion_id: str
    customer_id: str
    offer: str
    why: str


@dataclass(slots=True)
class Accepted:
    """What became of accepted offers. planned: decisions that are in the outbox now."""

    planned: list[str] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)


def plan_accepted(
    store: Store, channels: Mapping[str, Channel], settings: Settings, *, now: datetime
) -> Accepted:
    """Put every accepted offer that can be made real into the outbox. `now`: aware UTC.

    While Retinue is stopped nothing is planned. In mode `test` nothing is granted, so offers wait; in mode
    `off` others carry them out, and nothing is done or named here.
    """
    done = Accepted()
    if settings.delivery.mode == "off" or stopped(store) is not None:
        return done
    for moment in _each(store):
        why: str | None
        try:
            if settings.delivery.mode == "test":
                why = "Test mode: no incentive is really given."
            else:
                why = _planned(store, moment, channels, settings, now)
        except RetinueError as error:
            why = error.what
        if why is None:
            continue
        if why:
            done.waiting.append(Waiting(moment.occasion_id, moment.customer_id, _offer(moment)["id"], why))
        else:
            done.planned.append(str(moment.decision_id))
    return done


def waiting_in_words(waiting: list[Waiting]) -> str:
    """A sentence for whoever is to look at it; empty where nothing waits.

    >>> waiting_in_words([Waiting("occ_1", "C1", "fixed_credit_25", "No channel makes a fixed_credit real.")])
    '1 offer(s) accepted at the cancel button cannot be made real. C1: No channel makes a fixed_credit real.'
    """
    if not waiting:
        return ""
    first = "; ".join(f"{one.customer_id}: {one.why}" for one in waiting[:3])
    more = f" (and {len(waiting) - 3} more)" if len(waiting) > 3 else ""
    return f"{len(waiting):,} offer(s) accepted at the cancel button cannot be made real. {first}{more}"


def _each(store: Store) -> Iterator[Moment]:
    """All of them, a few at a time: what cannot be planned must not hide what comes after it."""
    last = None
    while found := accepted(store, limit=_AT_ONCE, after=last):
        yield from found
        last = found[-1]


def _planned(
    store: Store,
    moment: Moment,
    channels: Mapping[str, Channel],
    settings: Settings,
    now: datetime,
) -> str | None:
    """Plan one: empty when it is in the outbox, else why not; None when another process was faster.

    Raises BudgetError when its money is not there, UsageError when today's campaign was stopped.
    """
    decision, offer = str(moment.decision_id), _offer(moment)
    contact = contact_of(store, moment.customer_id) or Known(moment.customer_id)
    templates: dict[str, Template] = {}
    steps, why = Steps(settings, channels, contact, (), templates, now).promised(decision, offer)
    if why:
        return why
    cents = _reserved(store, moment, settings, now)
    faults.point("cancel.reserved")
    facts = _facts(store, moment)
    with store.transaction() as session:
        if not planned_in(session, moment.occasion_id, now=now):
            return None
        money = approve_in(session, decision, state="reserved")
        if not money.granted:
            raise BudgetError(money.why)
        campaign = stand_in(
            session, CAMPAIGN_PREFIX, templates, settings, purpose=PROMISED, who="retinue", now=now
        )
        mode = settings.delivery.mode
        plan = {"campaign_id": campaign.campaign_id, "purpose": PROMISED, "mode": mode}
        action = {
            "decision_id": decision,
            "customer_id": moment.customer_id,
            "incentive": offer,
            "cents": cents,
            "facts": facts,
            "deliveries": steps,
        }
        drafts = [replace(d, expires_at=now + KEPT) for d in drafts_of(plan, action, settings, now=now)]
        draft_in(session, drafts, clock=now)
        faults.point("cancel.outbox_filled")
    faults.point("cancel.planned")
    return ""


def _reserved(store: Store, moment: Moment, settings: Settings, now: datetime) -> int:
    """The cents of an offer, held for it; it has had them since it was accepted, unless they expired."""
    shown = moment.offer or {}
    cents = to_cents(Decimal(str(shown["cost"])))
    per_month = settings.budget.per_month
    grant = Grant(month_cents=None if per_month is None else to_cents(per_month))
    claim = Claim(str(moment.decision_id), shown["tier"], cents)
    reserve(store, shown["account"], [claim], grant, as_of=now)
    return cents


def _offer(moment: Moment) -> dict[str, Any]:
    """The offer as a plan has it."""
    shown = moment.offer or {}
    return {
        "id": shown.get("incentive", ""),
        **{name: shown.get(name) for name in ("type", "value", "duration_months")},
    }


def _facts(store: Store, moment: Moment) -> dict[str, Any]:
    """What other systems may be told. Not the risk: at the button it is another one than the daily score."""
    receipt = find_receipt(store, str(moment.decision_id))
    known = {} if receipt is None else msgspec.json.decode(receipt).get("assessment", {})
    plain = {name: known.get(name) for name in ("clv", "value_tier", "segment")}
    facts = {name: value for name, value in plain.items() if isinstance(value, str | int | float)}
    tier = (moment.offer or {}).get("tier")
    return {"value_tier": tier, **facts, "cancel_reason": moment.reason, "reasons": []}
