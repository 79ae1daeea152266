"""Webhooks: an order is handed to a system of your own, signed by Standard Webhooks 1.0.0.

The receiver gets `{"type": "retinue.message", "timestamp": …, "data": {…}}` with the headers `webhook-id`
(the delivery's name, the same at every try), `webhook-timestamp` and `webhook-signature`. It answers 2xx when
it has taken the order, and does nothing when it has seen the `webhook-id` before.

It may report what became of a delivery by a call of its own, signed with the same secrets:
`{"type": "delivery.delivered", "timestamp": …, "data": {"delivery_id": …}}`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import httpx
from pydantic import Field, SecretStr, field_validator, model_validator

from retinue.channels.answers import raise_for_status
from retinue.channels.base import (
    BadCallback,
    Capabilities,
    ChannelDown,
    Contact,
    Kind,
    Message,
    Order,
    Prepared,
    Response,
    ResponseKind,
    Sent,
    Unsure,
)
from retinue.channels.calls import Caller
from retinue.channels.payload import plain, told
from retinue.channels.public_addresses import PublicOnly, is_public
from retinue.channels.section import HttpSection, read_section
from retinue.channels.standard_webhooks import sign, signing_key, verify

__all__ = ["WebhookChannel", "WebhookSettings"]

_CONTACT_FIELDS = ("name", "email", "phone", "push_id", "language", "timezone")
_GONE = frozenset({404, 405, 410})
"""Statuses that speak of the address and not of one delivery."""


class WebhookSettings(HttpSection):
    """A receiver of webhooks."""

    url: SecretStr = Field(description="address of the receiver, https")
    secrets: tuple[SecretStr, ...] = Field(
        min_length=1, description="`whsec_` and 24 to 64 bytes in base64; each signs, so that they can change"
    )
    delivers: Kind = Field("message", description="what the receiver does with an order")
    contact: tuple[str, ...] = Field(
        (),
        description="personal data to send along: " + ", ".join(_CONTACT_FIELDS) + ", or ids.NAME",
    )
    honours_keys: bool = Field(
        True, description="the receiver does nothing when it has seen the webhook-id before"
    )
    key_hours: float = Field(24.0, gt=0, description="for how long the receiver remembers a webhook-id")
    allow_private: bool = Field(
        False, description="the receiver may be in your own network, and may be http; you trust its address"
    )

    @field_validator("secrets")
    @classmethod
    def _good_secrets(cls, secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in secrets:
            signing_key(secret.get_secret_value())
        return secrets

    @field_validator("contact")
    @classmethod
    def _known_fields(cls, fields: tuple[str, ...]) -> tuple[str, ...]:
        for name in fields:
            if name not in _CONTACT_FIELDS and not name.startswith("ids."):
                raise ValueError(f"there is no '{name}' of a contact; there is {', '.join(_CONTACT_FIELDS)}")
        return fields

    @model_validator(mode="after")
    def _good_address(self) -> WebhookSettings:
        try:
            url = httpx.URL(self.url.get_secret_value())
        except httpx.InvalidURL:
            raise ValueError("url cannot be read as an address") from None
        if url.scheme not in ("https", "http") or not url.host or url.userinfo:
            raise ValueError("url must be https://HOST/…, without a user name")
        if not self.allow_private and url.scheme != "https":
            raise ValueError("url must be https; http is only for your own network (allow_private = true)")
        literal = url.host.replace(".", "").isdigit() or ":" in url.host
        if not self.allow_private and literal and not is_public(url.host):
            raise ValueError("url does not lead to the public internet (allow_private = true allows that)")
        return self


class WebhookChannel:
    """One receiver. `clock`: Unix time, for the timestamp of each attempt."""

    def __init__(
        self,
        name: str,
        settings: WebhookSettings,
        *,
        clock: Callable[[], float] = time.time,
        network: PublicOnly | None = None,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            kind=settings.delivers,
            honours_keys=settings.honours_keys,
            key_life=timedelta(hours=settings.key_hours),
        )
        self._settings = settings
        self._keys = [signing_key(secret.get_secret_value()) for secret in settings.secrets]
        self._clock = clock
        backend = None if settings.allow_private else network or PublicOnly()
        self._caller = Caller(f"webhook {name}", "", limits=settings.limits, backend=backend)

    def __repr__(self) -> str:
        return f"WebhookChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> WebhookChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(WebhookSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The payload: the order, the words, and of the contact only what the settings name."""
        data = told(order, message)
        if self._settings.contact:
            data["contact"] = {field: _field(contact, field) for field in self._settings.contact}
        kind, at = f"retinue.{self.capabilities.kind}", plain(order.planned_at)
        return Prepared(order.customer_id, {"type": kind, "timestamp": at, "data": data})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Post it, signed for this attempt; any 2xx means that it was taken."""
        body = json.dumps(prepared.body, ensure_ascii=False, separators=(",", ":")).encode()
        at = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(self._keys, key, at, body),
        }
        answer = self._caller.post(self._settings.url.get_secret_value(), content=body, headers=headers)
        if answer.status in _GONE:
            raise ChannelDown(f"webhook {self.name} answered {answer.status}: nobody is there any more")
        raise_for_status(answer)
        replayed = answer.headers.get("idempotent-replayed", "").lower() == "true"
        return Sent(reference=key, replayed=replayed)

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """Nobody can say: a receiver of webhooks is not asked."""
        raise Unsure(f"webhook {self.name} cannot be asked")

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """One report, `{"type": "delivery.KIND", "timestamp": …, "data": {"delivery_id": …}}`."""
        message_id = verify(self._keys, headers, body, now)
        response = _response(message_id, body, now)
        if response is None:
            raise BadCallback("the callback is not of the form that is agreed")
        return [] if response.kind not in get_args(ResponseKind) else [response]

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()


def _field(contact: Contact, field: str) -> str | None:
    inner = field.removeprefix("ids.")
    return contact.ids.get(inner) if inner != field else getattr(contact, field)


def _response(message_id: str, body: bytes, now: datetime) -> Response | None:
    try:
        report = json.loads(body)
        data, kind = report["data"], report["type"].removeprefix("delivery.")
        said = report.get("timestamp")
        at = datetime.fromisoformat(said) if said else now
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        delivery, cents, currency = data["delivery_id"], data.get("cents"), data.get("currency")
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    good = isinstance(delivery, str) and (cents is None or type(cents) is int)
    if not good or not (currency is None or isinstance(currency, str)):
        return None
    return Response(
        response_id=message_id, kind=kind, at=at, delivery_id=delivery, cents=cents, currency=currency
    )
