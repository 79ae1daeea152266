"""Deliveries that a person orders: one, for one customer, through one channel, under the gates of all others.

Such a delivery costs no money of the budget, so incentives cannot be ordered: they are decided, or changed in
the review queue. Its name follows from channel, customer, words, facts and day: the same order again is the
same delivery.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from retinue.campaigns.gates import PROMISED
from retinue.campaigns.requests import Requests
from retinue.campaigns.standing import BY_HAND, day_of, stand_in, standing_id
from retinue.campaigns.steps import delivery_id, keep_template, medium_of, unreachable
from retinue.campaigns.templates import Template, fill, find_template
from retinue.channels.base import Refused
from retinue.decisions.terms import canonical
from retinue.errors import UsageError
from retinue.store.contacts import Known, contact_of
from retinue.store.deliveries import Draft, delivery_of
from retinue.store.outbox import draft_in, drafts_known

if TYPE_CHECKING:
    from retinue.channels.base import Channel
    from retinue.settings import Settings
    from retinue.store import Store

__all__ = ["Ordered", "ordered"]

_WORDY = ("message", "notice")
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PERSONAL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Ordered:
    """A delivery that is in the outbox; `new`: since this order."""

    delivery_id: str
    campaign_id: str
    new: bool


def ordered(
    store: Store,
    channels: Mapping[str, Channel],
    settings: Settings,
    key: bytes,
    *,
    channel: str,
    customer_id: str,
    facts: Mapping[str, str],
    template: str | None,
    purpose: str,
    who: str,
    now: datetime,
    again: bool = False,
) -> Ordered:
    """Put one delivery into the outbox; the same order of the same day is there already.

    Parameters
    ----------
    facts: what the channel needs, such as `{"invoice": "in_1"}`; kept in the clear, so nothing personal.
    template: name of the words' file, without `.txt`. purpose: as in consent. who: orders it.
    now: aware UTC. again: really once more, after a first time today.

    Raises UsageError when delivery is off, there is no such channel or template, the channel gives incentives
    or cannot reach the customer, or the order lacks what the channel needs; DataError for a template that
    cannot be filled in.
    """
    through = _channel(channels, channel, settings)
    _check(facts, purpose)
    contact = contact_of(store, customer_id) or Known(customer_id)
    templates: dict[str, Template] = {}
    sha = None
    if template is not None:
        language = contact.language or settings.delivery.language
        sha = keep_template(_template(settings, template, language), templates)
    elif through.capabilities.kind in _WORDY:
        raise UsageError(
            f"{channel} needs words.", where="--template", fix="Name a template: --template NAME"
        )
    why = unreachable(channel, through, contact)
    if why:
        raise UsageError(why, where=customer_id, fix="Load it: retinue contacts load FILE")
    asked = (channel, customer_id, template, dict(facts), day_of(now).isoformat())
    decision, name = _names(asked, 0)
    draft = Draft(
        delivery_id=name,
        decision_id=decision,
        campaign_id=standing_id(BY_HAND, templates, now=now),
        customer_id=customer_id,
        channel=channel,
        kind=through.capabilities.kind,
        purpose=purpose,
        planned_cents=0,
        planned_at=now,
        due_at=now,
        expires_at=now + timedelta(days=settings.delivery.give_up_days),
        content={
            "mode": settings.delivery.mode,
            "medium": medium_of(through),
            "template": sha,
            "facts": dict(facts),
            "ordered_by": who,
        },
    )
    _try(draft, Requests(store, channels, settings, key), through, templates)
    with store.transaction() as session:
        times = 0
        while drafts_known(session, [_names(asked, times)[1]]):
            times += 1
        new = again or times == 0
        decision, name = _names(asked, times if new else times - 1)
        if new:
            stand_in(session, BY_HAND, templates, settings, purpose=purpose, who=who, now=now)
            draft_in(session, [replace(draft, delivery_id=name, decision_id=decision)], clock=now)
    found = delivery_of(store, name)
    return Ordered(name, draft.campaign_id if found is None else found.campaign_id, new)


def _channel(channels: Mapping[str, Channel], name: str, settings: Settings) -> Channel:
    if settings.delivery.mode == "off":
        raise UsageError(
            "Delivery is off.",
            where="retinue.toml",
            fix='Set [delivery] mode = "test" with test_recipients, later "live".',
        )
    if name not in channels:
        raise UsageError(
            f"There is no channel '{name}'.",
            where="--channel",
            fix=f"Name one of {', '.join(channels) or 'none yet: add [channels.NAME]'}.",
        )
    if channels[name].capabilities.kind == "grant":
        raise UsageError(
            f"{name} gives incentives, whose money a decision must have.",
            where="--channel",
            fix="Let a run decide on the customer, and change the offer in the review queue.",
        )
    return channels[name]


def _check(facts: Mapping[str, str], purpose: str) -> None:
    if purpose == PROMISED:
        raise UsageError(f"'{PROMISED}' is the purpose of offers that were accepted.", where="--purpose")
    for name, value in facts.items():
        if _PERSONAL.search(value):
            raise UsageError(
                f"The fact '{name}' holds an address, and facts are kept in the clear.",
                where="--fact",
                fix="Leave it out: channels know customers' addresses from the contacts.",
            )


def _template(settings: Settings, name: str, language: str) -> Template:
    """The template of that very name: another one's words must not go out because of a slip of the pen."""
    folder = settings.root / settings.delivery.templates
    found = find_template(folder, name, language) if _NAME.fullmatch(name) else None
    if found is None or found.name.split(".")[0] != name:
        raise UsageError(
            f"There is no template '{name}'.",
            where="--template",
            fix=f"Write {folder / 'NAME.txt'} and give its name.",
        )
    return found


def _try(draft: Draft, requests: Requests, channel: Channel, templates: Mapping[str, Template]) -> None:
    """Prepare it as the sender will, so that what is missing is said at once."""
    contact = requests.contact(draft.customer_id)
    words = next((fill(t, requests.variables(draft, None, contact)) for t in templates.values()), None)
    try:
        channel.prepare(requests.order(draft), contact, words)
    except Refused as error:
        raise UsageError(
            f"{channel.name} cannot do this: {error.reason}.",
            where=draft.customer_id,
            fix="Give what it needs, such as --fact invoice=in_123.",
        ) from None


def _names(asked: Sequence[object], times: int) -> tuple[str, str]:
    """The names of decision and delivery of an order, for the first time or a further one."""
    decision = "hand_" + hashlib.sha256(canonical([*asked, times])).hexdigest()[:24]
    return decision, delivery_id(decision, "order")
