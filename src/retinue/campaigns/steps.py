"""How one offer reaches one customer: the grant, then the words, then other systems; or why not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retinue.campaigns.consent_now import may_contact_now
from retinue.campaigns.templates import Template, find_template
from retinue.channels.base import Channel
from retinue.decisions.terms import canonical
from retinue.settings import Settings
from retinue.store.contacts import Known

if TYPE_CHECKING:
    from retinue.store.consents import Word

__all__ = ["MEDIUM", "Steps", "delivery_id", "keep_template", "medium_of", "unreachable"]

MEDIUM = {"email": "email", "phone": "sms", "push_id": "push"}
"""What people call a way to reach them, by the field of the contact that it needs."""


_NEEDED = {"email": "e-mail address", "phone": "telephone number", "push_id": "device"}


@dataclass(frozen=True, slots=True)
class Steps:
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
        steps, excluded = self._grant(offer)
        if excluded:
            return [], excluded
        told = _chosen(self.settings, self.channels, self.contact, self.words, self.now)
        if told is not None:
            channel = self.channels[told]
            steps.append(
                {
                    "step": "tell",
                    "channel": told,
                    "kind": channel.capabilities.kind,
                    "medium": medium_of(channel),
                    "template": self._template(str(offer["type"])),
                }
            )
        elif plan.messages or not steps:
            return [], _why_silent(self.settings, self.channels, self.contact)
        return _named(decision_id, [*steps, *self._records("task")]), ""

    def promised(self, decision_id: str, offer: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """The same for an offer that the customer has accepted: no words, they were told on the spot."""
        steps, excluded = self._grant(offer)
        if not steps:
            kind = offer["type"]
            return [], excluded or f"No channel makes a {kind} real: add it to [delivery] grants."
        return _named(decision_id, [*steps, *self._records("accepted")]), ""

    def _grant(self, offer: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
        """What makes an offer real, or why it cannot be; neither where no channel does."""
        through = self.settings.delivery.grants.get(offer["type"])
        if through is None:
            return [], ""
        excluded = unreachable(through, self.channels[through], self.contact)
        step = {"step": "grant", "channel": through, "kind": "grant", "medium": None, "template": None}
        return ([], excluded) if excluded else ([step], "")

    def _records(self, words: str) -> list[dict[str, Any]]:
        """What other systems are told; `words`: the template for colleagues."""
        steps = []
        for name in self.settings.delivery.records:
            channel = self.channels[name]
            if unreachable(name, channel, self.contact):
                continue  # a system that does not know the customer keeps nobody from the offer
            kind = channel.capabilities.kind
            told = self._template(words) if kind in ("task", "notice") else None
            steps.append(
                {"step": f"record {name}", "channel": name, "kind": kind, "medium": None, "template": told}
            )
        return steps

    def _template(self, kind: str) -> str:
        """The hash of the template for the customer, which is kept in the plan."""
        plan = self.settings.delivery
        folder = self.settings.root / plan.templates
        template = find_template(folder, kind, self.contact.language or plan.language)
        return keep_template(template, self.templates)


def _named(decision_id: str, steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"delivery_id": delivery_id(decision_id, step["step"]), **step} for step in steps]


def keep_template(template: Template, templates: dict[str, Template]) -> str:
    """The hash under which a template is kept in the plan."""
    sha = hashlib.sha256(canonical(template.as_dict())).hexdigest()[:16]
    templates[sha] = template
    return sha


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
    order.sort(key=lambda name: preferred not in (name.casefold(), medium_of(channels[name])))
    guards = settings.guards.consent
    for name in order:
        if unreachable(name, channels[name], contact):
            continue
        names = {name, medium_of(channels[name])} - {None}
        if all(
            may_contact_now(words, spoken, guards.purpose, now, required=guards.required) for spoken in names
        ):
            return name
    return None


def medium_of(channel: Channel) -> str | None:
    """What people call the way by which a channel reaches them; None where it reaches none."""
    return MEDIUM.get(channel.capabilities.needs)


def unreachable(name: str, channel: Channel, contact: Known) -> str:
    """Why a channel cannot reach a customer; empty when it can."""
    needs = channel.capabilities.needs
    if not needs:
        return ""
    if needs.startswith("ids."):
        known = contact.ids.get(needs.removeprefix("ids."))
    else:
        known = getattr(contact, needs)
    what = _NEEDED.get(needs, needs.replace("ids.", "id in "))
    return "" if known else f"No {what} is known, which {name} needs."


def _why_silent(settings: Settings, channels: Mapping[str, Channel], contact: Known) -> str:
    names = settings.delivery.messages
    if not names:
        return "No channel tells customers: [delivery] messages is empty."
    missing = [why for name in names if (why := unreachable(name, channels[name], contact))]
    if len(missing) == len(names):
        return " ".join(missing)
    return "The customer does not want it through any channel that reaches them."
