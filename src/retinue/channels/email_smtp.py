"""E-mail through an SMTP server of your own.

A mail's Message-ID follows from the delivery's name, so a second try of a delivery is the same mail, and a
recipient's server may leave one of two away; but nobody promises that, and there is nothing to look up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from retinue.channels.base import (
    Capabilities,
    Contact,
    Message,
    Order,
    Prepared,
    Refused,
    Sent,
)
from retinue.channels.email_addresses import (
    checked_address,
    checked_line,
    good_address,
    good_unsubscribe_url,
    unsubscribe_headers,
)
from retinue.channels.section import read_section
from retinue.channels.silent import CallsNobodyBack, CannotBeAsked
from retinue.channels.smtp_session import MailServer, deliver
from retinue.errors import SettingsError
from retinue.settings import SETTINGS_FILE
from retinue.settings.base import Section

__all__ = ["SmtpChannel", "SmtpSettings", "message_id", "written"]


class SmtpSettings(Section):
    """A mail server."""

    host: str = Field(min_length=1, description="name of the mail server")
    port: int = Field(587, ge=1, le=65535, description="587 for starttls, 465 for tls")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is encrypted; none: not at all, within a machine only"
    )
    username: str | None = Field(None, description="name to log in with")
    password: SecretStr | None = Field(None, description="password to log in with")
    ca_file: Path | None = Field(None, description="certificates to trust in place of the system's")
    from_address: str = Field(description="e-mail address of the sender")
    from_name: str | None = Field(None, description="name of the sender")
    reply_to: str | None = Field(None, description="e-mail address for replies")
    unsubscribe_url: str | None = Field(
        None,
        description="https address of your own with {delivery_id} that unsubscribes on POST, for "
        "List-Unsubscribe; without it the service's, where api.public_url is set",
    )
    connect_seconds: float = Field(5.0, gt=0, le=60, description="longest wait for a connection")
    read_seconds: float = Field(10.0, gt=0, le=300, description="longest wait for each answer but the last")
    whole_seconds: float = Field(
        45.0,
        gt=0,
        le=600,
        description="longest time for everything; what is left of it is the wait for the answer to the mail; "
        "keep it below delivery.lease_seconds",
    )

    @field_validator("from_address", "reply_to")
    @classmethod
    def _good_address(cls, address: str | None) -> str | None:
        return good_address(address)

    @field_validator("unsubscribe_url")
    @classmethod
    def _good_url(cls, template: str | None) -> str | None:
        return good_unsubscribe_url(template)

    @model_validator(mode="after")
    def _not_in_the_clear(self) -> SmtpSettings:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        if self.password is not None and self.security == "none":
            raise ValueError("a password needs security = starttls or tls: it would be sent in the clear")
        return self


class SmtpChannel(CallsNobodyBack, CannotBeAsked):
    """One sender of e-mail."""

    unasked = "a mail server cannot be asked"
    uncalled = "there are no callbacks of a mail server"

    def __init__(self, name: str, settings: SmtpSettings) -> None:
        self.name = name
        self.capabilities = Capabilities("message", needs="email")
        self._settings = s = settings
        self._server = MailServer(
            host=s.host,
            port=s.port,
            security=s.security,
            hello=s.from_address.rpartition("@")[2],
            username=s.username,
            password=s.password.get_secret_value() if s.password else None,
            ca_file=s.ca_file,
            connect_seconds=s.connect_seconds,
            read_seconds=s.read_seconds,
            whole_seconds=s.whole_seconds,
        )

    def __repr__(self) -> str:
        return f"SmtpChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> SmtpChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        settings = read_section(SmtpSettings, name, raw, root)
        if settings.ca_file is not None:
            if not (root / settings.ca_file).is_file():
                raise SettingsError(
                    f"There is no file '{settings.ca_file}'.",
                    where=f"{root / SETTINGS_FILE} [channels.{name}]",
                    fix="Correct ca_file, or leave it out to trust the system's certificates.",
                )
            settings = settings.model_copy(update={"ca_file": root / settings.ca_file})
        return cls(name, settings)

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """All that the mail is written from."""
        if message is None:
            raise Refused("an e-mail needs words")
        s = self._settings
        body = {
            "from": [s.from_name or "", s.from_address],
            "to_name": _clean(contact.name or ""),
            "reply_to": s.reply_to,
            "unsubscribe_url": s.unsubscribe_url or order.facts.get("unsubscribe_url"),
            "date": order.planned_at.astimezone(UTC).isoformat(timespec="seconds"),
            "subject": checked_line(message.subject, "subject"),
            "text": message.text,
            "html": message.html,
        }
        return Prepared(checked_address(contact.email), body)

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Hand it in. The reference is the mail's Message-ID."""
        sender = prepared.body["from"][1]
        utf8 = not (prepared.recipient.isascii() and sender.isascii())
        content = written(prepared, key, utf8=utf8)
        deliver(self._server, sender, prepared.recipient, content, utf8=utf8)
        return Sent(reference=message_id(key, sender))

    def close(self) -> None:
        """Nothing is kept open."""


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a delivery; always the same.

    >>> message_id("DLV_1", "offers@shop.example")
    '<bba768d9d08512ae603c719b558566ff@shop.example>'
    """
    return f"<{_digest('message', key)}@{sender.rpartition('@')[2]}>"


def written(prepared: Prepared, key: str, *, utf8: bool = False) -> bytes:
    """The mail as it goes over the wire; the same arguments give the same bytes."""
    body = prepared.body
    name, sender = body["from"]
    mail = EmailMessage(policy=SMTP.clone(utf8=utf8))
    mail["From"] = Address(name, addr_spec=sender) if sender.isascii() else _address(name, sender)
    mail["To"] = _address(body["to_name"], prepared.recipient)
    if body["reply_to"]:
        mail["Reply-To"] = _address("", body["reply_to"])
    mail["Subject"] = body["subject"]
    mail["Date"] = format_datetime(datetime.fromisoformat(body["date"]))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_lines(body["text"]), cte="quoted-printable")
    if body["html"] is not None:
        mail.add_alternative(_lines(body["html"]), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{_digest('boundary', key)}")
    # Written by hand: a long address must not be folded, and these hold nothing but ASCII.
    first = {"Message-ID": message_id(key, sender), **unsubscribe_headers(body["unsubscribe_url"], key)}
    lines = "".join(f"{header}: {value}\r\n" for header, value in first.items())
    return lines.encode("ascii") + mail.as_bytes()


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _clean(name: str) -> str:
    """A name for a header; none rather than a strange one, for a mail is as good without."""
    try:
        return checked_line(name.strip(), "name")
    except Refused:
        return ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _digest(use: str, key: str) -> str:
    return hashlib.sha256(f"{use}:{key}".encode()).hexdigest()[:32]
