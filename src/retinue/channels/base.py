"""What a channel must offer: one way by which an action reaches a customer or another system.

A channel is asked twice. `prepare` turns an order into a request, without talking to anybody; the request is
kept, sealed, before it is sent, so that a second try sends the same bytes under the same key. `send` then
makes the one call and says what came of it. It never tries again by itself: whether a second call is safe is
the sender's business.

| `send` | means | the sender then |
| --- | --- | --- |
| returns `Sent` | it was taken | is done |
| raises `TryLater` | surely not done, may work later (429, refused connection) | waits, tries again |
| raises `Refused` | surely not done, never will be (bad address) | gives up, frees the money |
| raises `ChannelDown` | nothing can be sent now (wrong credentials) | pauses the channel |
| raises `Unsure` | nobody knows (the answer was lost) | tries again under the same key, or looks it up |

All of this is about the one call: what an earlier call under the same key did, the sender keeps in mind.

After `Unsure` a channel that honours keys is tried again; of another one `look_up` is asked, and if it cannot
tell, a person.

An answer of 200 with a failure in its body is a failure: an adapter reads the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from retinue.domain import Incentive, Money

__all__ = [
    "BadCallback",
    "Capabilities",
    "Channel",
    "ChannelDown",
    "ChannelFault",
    "Contact",
    "Message",
    "Order",
    "Prepared",
    "Refused",
    "Response",
    "ResponseKind",
    "Sent",
    "TryLater",
    "Unsure",
]

Kind = Literal["message", "grant", "task", "notice", "sync", "recovery"]
"""message: words to the customer. grant: the incentive itself (a coupon, a credit). task: work for a
colleague. notice: words to colleagues. sync: facts written into another system. recovery: a failed payment
tried again."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a customer can be reached, and what they are called in other systems.

    Personal data: lives sealed in the store, is opened for one delivery, and never logged.

    timezone: IANA name, such as `Europe/Berlin`. preferred: name of the channel the customer prefers.
    ids: system to the customer's id there, such as `{"stripe": "cus_9", "salesforce": "003xx"}`.
    """

    customer_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    push_id: str | None = None
    language: str | None = None
    timezone: str | None = None
    preferred: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """Words, already filled in: plain text always, HTML where a channel can show it."""

    subject: str
    text: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done for one customer through one channel.

    delivery_id: its name, the same at every try; it is the idempotency key.
    purpose: what it is for in the sense of consent, such as `retention`.
    incentive: the offer; None where there is none (a reminder, a notice).
    planned_at: when it was planned (aware UTC); the same at every try.
    facts: further plain values that a kind needs, such as `{"invoice": "in_1"}`.
    """

    delivery_id: str
    decision_id: str
    campaign_id: str
    customer_id: str
    purpose: str
    incentive: Incentive | None
    cost: Money
    planned_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it will be sent: to whom, and its body as JSON-ready values.

    recipient: the address as the channel knows it (an e-mail address, a number, an id); test mode and
    suppression look at it.
    """

    recipient: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel took it. `reference` is the id at the other end, by which callbacks and look-ups find it.

    replayed: the other end had done it already under this key. cost_cents: what it really cost, when known.
    """

    reference: str | None = None
    replayed: bool = False
    cost_cents: int | None = None
    detail: str = ""


ResponseKind = Literal[
    "delivered",
    "opened",
    "clicked",
    "redeemed",
    "paid",
    "failed",
    "bounced",
    "complained",
    "unsubscribed",
]


@dataclass(frozen=True, slots=True)
class Response:
    """What a channel's callback tells of one delivery.

    response_id: the other end's id of this news; the same news twice has the same id.
    delivery_id or reference: which delivery it is about, whichever the other end names.
    at: when it happened (aware UTC). recipient: whom it is about, where it names no delivery.
    cents: an amount that comes with it, in minor units of `currency`.
    """

    response_id: str
    kind: ResponseKind
    at: datetime
    delivery_id: str | None = None
    reference: str | None = None
    recipient: str | None = None
    cents: int | None = None
    currency: str | None = None
    detail: str = ""


class ChannelFault(Exception):
    """Why a delivery did not go through; `reason` is plain words without personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TryLater(ChannelFault):
    """Surely not done; may work later. `after`: seconds the other end asks to wait, when it says so."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(ChannelFault):
    """Surely not done, and trying again would not help."""


class ChannelDown(ChannelFault):
    """Surely not done; nothing can be sent through this channel until somebody mends it."""


class Unsure(ChannelFault):
    """Nobody knows whether it was done."""


class BadCallback(ChannelFault):
    """A callback whose signature, age or form is not right; nothing in it may be believed."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the sender must know of a channel.

    needs: the field of `Contact` without which it cannot reach anybody (`email`, `phone`, `push_id`,
    `ids.stripe`, …); empty when it needs none.
    honours_keys: the same key never has its effect twice within `key_life`.
    looks_up: `look_up` can tell whether a delivery was done.
    """

    kind: Kind
    needs: str = ""
    honours_keys: bool = False
    key_life: timedelta = timedelta(hours=24)
    looks_up: bool = False


@runtime_checkable
class Channel(Protocol):
    """One way out. Registered under the entry-point group `retinue.channels`.

    `retinue.testing.check_channel` checks what is promised here against a double of the other end.
    """

    name: str
    """The name under `[channels.NAME]`."""

    capabilities: Capabilities

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> Channel:
        """Build it from its section of `retinue.toml`; SettingsError when a key is wrong."""

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The request, without talking to anybody: the same arguments give the same request.

        Raises Refused when the customer cannot be reached this way or the offer cannot be made by it.
        """

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Make the one call. Raises TryLater, Refused, ChannelDown or Unsure."""

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """What was done, or None when it surely was not. Raises Unsure when nobody can say."""

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """What a callback tells, its signature checked on the raw bytes. Raises BadCallback.

        headers: names in lower case. url: as the other end called it, query included.
        """

    def close(self) -> None:
        """Release connections."""
