"""HubSpot: a task for a colleague, or facts written into properties of the contact.

HubSpot knows no keys. A task carries its key in a property of your own (`key_property`), by which `look_up`
finds it. The search learns of a new task some time after it was made: a task that is not found counts as
surely not made only when `settle_seconds` have passed since it can have been sent.

Properties are set to values, which twice is as once.
"""

from __future__ import annotations

import html
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from retinue.channels.allowance import Allowance
from retinue.channels.base import (
    Capabilities,
    ChannelDown,
    ChannelFault,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
    Unsure,
)
from retinue.channels.fact_fields import fields_of
from retinue.channels.hubspot_api import HubSpotApi
from retinue.channels.section import HttpSection, read_section
from retinue.channels.silent import CallsNobodyBack
from retinue.channels.task_words import task_words

__all__ = ["HubSpotChannel", "HubSpotSettings"]

_REMEMBERED = 10_000


class HubSpotSettings(HttpSection):
    """The section of a channel with `kind = "hubspot"`."""

    token: SecretStr = Field(description="token of the private app, such as ${HUBSPOT_TOKEN}")
    base_url: str = Field("https://api.hubapi.com", description="where HubSpot answers")
    action: Literal["task", "properties"] = Field(
        "task", description="task: work for a colleague; properties: facts written into the contact"
    )
    id_name: str = Field("hubspot", description="the name under which a contact's ids hold the record's id")
    most_usage: float = Field(0.95, gt=0, le=1, description="share of a day's calls after which we wait")
    key_property: str | None = Field(
        None,
        pattern=r"^[a-z]\w*$",
        description="text property of tasks that holds our key; needed to look up",
    )
    association_type: int | None = Field(
        None, ge=1, description="type of the link from task to contact; asked of HubSpot when left out"
    )
    settle_seconds: float = Field(
        60.0, ge=0, description="how long after sending a task may be missing from the search"
    )
    owner: str | None = Field(None, pattern=r"^\d+$", description="id of the owner whose task it is")
    priority: Literal["LOW", "MEDIUM", "HIGH"] = Field("MEDIUM", description="priority of tasks")
    due_days: int = Field(3, ge=0, le=365, description="days until the task is due")
    properties: dict[str, str] = Field(default_factory=dict, description="fact → property of the contact")
    id_property: str = Field(
        "email",
        description="unique property by which a contact is found, and made where there is none: email, "
        "or one whose value stands among the contact's ids under id_name",
    )
    digits: int = Field(3, ge=0, le=9, description="decimal places that are written")

    @model_validator(mode="after")
    def _something_to_write(self) -> HubSpotSettings:
        if self.action == "properties" and not self.properties:
            raise ValueError('action = "properties" needs properties, such as { churn_probability = "risk" }')
        return self


class HubSpotChannel(CallsNobodyBack):
    """Writes into one HubSpot account. `clock` counts seconds and never goes back."""

    uncalled = "HubSpot sends no callbacks to this channel"

    def __init__(
        self, name: str, settings: HubSpotSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._settings = settings
        task = settings.action == "task"
        by_email = not task and settings.id_property == "email"
        self.capabilities = Capabilities(
            kind="task" if task else "sync",
            needs="email" if by_email else f"ids.{settings.id_name}",
            honours_keys=not task,
            key_life=timedelta(days=3650),
            looks_up=task and settings.key_property is not None,
        )
        self._by_email = by_email
        self._clock = clock
        self._opened = clock()
        self._sent_at: OrderedDict[str, float] = OrderedDict()
        self._link: int | None = settings.association_type
        self._api = HubSpotApi(
            settings.base_url,
            settings.token.get_secret_value(),
            limits=settings.limits,
            allowance=Allowance("HubSpot", settings.most_usage, clock=clock),
        )

    def __repr__(self) -> str:
        return f"HubSpotChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> HubSpotChannel:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(HubSpotSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """A task or the contact's properties. Raises Refused when the contact or every fact is missing."""
        settings = self._settings
        who = contact.email if self._by_email else contact.ids.get(settings.id_name)
        if not who:
            wanted = "e-mail address" if self._by_email else f"id under '{settings.id_name}'"
            raise Refused(f"the customer has no {wanted}")
        if settings.action == "properties":
            values = fields_of(order.facts, settings.properties, settings.digits)
            return Prepared(who, {"contact": who, "values": {n: _text(v) for n, v in values.items()}})
        if not re.fullmatch(r"\d{1,20}", who):
            raise Refused("the customer's id in HubSpot is not a number")
        subject, text = task_words(order, message)
        due = order.planned_at.astimezone(UTC) + timedelta(days=settings.due_days)
        task = {
            "hs_timestamp": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "hs_task_subject": subject,
            "hs_task_body": html.escape(text).replace("\n", "<br>"),
            "hs_task_status": "NOT_STARTED",
            "hs_task_priority": settings.priority,
            "hs_task_type": "TODO",
        }
        if settings.owner:
            task["hubspot_owner_id"] = settings.owner
        return Prepared(who, {"contact": who, "task": task})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Write it."""
        body = prepared.body
        if "values" in body:
            return self._set(body, key)
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": self._association()}
        name = self._settings.key_property
        properties = {**body["task"], **({name: key} if name else {})}
        self._remember(key)
        made = self._api.write(
            "/crm/v3/objects/tasks",
            {"properties": properties, "associations": [{"to": {"id": body["contact"]}, "types": [link]}]},
        )
        return Sent(_id(made))

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """The task under this key. Raises Unsure without `key_property`, or while the search may not know."""
        name = self._settings.key_property
        if "task" not in prepared.body or name is None:
            raise Unsure("HubSpot can be asked for tasks only, and only by a key_property")
        search = {
            "filterGroups": [{"filters": [{"propertyName": name, "operator": "EQ", "value": key}]}],
            "properties": [name],
            "limit": 2,
        }
        words = ""
        try:
            found = self._api.read("/crm/v3/objects/tasks/search", search).get("results") or []
            if found:
                return Sent(_id(found[0]), replayed=True)
        except ChannelFault as fault:
            words = fault.reason
        if words:
            raise Unsure(words)
        if self._clock() - self._sent_at.get(key, self._opened) < self._settings.settle_seconds:
            raise Unsure("HubSpot's search may not know of it yet")
        return None

    def close(self) -> None:
        """Release the connections."""
        self._api.close()

    def _set(self, body: Mapping[str, Any], key: str) -> Sent:
        row = {
            "id": body["contact"],
            "idProperty": self._settings.id_property,
            "properties": body["values"],
            "objectWriteTraceId": key,
        }
        rows = self._api.write("/crm/v3/objects/contacts/batch/upsert", {"inputs": [row]}).get("results")
        if not rows:
            raise Unsure("HubSpot took it, and names no result")
        return Sent(_id(rows[0]), detail="a new contact was made" if rows[0].get("new") else "")

    def _association(self) -> int:
        """The plain link from a task to a contact, as HubSpot numbers it."""
        if self._link is None:
            rows = self._api.read("/crm/v4/associations/tasks/contacts/labels").get("results") or []
            own = [r for r in rows if r.get("category") == "HUBSPOT_DEFINED" and not r.get("label")]
            if not own:
                raise ChannelDown("HubSpot names no type of link from task to contact; set association_type")
            self._link = int(own[0]["typeId"])
        return self._link

    def _remember(self, key: str) -> None:
        self._sent_at[key] = self._clock()
        self._sent_at.move_to_end(key)
        while len(self._sent_at) > _REMEMBERED:
            self._sent_at.popitem(last=False)


def _id(row: Mapping[str, Any]) -> str | None:
    found = row.get("id")
    return None if found is None else str(found)


def _text(value: Any) -> str:
    """A value as HubSpot holds it: always text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
