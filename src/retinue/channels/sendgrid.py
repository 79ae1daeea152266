"""E-mail through SendGrid (v3).

SendGrid has no idempotency keys and cannot be asked, so a lost answer needs the event webhook, or a person.
The delivery's name travels in `custom_args` and comes back with every event.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, field_validator

from retinue.channels.answers import raise_for_status
from retinue.channels.base import (
    BadCallback,
    Capabilities,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Response,
    ResponseKind,
    Sent,
)
from retinue.channels.calls import Caller
from retinue.channels.email_addresses import (
    checked_address,
    checked_line,
    good_address,
    good_unsubscribe_url,
    unsubscribe_headers,
)
from retinue.channels.section import HttpSection, good_base_url, read_section
from retinue.channels.silent import CannotBeAsked

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

__all__ = ["SendGridChannel", "SendGridSettings"]

ARGUMENT = "retinue_delivery"

_KINDS: dict[str, ResponseKind] = {
    "delivered": "delivered",
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "dropped": "failed",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}


class SendGridSettings(HttpSection):
    """An account at SendGrid."""

    api_key: SecretStr = Field(description="SG.…, which may send mail")
    from_address: str = Field(description="e-mail address of the sender, one that SendGrid has verified")
    from_name: str | None = Field(None, description="name of the sender")
    reply_to: str | None = Field(None, description="e-mail address for replies")
    unsubscribe_url: str | None = Field(
        None,
        description="https address of your own with {delivery_id} that unsubscribes on POST, for "
        "List-Unsubscribe; without it the service's, where api.public_url is set",
    )
    unsubscribe_group: int | None = Field(None, description="number of SendGrid's unsubscribe group")
    public_keys: tuple[str, ...] = Field(
        (),
        description="public keys of the signed event webhook, as SendGrid shows them; several while changing",
    )
    callback_seconds: int = Field(300, ge=1, le=86_400, description="how old a callback may be")
    sandbox: bool = Field(False, description="SendGrid checks the request and sends nothing")
    base_url: str = Field(
        "https://api.sendgrid.com", description="address of the API; https://api.eu.sendgrid.com in the EU"
    )

    @field_validator("base_url")
    @classmethod
    def _good_base(cls, url: str) -> str:
        return good_base_url(url)

    @field_validator("public_keys")
    @classmethod
    def _good_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            _public_key(key)
        return keys

    @field_validator("from_address", "reply_to")
    @classmethod
    def _good_address(cls, address: str | None) -> str | None:
        return good_address(address)

    @field_validator("unsubscribe_url")
    @classmethod
    def _good_url(cls, template: str | None) -> str | None:
        return good_unsubscribe_url(template)


class SendGridChannel(CannotBeAsked):
    """One sender of e-mail."""

    unasked = "SendGrid cannot be asked"

    def __init__(self, name: str, settings: SendGridSettings) -> None:
        self.name = name
        self.capabilities = Capabilities("message", needs="email")
        self._settings = settings
        self._keys = [_public_key(key) for key in settings.public_keys]
        headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
        self._caller = Caller("SendGrid", settings.base_url, headers=headers, limits=settings.limits)

    def __repr__(self) -> str:
        return f"SendGridChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> SendGridChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(SendGridSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The request's body, without the key."""
        if message is None:
            raise Refused("an e-mail needs words")
        address, s = checked_address(contact.email), self._settings
        content = [{"type": "text/plain", "value": message.text}]
        if message.html is not None:
            content.append({"type": "text/html", "value": message.html})
        sender = {"email": s.from_address} | ({"name": s.from_name} if s.from_name else {})
        person: dict[str, Any] = {"to": [{"email": address}]}
        way_out = unsubscribe_headers(order.facts.get("unsubscribe_url"), order.delivery_id)
        if way_out and s.unsubscribe_url is None:
            person["headers"] = way_out
        body: dict[str, Any] = {
            "personalizations": [person],
            "from": sender,
            "subject": checked_line(message.subject, "subject"),
            "content": content,
        }
        if s.reply_to is not None:
            body["reply_to"] = {"email": s.reply_to}
        if s.unsubscribe_group is not None:
            body["asm"] = {"group_id": s.unsubscribe_group}
        if s.sandbox:
            body["mail_settings"] = {"sandbox_mode": {"enable": True}}
        return Prepared(address, body)

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Post it. 202 means that it was queued, 200 that it was only checked (sandbox)."""
        person = dict(prepared.body["personalizations"][0]) | {"custom_args": {ARGUMENT: key}}
        headers = unsubscribe_headers(self._settings.unsubscribe_url, key)
        if headers:
            person["headers"] = headers
        answer = self._caller.post("/v3/mail/send", json={**prepared.body, "personalizations": [person]})
        raise_for_status(answer, code=_code, reset="x-ratelimit-reset")
        detail = "sandbox: checked, not sent" if self._settings.sandbox else ""
        return Sent(reference=answer.headers.get("x-message-id"), detail=detail)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """The events of a signed event webhook that say something; the others are passed over."""
        prefix = "x-twilio-email-event-webhook-"
        stamp, given = headers.get(f"{prefix}timestamp", ""), headers.get(f"{prefix}signature", "")
        if not re.fullmatch(r"\d{1,12}", stamp, re.ASCII):
            raise BadCallback("the callback has no timestamp")
        if abs(now.timestamp() - int(stamp)) > self._settings.callback_seconds:
            raise BadCallback("the callback is too old")
        if not any(_verified(key, given, stamp.encode() + body) for key in self._keys):
            raise BadCallback("the callback's signature is not right")
        try:
            events = json.loads(body)
        except (ValueError, RecursionError):
            events = None
        if not isinstance(events, list):
            raise BadCallback("the callback is no list of events")
        found = [_response(event, now) for event in events if isinstance(event, dict)]
        return [response for response in found if response is not None]

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()


def _code(body: Any) -> object:
    return body["errors"][0]["field"]


def _public_key(text: str) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = None
    with contextlib.suppress(ValueError, TypeError):
        key = load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("write the public key as SendGrid shows it, one line of base64")
    return key


def _verified(key: EllipticCurvePublicKey, given: str, signed: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        key.verify(base64.b64decode(given, validate=True), signed, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _response(event: Mapping[str, Any], now: datetime) -> Response | None:
    kind = _KINDS.get(str(event.get("event")))
    name = event.get("sg_event_id")
    if kind is None or not isinstance(name, str) or not name:
        return None
    delivery, message, email = (event.get(k) for k in (ARGUMENT, "sg_message_id", "email"))
    return Response(
        response_id=name,
        kind=kind,
        at=_moment(event.get("timestamp")) or now,
        delivery_id=delivery if isinstance(delivery, str) else None,
        # An event's id begins with the one that was given when it was sent.
        reference=message.partition(".")[0] if isinstance(message, str) else None,
        recipient=email if isinstance(email, str) and not isinstance(delivery, str) else None,
    )


def _moment(stamp: Any) -> datetime | None:
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None
