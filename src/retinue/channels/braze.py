"""Braze: an event on the customer's profile, or a campaign triggered for one customer.

Braze knows no keys and cannot be asked: an event sent twice counts twice, a campaign triggered twice writes
twice. After a lost answer nobody can tell, so it is a person's decision. Every event and trigger carries the
key as the property `retinue_key`, by which a Canvas or a query can tell doubles.

A call is always about exactly one named customer. `broadcast` is never sent: with it and without recipients
Braze would write to a whole segment.

| answer | fault |
| --- | --- |
| 2xx with `errors`, or with the event not processed | `Refused`: it was dropped |
| 429 | `TryLater`, until `X-RateLimit-Reset` |
| 5xx | `Unsure` |
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from retinue.channels.answers import raise_for_status
from retinue.channels.base import (
    Capabilities,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
    Unsure,
)
from retinue.channels.calls import Caller
from retinue.channels.offer_properties import offer_properties
from retinue.channels.section import HttpSection, read_section
from retinue.channels.silent import CallsNobodyBack, CannotBeAsked

__all__ = ["BrazeChannel", "BrazeSettings"]

RESET = "x-ratelimit-reset"


class BrazeSettings(HttpSection):
    """The section of a channel with `kind = "braze"`."""

    api_key: SecretStr = Field(description="REST key that may track users or trigger campaigns, ${BRAZE_KEY}")
    base_url: str = Field(description="your instance, such as https://rest.fra-01.braze.eu")
    action: Literal["event", "campaign"] = Field(
        "event", description="event: something that happened; campaign: an API-triggered campaign"
    )
    id_name: str = Field("braze", description="the name under which a contact's ids hold the external id")
    event: str = Field("retention_offer", min_length=1, max_length=255, description="name of the event")
    campaign: str | None = Field(None, min_length=1, description="id of the API-triggered campaign")
    app: str | None = Field(None, description="id of the app that the event belongs to")

    @model_validator(mode="after")
    def _campaign_named(self) -> BrazeSettings:
        if self.action == "campaign" and not self.campaign:
            raise ValueError('action = "campaign" needs campaign: its id in Braze')
        return self


class BrazeChannel(CallsNobodyBack, CannotBeAsked):
    """Speaks to one Braze instance."""

    unasked = "Braze cannot be asked whether it was done"
    uncalled = "Braze sends no callbacks to this channel"

    def __init__(self, name: str, settings: BrazeSettings) -> None:
        self.name = name
        self._settings = settings
        # An event counts as a message too: what a Canvas makes of it reaches the customer.
        self.capabilities = Capabilities(kind="message", needs=f"ids.{settings.id_name}")
        headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
        self._caller = Caller("Braze", settings.base_url, headers=headers, limits=settings.limits)

    def __repr__(self) -> str:
        return f"BrazeChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> BrazeChannel:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(BrazeSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The event, or the trigger. Raises Refused when the customer has no id in Braze."""
        settings = self._settings
        who = contact.ids.get(settings.id_name)
        if not who:
            raise Refused(f"the customer has no id of Braze under '{settings.id_name}'")
        properties = offer_properties(order, message)
        if settings.action == "campaign":
            recipient = {
                "external_user_id": who,
                "trigger_properties": properties,
                "send_to_existing_only": True,
            }
            return Prepared(who, {"campaign_id": settings.campaign, "recipients": [recipient]})
        event = {
            "external_id": who,
            "name": settings.event,
            "time": order.planned_at.astimezone(UTC).isoformat(),
            "properties": properties,
            "_update_existing_only": True,
            **({"app_id": settings.app} if settings.app else {}),
        }
        return Prepared(who, {"events": [event]})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Send it. Taken means that Braze has queued it."""
        body = prepared.body
        if "events" in body:
            event = body["events"][0]
            properties = {**event["properties"], "retinue_key": key}
            answer = self._caller.post("/users/track", json={"events": [{**event, "properties": properties}]})
        else:
            one = body["recipients"][0]
            properties = {**one["trigger_properties"], "retinue_key": key}
            recipients = [{**one, "trigger_properties": properties}]
            answer = self._caller.post(
                "/campaigns/trigger/send", json={"campaign_id": body["campaign_id"], "recipients": recipients}
            )
        found = raise_for_status(answer, reset=RESET).object()
        if found.get("errors"):
            raise Refused(f"Braze answered {answer.status}, and that it dropped the request")
        if "events" in body and found.get("events_processed") == 0:
            raise Refused(f"Braze answered {answer.status}, and processed no event")
        if found.get("message") not in ("success", "queued"):
            raise Unsure(f"Braze answered {answer.status} without saying success")
        return Sent(found.get("dispatch_id"), detail="queued")

    def close(self) -> None:
        """Release the connections."""
        self._caller.close()
