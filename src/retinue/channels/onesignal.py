"""Push messages through OneSignal, which honours a key in the body of the request."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

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
from retinue.channels.section import HttpSection, good_base_url, read_section
from retinue.channels.silent import CallsNobodyBack, CannotBeAsked

__all__ = ["OneSignalChannel", "OneSignalSettings", "key_of"]

_NAMESPACE = uuid.UUID("7f1f3ac1-0c1e-5b53-9a5c-9b2f6c1d5e80")


class OneSignalSettings(HttpSection):
    """An app at OneSignal."""

    app_id: str = Field(min_length=1, description="the app")
    api_key: SecretStr = Field(description="key of the app")
    push_id_is: Literal["external_id", "onesignal_id", "subscription_id"] = Field(
        "external_id", description="what a customer's push_id is at OneSignal"
    )
    base_url: str = Field("https://api.onesignal.com", description="address of the API")

    @field_validator("base_url")
    @classmethod
    def _good_base(cls, url: str) -> str:
        return good_base_url(url)


def key_of(delivery_id: str) -> str:
    """The UUID that stands for a delivery's name; always the same.

    >>> key_of("DLV_1") == key_of("DLV_1") != key_of("DLV_2")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, delivery_id))


class OneSignalChannel(CallsNobodyBack, CannotBeAsked):
    """One app that receives push messages."""

    unasked = "OneSignal is not asked"
    uncalled = "OneSignal's callbacks are not signed, so none is believed"

    def __init__(self, name: str, settings: OneSignalSettings) -> None:
        self.name = name
        self.capabilities = Capabilities("message", needs="push_id", honours_keys=True)
        self._settings = settings
        headers = {"Authorization": f"Key {settings.api_key.get_secret_value()}"}
        self._caller = Caller("OneSignal", settings.base_url, headers=headers, limits=settings.limits)

    def __repr__(self) -> str:
        return f"OneSignalChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> OneSignalChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(OneSignalSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The request's body, without the key."""
        if not contact.push_id:
            raise Refused("the customer has no push_id")
        if message is None or not message.text.strip():
            raise Refused("a push message needs words")
        body: dict[str, Any] = {
            "app_id": self._settings.app_id,
            "target_channel": "push",
            # OneSignal asks for English words, and shows them where it has none in the device's language.
            "contents": {"en": message.text},
        }
        if message.subject:
            body["headings"] = {"en": message.subject}
        if self._settings.push_id_is == "subscription_id":
            del body["target_channel"]
            body["include_subscription_ids"] = [contact.push_id]
        else:
            body["include_aliases"] = {self._settings.push_id_is: [contact.push_id]}
        return Prepared(contact.push_id, body)

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Post it. An answer of 200 without an id means that nobody was reached."""
        body = {**prepared.body, "idempotency_key": key_of(key)}
        answer = self._caller.post("/notifications", json=body)
        raise_for_status(answer)
        told = answer.object()
        name, errors = told.get("id"), told.get("errors")
        if name == "" or (name is None and errors):
            raise Refused("OneSignal reached nobody: the customer has no device that takes push messages")
        if not isinstance(name, str):
            raise Unsure("OneSignal answered without an id")
        if isinstance(errors, dict) and _names(errors, prepared.recipient):
            raise Refused("OneSignal does not know the customer's push_id")
        replayed = answer.headers.get("idempotent-replayed", "").lower() == "true"
        return Sent(reference=name, replayed=replayed)

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()


def _names(errors: Mapping[str, Any], recipient: str) -> bool:
    """Whether the errors, such as `{"invalid_aliases": {"external_id": ["7"]}}`, name the one recipient."""
    rest: list[Any] = [value for name, value in errors.items() if name.startswith("invalid_")]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            rest += value.values()
        elif isinstance(value, list):
            rest += value
        elif value == recipient:
            return True
    return False
