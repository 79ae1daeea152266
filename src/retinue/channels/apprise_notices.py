"""Notices to colleagues in Slack, Teams, Matrix and a hundred other places, through Apprise.

One section is one Apprise URL. Apprise says only whether it worked; why it did not is read from the one
status code in its own log, and where there is none, nobody knows. It escapes the words as each place needs.

What would make its answer say less than it seems is turned off: second tries of its own (`retry`), failures
that count as done (`optional`), redirects, and texts in several parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr

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
    TryLater,
    Unsure,
)
from retinue.channels.silent import CallsNobodyBack, CannotBeAsked
from retinue.errors import SettingsError
from retinue.settings import SETTINGS_FILE
from retinue.settings.base import Section

__all__ = ["AppriseChannel", "AppriseSettings"]

_STATUS = re.compile(r"\berror=(\d{3})\b", re.ASCII)


class AppriseSettings(Section):
    """One place for notices."""

    url: SecretStr = Field(description="Apprise URL, such as slack://…; take it from a ${VARIABLE}")
    connect_seconds: float = Field(5.0, gt=0, le=60, description="longest wait for a connection")
    read_seconds: float = Field(20.0, gt=0, le=300, description="longest silence of the other end")


class AppriseChannel(CallsNobodyBack, CannotBeAsked):
    """One place for notices. Raises SettingsError when Apprise cannot read its URL."""

    unasked = "Apprise cannot be asked"
    uncalled = "there are no callbacks through Apprise"

    def __init__(self, name: str, settings: AppriseSettings, where: str = "") -> None:
        import apprise

        self.name = name
        self.capabilities = Capabilities("notice")
        place = apprise.Apprise.instantiate(settings.url.get_secret_value(), suppress_exceptions=True)
        if not isinstance(place, apprise.NotifyBase):
            raise SettingsError(
                f"Setting 'channels.{name}.url' is no URL that Apprise can read.",
                where=where,
                fix="Write it as on https://appriseit.com, such as slack://TokenA/TokenB/TokenC/#channel.",
            )
        place.retry = 0
        place.optional = False
        place.redirects = False
        place.overflow_mode = apprise.OverflowMode.TRUNCATE
        place.socket_connect_timeout = settings.connect_seconds
        place.socket_read_timeout = settings.read_seconds
        self._several = len(place) > 1
        self._apprise = apprise.Apprise()
        self._apprise.add(place)

    def __repr__(self) -> str:
        return f"AppriseChannel({self.name!r})"

    @classmethod
    def from_settings(cls, name: str, raw: Mapping[str, Any], root: Path) -> AppriseChannel:
        """From `[channels.NAME]`. Raises SettingsError."""
        from retinue.channels.section import read_section

        settings = read_section(AppriseSettings, name, raw, root)
        return cls(name, settings, f"{root / SETTINGS_FILE} [channels.{name}]")

    def prepare(self, order: Order, contact: Contact, message: Message | None) -> Prepared:
        """Title and text; the recipient is the place, by the name of this channel."""
        if message is None or not message.text.strip():
            raise Refused("a notice needs words")
        return Prepared(self.name, {"title": message.subject, "text": message.text})

    def send(self, prepared: Prepared, key: str) -> Sent:
        """Hand it to Apprise, once."""
        import apprise

        said = self._apprise.notify(
            body=prepared.body["text"],
            title=prepared.body["title"],
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
        )
        if said:
            return Sent()
        raise self._fault([entry.message for entry in said.logs()])

    def close(self) -> None:
        """Nothing is kept open."""

    def _fault(self, log: list[str]) -> ChannelFault:
        codes = {int(found) for line in log for found in _STATUS.findall(line)}
        words = f"the place of {self.name} did not take the notice"
        if len(codes) != 1 or self._several:
            # Several calls: one of them may have been taken.
            return Unsure(words)
        code = codes.pop()
        words += f" ({code})"
        if code == 429:
            return TryLater(words)
        if code in (401, 403):
            return ChannelDown(words)
        return Refused(words) if 400 <= code < 500 and code != 408 else Unsure(words)
