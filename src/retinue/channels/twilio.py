"""Text messages through Twilio.

Twilio has no idempotency keys for messages, so a lost answer is looked up: the messages to that number since
the order was planned, with the same words. The delivery's name travels in the address of the status callback.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from retinue.channels.answers import Answer, fault_of, raise_for_status, safe_code
from retinue.channels.base import (
    Capabilities,
    ChannelDown,
    ChannelFault,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Response,
    Sent,
    Unsure,
)
from retinue.channels.calls import Caller
from retinue.channels.section import HttpSection, good_base_url, read_section
from retinue.channels.twilio_callback import read

__all__ = ["TwilioChannel", "TwilioSettings"]

LONGEST_TEXT = 1600
PAGES = 5
PAGE_SIZE = 1000
CLOCK_DIFFERENCE = timedelta(minutes=2)

_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_OWN_FAULT = frozenset({20003, 20404, 21212, 21603, 21606, 21659, 21660, 21703})
"""Codes that speak of the account or the sender's number and not of one customer."""


class TwilioSettings(HttpSection):
    """An account at Twilio."""

    account_sid: str = Field(pattern=r"^AC[0-9a-zA-Z]+$", description="the account, AC…")
    auth_token: SecretStr = Field(description="the primary token; also checks the signature of callbacks")
    also_auth_tokens: tuple[SecretStr, ...] = Field(
        (), description="further tokens a callback may be signed with, while the token is being changed"
    )
    api_key: str | None = Field(None, description="SK…, to send with a key in place of the token")
    api_secret: SecretStr | None = Field(None, description="its secret")
    sender: str = Field(description="number (+49…), short code or name of the sender, or a service MG…")
    status_url: str | None = Field(
        None, description="where Twilio reports: the public https address of this channel's callbacks"
    )
    base_url: str = Field("https://api.twilio.com", description="address of the API")

    @field_validator("base_url")
    @classmethod
    def _good_base(cls, url: str) -> str:
        return good_base_url(url)

    @field_validator("status_url")
    @classmethod
    def _public(cls, url: str | None) -> str | None:
        if url is not None and (not url.startswith("https://") or "#" in url):
            raise ValueError("write it as https://HOST/…")
        return url

    @model_validator(mode="after")
    def _both(self) -> TwilioSettings:
        if (self.api_key is None) != (self.api_secret is None):
            raise ValueError("api_key and api_secret belong together")
        return self


class TwilioChannel:
    """One sender of text messages."""

    def __init__(self, name: str, settings: TwilioSettings) -> None:
        self.name = name
        self.capabilities = Capabilities("message", needs="phone", looks_up=True)
        self._settings = settings
        self._tokens = [t.get_secret_value() for t in (settings.auth_token, *settings.also_auth_tokens)]
        user = settings.api_key or settings.account_sid
        secret = settings.api_secret or settings.auth_token
        login = base64.b64encode(f"{user}:{secret.get_secret_value()}".encode()).decode()
        headers = {"Authorization": f"Basic {login}"}
        self._caller = Caller("Twilio", settings.base_url, headers=headers, limits=settings.limits)
        self._path = f"/2010-04-01/Accounts/{settings.account_sid}/Messages.json"

    def __repr__(self) -> str:
        return f"TwilioChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> TwilioChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        return cls(name, read_section(TwilioSettings, name, raw, root))

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """The form that is posted, and when the order was planned, to look it up by."""
        number = re.sub(r"[\s().\-/]", "", contact.phone or "")
        if not _PHONE.fullmatch(number):
            raise Refused("the customer has no telephone number that could be written to")
        text = message.text.strip() if message is not None else ""
        if not 0 < len(text) <= LONGEST_TEXT:
            raise Refused(f"a text message has from 1 to {LONGEST_TEXT} characters, this has {len(text)}")
        sender = self._settings.sender
        by = "MessagingServiceSid" if re.fullmatch(r"MG[0-9a-zA-Z]{8,}", sender) else "From"
        form = {"To": number, by: sender, "Body": text}
        return Prepared(number, {"form": form, "planned_at": order.planned_at.astimezone(UTC).isoformat()})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Post the message. 201 means that it was queued; what becomes of it is called back."""
        form = dict(prepared.body["form"])
        if self._settings.status_url is not None:
            joint = "&" if urlsplit(self._settings.status_url).query else "?"
            form["StatusCallback"] = f"{self._settings.status_url}{joint}delivery={quote(key, safe='')}"
        answer = self._caller.post(self._path, form=form)
        fault = _fault(answer)
        if fault is not None:
            raise fault
        told = answer.object()
        if told.get("status") in ("failed", "undelivered", "canceled"):
            raise Refused(f"Twilio took it and failed ({safe_code(told.get('error_code')) or 'no code'})")
        return _sent(told)

    def look_up(self, prepared: Prepared, key: str) -> Sent | None:
        """A message with these words to this number since the order was planned; None when there is none.

        The list is not narrowed by `DateSent`, which a message that still waits at Twilio does not have.
        When two such messages are found, nobody can say which is which: Unsure. Ask some time after the
        attempt: a message that Twilio is just taking is not in the list yet.
        """
        form, planned = prepared.body["form"], datetime.fromisoformat(prepared.body["planned_at"])
        found: list[dict[str, Any]] = []
        path: str | None = f"{self._path}?To={quote(form['To'], safe='')}&PageSize={PAGE_SIZE}"
        for _ in range(PAGES):
            page = self._page(path)
            messages = page.get("messages")
            if not isinstance(messages, list):
                raise Unsure("Twilio's list of messages cannot be read")
            found += [m for m in messages if _is_it(m, form, planned - CLOCK_DIFFERENCE)]
            path = page.get("next_page_uri")
            if path is None:
                break
            if not isinstance(path, str) or not path.startswith("/"):
                raise Unsure("Twilio's list of messages cannot be read")
        if len(found) > 1 or (path is not None and not found):
            raise Unsure("Twilio has too many such messages to tell")
        return _sent(found[0]) if found else None

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, *, url: str, now: datetime
    ) -> Sequence[Response]:
        """A change of status, or a STOP. `url` must be the public one, just as Twilio called it.

        Twilio's signature holds no time, so an old call cannot be told from a new one; but it says nothing
        that was not true, and counts once.
        """
        return read(self._tokens, headers.get("x-twilio-signature", ""), body, url, now)

    def close(self) -> None:
        """Close the connections."""
        self._caller.close()

    def _page(self, path: str | None) -> dict[str, Any]:
        reason = ""
        try:
            return raise_for_status(self._caller.get(path or ""), code=_code).object()
        except ChannelFault as fault:
            reason = fault.reason
        raise Unsure(f"looking it up: {reason}")


def _code(body: Any) -> object:
    return body["code"]


def _fault(answer: Answer) -> ChannelFault | None:
    fault = fault_of(answer, code=_code)
    if isinstance(fault, Refused):
        try:
            code = _code(answer.object())
        except (Unsure, LookupError):
            code = None
        if code in _OWN_FAULT or answer.status in (404, 405):
            return ChannelDown(fault.reason)
    return fault


def _sent(message: Mapping[str, Any]) -> Sent:
    sid = message.get("sid")
    if not isinstance(sid, str) or not sid:
        raise Unsure("Twilio answered without the message's sid")
    return Sent(reference=sid)


def _is_it(message: Any, form: Mapping[str, str], since: datetime) -> bool:
    if not isinstance(message, dict):
        raise Unsure("Twilio's list of messages cannot be read")
    if message.get("to") != form["To"] or (message.get("body") or "").strip() != form["Body"]:
        return False
    try:
        made = parsedate_to_datetime(str(message.get("date_created")))
    except ValueError:
        return True  # better one to ask about than one that is sent twice
    return made.astimezone(UTC) >= since
