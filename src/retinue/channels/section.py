"""What the sections of channels that talk HTTP have in common, and how a section is read.

>>> from pathlib import Path
>>> read_section(HttpSection, "shop", {"read_seconds": 5}, Path()).limits.read
5.0
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import Field, SecretStr

from retinue.channels.calls import Limits
from retinue.errors import SettingsError
from retinue.settings import parse_section
from retinue.settings.base import Section

__all__ = ["HttpSection", "good_base_url", "read_section"]

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_Model = TypeVar("_Model", bound=Section)


class HttpSection(Section):
    """Keys that every channel over HTTP has."""

    connect_seconds: float = Field(5.0, gt=0, le=60, description="longest wait for a connection")
    read_seconds: float = Field(20.0, gt=0, le=300, description="longest silence of the other end")
    whole_seconds: float = Field(
        30.0, gt=0, le=600, description="longest time for a whole call; keep it below delivery.lease_seconds"
    )

    @property
    def limits(self) -> Limits:
        """The times as a `Caller` takes them."""
        return Limits(self.connect_seconds, self.read_seconds, self.whole_seconds)


def good_base_url(url: str) -> str:
    """The address of an API, for a settings class to check by: a password must not go out in the clear.

    ValueError unless it is https, or http on this machine.

    >>> good_base_url("http://127.0.0.1:8080/")
    'http://127.0.0.1:8080'
    """
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        found = httpx.URL("")
    safe = found.scheme == "https" or (found.scheme == "http" and found.host in _THIS_MACHINE)
    named = re.fullmatch(rb"[0-9A-Za-z.:_-]+", found.raw_host)
    if not safe or not named or found.userinfo or found.query or found.fragment:
        raise ValueError("write it as https://HOST, without a user, a query or a fragment")
    return url.rstrip("/")


def read_section(model: type[_Model], name: str, raw: Mapping[str, Any], root: Path) -> _Model:
    """The section `[channels.NAME]`. Raises SettingsError with file, line and nearest key, and no secret."""
    try:
        return parse_section(model, raw, path=("channels", name), root=root)
    except SettingsError as error:
        what, where, fix = error.what, error.where, error.fix
    key = re.match(rf"Setting 'channels\.{re.escape(name)}\.?([^.']*)", what)
    field = model.model_fields.get(key[1]) if key else None
    if field is not None and _is_secret(field.annotation):
        # What was given is shown otherwise; of a secret it must not be.
        what = re.sub(r" \(got .*\)\.$", ".", what, flags=re.S)
    # A new error, outside of the handler: the one it came from carries all values along.
    raise SettingsError(what, where=where, fix=fix)


def _is_secret(annotation: Any) -> bool:
    return "SecretStr" in str(annotation) or annotation is SecretStr
