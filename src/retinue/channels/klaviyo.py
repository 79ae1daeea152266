"""Klaviyo: an event on the customer's profile, from which a flow writes to them.

The key is the event's `unique_id`: of two events with the same one, profile and metric, Klaviyo keeps the
first. The answer is 202 and empty; what becomes of the event is seen later, in Klaviyo.

An event gives no consent: a flow writes only to profiles that are subscribed there.

| answer | fault |
| --- | --- |
| 429 | `TryLater`, by `Retry-After` |
| 401, 403 | `ChannelDown` |
| other 4xx | `Refused` |
| 5xx | `Unsure` |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr

from retinue.channels.answers import raise_for_status
from retinue.channels.base import (
    Capabilities,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
)
from retinue.channels.calls import Caller
from retinue.channels.offer_properties import offer_properties
from retinue.channels.section import HttpSection, read_section
from retinue.channels.silent import CallsNobodyBack, CannotBeAsked

__all__ = ["KlaviyoChannel", "KlaviyoSettings"]

_MEDIA = "application/vnd.api+json"


class KlaviyoSettings(HttpSection):
    """The section of a channel with `kind = "klaviyo"`."""

    api_key: SecretStr = Field(description="private key that may write events, such as ${KLAVIYO_KEY}")
    base_url: str = Field("https://a.klaviyo.com", description="where Klaviyo answers")
    revision: str = Field("2026-07-15", pattern=r"^\d{4}-\d\d-\d\d$", description="revision of the interface")
    metric: str = Field("Retention offer", min_length=1, max_length=128, description="name of the event")
    identify: Literal["email", "external_id", "id"] = Field(
        "email", description="how a profile is named: by e-mail address, or by an id of the contact"
    )
    id_name: str = Field("klaviyo", description="the name under which a contact's ids hold that id")


class KlaviyoChannel(CallsNobodyBack, CannotBeAsked):
    """Speaks to one Klaviyo account."""

    unasked = "Klaviyo is not asked: sending again under the same key is safe"
    uncalled = "Klaviyo sends no callbacks to this channel"

    def __init__(self, name: str, settings: KlaviyoSettings) -> None:
        self.name = name
        self._settings = settings
        by_email = settings.identify == "email"
        self.capabilities = Capabilities(
            kind="message",
            needs="email" if by_email else f"ids.{settings.id_name}",
            honours_keys=True,
            key_life=timedelta(days=365),
        )
        headers = {
            "Authorization": f"Klaviyo-API-Key {settings.api_key.get_secret_value()}",
            "revision": settings.revision,
            "Content-Type": _MEDIA,
            "Accept": _MEDIA,
        }
        self._caller = Caller("Klaviyo", settings.base_url, headers=headers, limits=settings.limits)

    def __repr__(self) -> str:
        return f"KlaviyoChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> KlaviyoChannel:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(KlaviyoSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The event without its `unique_id`. Raises Refused when the profile cannot be named."""
        settings = self._settings
        by_email = settings.identify == "email"
        who = contact.email if by_email else contact.ids.get(settings.id_name)
        if not who:
            wanted = "e-mail address" if by_email else f"id of Klaviyo under '{settings.id_name}'"
            raise Refused(f"the customer has no {wanted}")
        profile: dict[str, Any] = {"type": "profile"}
        if settings.identify == "id":
            profile |= {"id": who, "attributes": {}}
        else:
            profile["attributes"] = {settings.identify: who}
        metric = {"type": "metric", "attributes": {"name": settings.metric}}
        attributes: dict[str, Any] = {
            "properties": offer_properties(order, message),
            "metric": {"data": metric},
            "profile": {"data": profile},
            "time": order.planned_at.astimezone(UTC).isoformat(timespec="seconds"),
        }
        return Prepared(who, {"data": {"type": "event", "attributes": attributes}})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Send it under its key. Taken means that Klaviyo has queued it."""
        data = prepared.body["data"]
        sent = {"data": {**data, "attributes": {**data["attributes"], "unique_id": key}}}
        answer = self._caller.post("/api/events", json=sent)
        raise_for_status(answer, code=lambda body: body["errors"][0]["code"])
        return Sent(key, detail="queued")

    def close(self) -> None:
        """Release the connections."""
        self._caller.close()
