"""From a day's decisions to a plan: who gets what through which channel, who does not and why.

A plan is plain JSON with a hash. It names no address: contacts are opened when a delivery is sent. The same
decisions, contacts, consents and templates give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.consent_now import may_contact_now
from retinue.campaigns.templates import Template, find_template
from retinue.channels.base import Channel
from retinue.decisions.terms import canonical
from retinue.errors import ArtefactError, UsageError
from retinue.incentives.budget import to_cents
from retinue.settings import Settings
from retinue.store.contacts import Known
from retinue.store.deliveries import Draft

if TYPE_CHECKING:
    from retinue.store.campaigns import CampaignRecord
    from retinue.store.consents import Word

__all__ = ["MEDIUM", "Plan", "delivery_id", "drafts_of", "make_plan", "plan_of", "planned_action"]

MEDIUM = {"email": "email", "phone": "sms", "push_id": "push"}
"""What people call a way to reach them, by the field of the contact that it needs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done. `body`: plain JSON; `bytes` and `sha256` are of its canonical form."""

    body: dict[str, Any]
    bytes: bytes
    sha256: str

    @classmethod
    def of(cls, body: dict[str, Any]) -> Plan:
        """The plan with this body."""
        content = canonical(body)
        return cls(body, content, hashlib.sha256(content).hexdigest())


def make_plan(
    campaign: Mapping[str, Any],
    settings: Settings,
    channels: Mapping[str, Channel],
    *,
    contacts: Mapping[str, Known],
    words: Mapping[str, Sequence[Word]],
    alternatives: Mapping[str, Sequence[Mapping[str, Any]]],
    now: datetime,
) -> Plan:
    """The plan for a campaign as `campaign.json` holds it.

    contacts, words: by customer id; a customer may have none. now: aware UTC.
    alternatives: by decision, the offers that a person may choose instead (id, type, value, duration_months,
    cents, expected_cents); needed for those that wait for a person.

    Decisions without an offer are not in it; those that wait for a person are, marked `manual_review`, and go
    out one by one as they are approved. Raises DataError for a template that cannot be used.
    """
    templates: dict[str, Template] = {}
    actions = [
        planned_action(
            action,
            settings,
            channels,
            contact=contacts.get(action["customer_id"], Known(action["customer_id"])),
            words=words.get(action["customer_id"], ()),
            alternatives=alternatives.get(action["decision_id"], ()),
            templates=templates,
            now=now,
        )
        for action in campaign["actions"]
        if action["recommended_incentive"] is not None
    ]
    body = {
        "campaign_id": campaign["campaign_id"],
        "run_id": campaign["run_id"],
        "as_of": campaign["as_of"],
        "mode": settings.delivery.mode,
        "purpose": settings.guards.consent.purpose,
        "currency": campaign["currency"],
        "actions": actions,
        "templates": {name: template.as_dict() for name, template in sorted(templates.items())},
        "totals": _totals(actions),
    }
    return Plan.of(body)


def plan_of(campaign: CampaignRecord) -> dict[str, Any]:
    """The plan, its hash checked. Raises UsageError without one, ArtefactError when it was altered."""
    if campaign.plan is None:
        raise UsageError(
            f"Campaign {campaign.campaign_id} has no plan.",
            where=campaign.campaign_id,
            fix=f"Plan it: retinue campaign plan {campaign.campaign_id}",
        )
    if hashlib.sha256(campaign.plan).hexdigest() != campaign.plan_sha256:
        raise ArtefactError(
            f"The plan of campaign {campaign.campaign_id} was altered since it was made.",
            where=campaign.campaign_id,
            fix=f"Plan it anew: retinue campaign plan {campaign.campaign_id}",
        )
    found: dict[str, Any] = msgspec.json.decode(campaign.plan)
    return found


def planned_action(
    action: Mapping[str, Any],
    settings: Settings,
    channels: Mapping[str, Channel],
    *,
    contact: Known,
    words: Sequence[Word],
    alternatives: Sequence[Mapping[str, Any]],
    templates: dict[str, Template],
    now: datetime,
) -> dict[str, Any]:
    """One customer's part of a plan: the grant first, then the words; or why there is nothing.

    action: as in `campaign.json`. templates: those in use, by hash; added to.
    """
    offer = {"id": action["incentive_id"], **action["recommended_incentive"]}
    steps = _Steps(settings, channels, contact, words, templates, now)
    deliveries, excluded = steps.of(action["decision_id"], offer)
    case = None
    if action["action_type"] == "manual_review":
        options = []
        for alternative in alternatives:
            steps_of_it, why = steps.of(action["decision_id"], alternative)
            options.append({**alternative, "deliveries": steps_of_it, "excluded": why or None})
        case = {**{name: action[name] for name in _SHOWN}, "alternatives": options}
    return {
        "decision_id": action["decision_id"],
        "customer_id": action["customer_id"],
        "route": action["action_type"],
        "rule": action["rule"],
        "tier": action["value_tier"],
        "incentive": offer,
        "cents": to_cents(Decimal(str(action["cost"]))),
        "expected_cents": int((Decimal(str(action["expected_roi"])) * 100).to_integral_value()),
        "excluded": excluded or None,
        "case": case,
        "facts": {name: action[name] for name in _TOLD},
        "deliveries": deliveries,
    }


@dataclass(frozen=True, slots=True)
class _Steps:
    """How an offer reaches one customer."""

    settings: Settings
    channels: Mapping[str, Channel]
    contact: Known
    words: Sequence[Word]
    templates: dict[str, Template]
    now: datetime

    def of(self, decision_id: str, offer: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """The deliveries in their order, or why there are none."""
        plan = self.settings.delivery
        steps: list[dict[str, Any]] = []
        through = plan.grants.get(offer["type"])
        if through is not None:
            excluded = _unreachable(through, self.channels[through], self.contact)
            if excluded:
                return [], excluded
            steps.append(
                {"step": "grant", "channel": through, "kind": "grant", "medium": None, "template": None}
            )
        told = _chosen(self.settings, self.channels, self.contact, self.words, self.now)
        if told is not None:
            channel = self.channels[told]
            steps.append(
                {
                    "step": "tell",
                    "channel": told,
                    "kind": channel.capabilities.kind,
                    "medium": _medium(channel),
                    "template": self._template(str(offer["type"])),
                }
            )
        elif plan.messages or not steps:
            return [], _why_silent(self.settings, self.channels, self.contact)
        for name in plan.records:
            channel = self.channels[name]
            if _unreachable(name, channel, self.contact):
                continue  # a system that does not know the customer keeps nobody from the offer
            kind = channel.capabilities.kind
            words = self._template("task") if kind in ("task", "notice") else None
            steps.append(
                {"step": f"record {name}", "channel": name, "kind": kind, "medium": None, "template": words}
            )
        return [{"delivery_id": delivery_id(decision_id, step["step"]), **step} for step in steps], ""

    def _template(self, kind: str) -> str:
        """The hash of the template for the customer, which is kept in the plan."""
        plan = self.settings.delivery
        folder = self.settings.root / plan.templates
        template = find_template(folder, kind, self.contact.language or plan.language)
        sha = hashlib.sha256(canonical(template.as_dict())).hexdigest()[:16]
        self.templates[sha] = template
        return sha


_SHOWN = (
    "urgency",
    "churn_probability",
    "risk_level",
    "time_to_churn_days",
    "clv",
    "clv_low",
    "clv_high",
    "segment",
    "priority_score",
    "expected_roi",
    "retention_lift",
    "confidence",
    "response_label",
    "reasons",
    "explored",
)


_TOLD = (
    "churn_probability",
    "risk_level",
    "time_to_churn_days",
    "clv",
    "value_tier",
    "segment",
    "priority_score",
    "expected_roi",
    "reasons",
)
"""What other systems may be told of a customer, by the names their settings use."""


def drafts_of(
    plan: Mapping[str, Any], action: Mapping[str, Any], settings: Settings, *, now: datetime
) -> list[Draft]:
    """The deliveries of one planned action as they go into the outbox; the money is with the first."""
    drafts: list[Draft] = []
    for step in action["deliveries"]:
        first = drafts[0].delivery_id if drafts and drafts[0].kind == "grant" else None
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
                    "incentive": action["incentive"],
                    "medium": step["medium"],
                    "template": step["template"],
                    "facts": action["facts"],
                },
            )
        )
    return drafts


def delivery_id(decision_id: str, step: str) -> str:
    """The name of a delivery. It does not depend on the channel: planned anew through another one, it is
    still the same delivery, which is made once.

    >>> delivery_id("dec_1", "tell") == delivery_id("dec_1", "tell")
    True
    """
    return "dlv_" + hashlib.sha256(f"{decision_id}\0{step}".encode()).hexdigest()[:24]


def _chosen(
    settings: Settings,
    channels: Mapping[str, Channel],
    contact: Known,
    words: Sequence[Word],
    now: datetime,
) -> str | None:
    """The channel that tells the customer: the preferred one if it may be used, else the first that may."""
    order = list(settings.delivery.messages)
    preferred = (contact.preferred or "").casefold()
    order.sort(key=lambda name: preferred not in (name.casefold(), _medium(channels[name])))
    guards = settings.guards.consent
    for name in order:
        if _unreachable(name, channels[name], contact):
            continue
        names = {name, _medium(channels[name])} - {None}
        if all(
            may_contact_now(words, spoken, guards.purpose, now, required=guards.required) for spoken in names
        ):
            return name
    return None


def _medium(channel: Channel) -> str | None:
    return MEDIUM.get(channel.capabilities.needs)


def _unreachable(name: str, channel: Channel, contact: Known) -> str:
    """Why a channel cannot reach a customer; empty when it can."""
    needs = channel.capabilities.needs
    if not needs:
        return ""
    if needs.startswith("ids."):
        known = contact.ids.get(needs.removeprefix("ids."))
    else:
        known = getattr(contact, needs)
    return "" if known else f"No {needs} is known, which {name} needs."


def _why_silent(settings: Settings, channels: Mapping[str, Channel], contact: Known) -> str:
    names = settings.delivery.messages
    if not names:
        return "No channel tells customers: [delivery] messages is empty."
    missing = [why for name in names if (why := _unreachable(name, channels[name], contact))]
    if len(missing) == len(names):
        return " ".join(missing)
    return "The customer does not want it through any channel that reaches them."


def _totals(actions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    going = [a for a in actions if not a["excluded"]]
    automatic = [a for a in going if a["route"] == "auto_execute"]
    return {
        "customers": len(actions),
        "automatic": len(automatic),
        "for_review": len(going) - len(automatic),
        "excluded": len(actions) - len(going),
        "cents": sum(a["cents"] for a in going),
        "automatic_cents": sum(a["cents"] for a in automatic),
        "by_channel": dict(sorted(Counter(s["channel"] for a in going for s in a["deliveries"]).items())),
        "excluded_why": dict(sorted(Counter(a["excluded"] for a in actions if a["excluded"]).items())),
    }
