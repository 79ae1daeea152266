"""From a day's decisions to a plan: who gets what through which channel, who does not and why.

A plan is plain JSON with a hash. It names no address: contacts are opened when a delivery is sent. The same
decisions, contacts, consents and templates give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from retinue.campaigns.steps import Steps, delivery_id, keep_template
from retinue.campaigns.templates import Template, find_template
from retinue.channels.base import Channel
from retinue.decisions.terms import canonical
from retinue.errors import ArtefactError, NotFoundError, StateError
from retinue.incentives.budget import to_cents
from retinue.settings import Settings
from retinue.store.contacts import Known

if TYPE_CHECKING:
    from retinue.store.campaigns import CampaignRecord
    from retinue.store.consents import Word

__all__ = ["Plan", "action_of", "make_plan", "plan_of", "planned_action", "totals"]


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
        "notices": _notices(campaign["campaign_id"], actions, settings, templates),
        "templates": {name: template.as_dict() for name, template in sorted(templates.items())},
        "totals": totals(actions),
    }
    return Plan.of(body)


class _Parts(msgspec.Struct):
    """A plan whose actions are not read yet."""

    campaign_id: str
    mode: str
    purpose: str
    actions: list[msgspec.Raw]


def action_of(campaign: CampaignRecord, decision_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `drafts_of` needs of the plan, and its action for a decision; of many actions only that is read.

    Raises as `plan_of` does, and NotFoundError when the plan has no such action.
    """
    parts = msgspec.json.decode(_checked(campaign), type=_Parts)
    head = {"campaign_id": parts.campaign_id, "mode": parts.mode, "purpose": parts.purpose}
    named = decision_id.encode()
    for raw in parts.actions:
        if named in bytes(raw):
            action: dict[str, Any] = msgspec.json.decode(raw)
            if action["decision_id"] == decision_id:
                return head, action
    raise NotFoundError(
        f"The plan of campaign {campaign.campaign_id} has no decision {decision_id}.",
        where=campaign.campaign_id,
        fix="Answer the cases of the campaign as it was started: retinue review list",
    )


def plan_of(campaign: CampaignRecord) -> dict[str, Any]:
    """The plan, its hash checked. Raises StateError without one, ArtefactError when it was altered."""
    found: dict[str, Any] = msgspec.json.decode(_checked(campaign))
    return found


def _checked(campaign: CampaignRecord) -> bytes:
    if campaign.plan is None:
        raise StateError(
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
    return campaign.plan


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
    steps = Steps(settings, channels, contact, words, templates, now)
    deliveries, excluded = steps.of(action["decision_id"], offer)
    case = None
    if action["action_type"] == "manual_review":
        options = []
        for alternative in alternatives:
            steps_of_it, why = steps.of(action["decision_id"], alternative)
            options.append({**alternative, "deliveries": steps_of_it, "excluded": why or None})
        said = {"rule_words": action.get("rule_words", "")}  # campaigns of before do not say it
        case = {**{name: action[name] for name in _SHOWN}, **said, "alternatives": options}
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


def _notices(
    campaign_id: str,
    actions: Sequence[Mapping[str, Any]],
    settings: Settings,
    templates: dict[str, Template],
) -> list[dict[str, Any]]:
    waiting = [a for a in actions if a["route"] == "manual_review" and not a["excluded"]]
    if not waiting or not settings.delivery.notices:
        return []
    plan = settings.delivery
    template = find_template(settings.root / plan.templates, "waiting", plan.language)
    sha = keep_template(template, templates)
    best = sorted(waiting, key=lambda a: (-a["expected_cents"], a["decision_id"]))
    facts = {
        "waiting": len(waiting),
        "urgent": sum(a["case"]["urgency"] == "HIGH" for a in waiting),
        "expected": sum(a["expected_cents"] for a in waiting) / 100,
        "cost": sum(a["cents"] for a in waiting) / 100,
        "first": [
            {"customer_id": a["customer_id"], "expected": a["expected_cents"] / 100, "tier": a["tier"]}
            for a in best[:5]
        ],
    }
    return [
        {
            "delivery_id": delivery_id(campaign_id, f"notice {name}"),
            "channel": name,
            "template": sha,
            "facts": facts,
        }
        for name in plan.notices
    ]


def totals(actions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sums over planned actions that a person sees first."""
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
