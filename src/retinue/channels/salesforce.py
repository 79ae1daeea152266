"""Salesforce: a task for a colleague, or scores written into fields.

**Tasks** are written by the external id of a field that the administrator adds (`task_key_field`): the same
key never makes two tasks. Without that field the key stands in the description, and `look_up` reads the
customer's tasks of the time in question; a query cannot search a description, which is a long text.

**Fields** are read first and written only where they differ as far as the digits that are written, so that
no other system is woken by noise. `marker_field` holds the time of the plan whose values these are: an older
one, tried again late, does not overwrite it, and whoever reads the CRM can tell whose change it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from retinue.channels.allowance import Allowance
from retinue.channels.base import (
    Capabilities,
    ChannelFault,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
    Unsure,
)
from retinue.channels.fact_fields import fields_of, same_value
from retinue.channels.salesforce_api import SalesforceApi
from retinue.channels.section import HttpSection, read_section
from retinue.channels.silent import CallsNobodyBack
from retinue.channels.task_words import task_words

__all__ = ["SalesforceChannel", "SalesforceSettings"]

_FOREVER = timedelta(days=3650)
_MOST_TASKS = 200
_PEOPLE = ("003", "00Q")
"""First characters of ids of contacts and leads; a task names them as who, everything else as what."""


class SalesforceSettings(HttpSection):
    """The section of a channel with `kind = "salesforce"`."""

    base_url: str = Field(description="the organisation's own host, such as https://acme.my.salesforce.com")
    client_id: str = Field(min_length=1, description="consumer key of the external client app")
    client_secret: SecretStr = Field(description="its secret, such as ${SALESFORCE_SECRET}")
    version: str = Field("67.0", pattern=r"^\d{2,3}\.0$", description="version of the interface")
    action: Literal["task", "fields"] = Field(
        "task", description="task: work for a colleague; fields: facts written into a record"
    )
    id_name: str = Field(
        "salesforce", description="the name under which a contact's ids hold the record's id"
    )
    most_usage: float = Field(
        0.95, gt=0, le=1, description="share of the organisation's calls of a day after which we wait"
    )
    task_key_field: str | None = Field(
        None,
        pattern=r"^\w+__c$",
        description="external-id field of Task, such as Retinue_Key__c; with it no task is made twice",
    )
    owner: str | None = Field(None, pattern=r"^\w{15,18}$", description="id of the user whose task it is")
    due_days: int = Field(3, ge=0, le=365, description="days until the task is due")
    object: str = Field("Contact", pattern=r"^\w+$", description="kind of record whose fields are written")
    fields: dict[str, str] = Field(default_factory=dict, description="fact → field of the record")
    marker_field: str | None = Field(
        None, pattern=r"^\w+__c$", description="date-time field that tells from when our values are"
    )
    digits: int = Field(3, ge=0, le=9, description="decimal places that are written")

    @field_validator("base_url")
    @classmethod
    def _own_host(cls, address: str) -> str:
        if urlsplit(address).hostname in ("login.salesforce.com", "test.salesforce.com"):
            raise ValueError("this log-in works only at the organisation's own host (Setup, My Domain)")
        return address

    @model_validator(mode="after")
    def _something_to_write(self) -> SalesforceSettings:
        if self.action == "fields" and not self.fields:
            raise ValueError(
                'action = "fields" needs fields, such as { churn_probability = "Churn_Risk__c" }'
            )
        return self


class SalesforceChannel(CallsNobodyBack):
    """Writes into one Salesforce organisation."""

    uncalled = "Salesforce sends no callbacks to this channel"

    def __init__(self, name: str, settings: SalesforceSettings) -> None:
        self.name = name
        self._settings = settings
        task = settings.action == "task"
        self.capabilities = Capabilities(
            kind="task" if task else "sync",
            needs=f"ids.{settings.id_name}",
            honours_keys=not task or settings.task_key_field is not None,
            key_life=_FOREVER,
            looks_up=True,
        )
        self._api = SalesforceApi(
            settings.base_url,
            settings.client_id,
            settings.client_secret.get_secret_value(),
            version=settings.version,
            limits=settings.limits,
            allowance=Allowance("Salesforce", settings.most_usage),
        )

    def __repr__(self) -> str:
        return f"SalesforceChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> SalesforceChannel:
        """Build it from `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(SalesforceSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """A task or the fields of a record. Raises Refused when the record or every fact is missing."""
        settings = self._settings
        record = contact.ids.get(settings.id_name, "")
        if not re.fullmatch(r"[A-Za-z0-9]{15}|[A-Za-z0-9]{18}", record):
            raise Refused(f"the customer has no id of Salesforce under '{settings.id_name}'")
        planned = order.planned_at.astimezone(UTC)
        if settings.action == "fields":
            values = fields_of(order.facts, settings.fields, settings.digits)
            body = {"record": record, "values": values, "planned": planned.strftime("%Y-%m-%dT%H:%M:%SZ")}
            return Prepared(record, body)
        subject, text = task_words(order, message)
        relation = "WhoId" if record.startswith(_PEOPLE) else "WhatId"
        # No status: a task that a colleague has closed meanwhile must not be opened again by a second try.
        task = {
            "Subject": subject,
            "Description": text,
            "ActivityDate": (planned + timedelta(days=settings.due_days)).date().isoformat(),
            relation: record,
        }
        if settings.owner:
            task["OwnerId"] = settings.owner
        since = (planned - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Prepared(record, {"relation": relation, "record": record, "task": task, "since": since})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Write it."""
        body = prepared.body
        if "values" in body:
            return self._write(body)
        if self._settings.task_key_field:
            answer = self._api.call("PATCH", self._task_path(key), json=body["task"])
            made = answer.object() if answer.body else {}
        else:
            task = {**body["task"], "Description": f"{body['task']['Description']}\n\n{_line(key)}"}
            answer = self._api.call("POST", "/sobjects/Task", json=task)
            made = answer.object()
        if made.get("success") is False:
            raise Refused(f"Salesforce answered {answer.status}, and that it failed")
        return Sent(made.get("id"), replayed=answer.status != 201)

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """The task under this key, or whether the fields hold the values. Raises Unsure."""
        words = ""
        try:
            body = prepared.body
            if "values" in body:
                there = self._there(body)
                done = self._holds(there, body["values"])
                return Sent(body["record"], replayed=True) if done else None
            return self._keyed(key) if self._settings.task_key_field else self._described(body, key)
        except ChannelFault as fault:
            words = fault.reason
        raise Unsure(words)

    def close(self) -> None:
        """Release the connections."""
        self._api.close()

    def _task_path(self, key: str) -> str:
        return f"/sobjects/Task/{self._settings.task_key_field}/{quote(key, safe='')}"

    def _keyed(self, key: str) -> Sent | None:
        answer = self._api.call("GET", self._task_path(key), missing=True)
        return None if answer.status == 404 else Sent(answer.object()["Id"], replayed=True)

    def _described(self, body: Mapping[str, Any], key: str) -> Sent | None:
        query = (
            f"SELECT Id, Description FROM Task WHERE {body['relation']} = '{body['record']}' "
            f"AND CreatedDate >= {body['since']} ORDER BY CreatedDate DESC LIMIT {_MOST_TASKS}"
        )
        rows = self._api.call("GET", "/query", params={"q": query}).object()["records"]
        for row in rows:
            lines = [line.strip() for line in (row.get("Description") or "").splitlines()]
            if _line(key) in lines:
                return Sent(row["Id"], replayed=True)
        if len(rows) >= _MOST_TASKS:
            raise Unsure("the customer has too many tasks in Salesforce to look through")
        return None

    def _write(self, body: Mapping[str, Any]) -> Sent:
        record, marker = body["record"], self._settings.marker_field
        there = self._there(body)
        if self._holds(there, body["values"]):
            return Sent(record, replayed=True, detail="unchanged")
        if marker and there.get(marker) and _moment(there[marker]) > _moment(body["planned"]):
            return Sent(record, detail="newer values are there")
        values = {**body["values"], **({marker: body["planned"]} if marker else {})}
        self._api.call("PATCH", f"/sobjects/{self._settings.object}/{record}", json=values)
        return Sent(record)

    def _there(self, body: Mapping[str, Any]) -> dict[str, Any]:
        marker = self._settings.marker_field
        names = ",".join([*body["values"], *([marker] if marker else [])])
        path = f"/sobjects/{self._settings.object}/{body['record']}"
        return self._api.call("GET", path, params={"fields": names}).object()

    def _holds(self, there: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
        return all(same_value(v, there.get(name), self._settings.digits) for name, v in values.items())


def _line(key: str) -> str:
    return f"Retinue {key}."


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
