"""Sections of channels: addresses that are safe, and errors that tell no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from retinue.channels.section import HttpSection, good_base_url, read_section
from retinue.errors import SettingsError

SECRET = "sk_live_1234"  # noqa: S105 - no real one


class Vendor(HttpSection):
    token: SecretStr = Field(description="a password")
    more: tuple[SecretStr, ...] = Field((), description="passwords")
    size: int = Field(1, description="a number")


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com", "https://api.eu.example.com/v1/", "http://localhost:80", "http://[::1]:8"],
)
def test_an_address_that_is_safe_is_taken(url: str) -> None:
    assert good_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com",
        "http://api.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1@api.example.com",
        "https://ann:pw@api.example.com",
        "https://api.example.com?x=1",
        "https://",
        "ftp://127.0.0.1",
        "https://[",
    ],
)
def test_a_password_never_goes_out_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="https://HOST"):
        good_base_url(url)


@pytest.mark.parametrize(
    "raw",
    [
        {"token": [SECRET]},
        {"token": {"a": SECRET}},
        {"token": "x", "more": SECRET},
        {"token": "x", "more": [["a", SECRET]]},
        {"tokn": SECRET},
        {"token": SECRET, "size": "many"},
        {"token": SECRET, "sizes": 1},
    ],
)
def test_no_error_of_a_section_tells_a_secret(raw: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as caught:
        read_section(Vendor, "shop", raw, Path("/nowhere"))
    link: BaseException | None = caught.value
    while link is not None:
        assert SECRET not in f"{link} {link!r}"
        link = link.__cause__ or link.__context__
    assert "channels.shop" in str(caught.value)


def test_what_is_not_secret_is_shown_and_the_nearest_key_named() -> None:
    with pytest.raises(SettingsError, match=r"channels\.shop\.size.*'many'"):
        read_section(Vendor, "shop", {"token": "x", "size": "many"}, Path("/nowhere"))
    with pytest.raises(SettingsError, match="Did you mean 'token'"):
        read_section(Vendor, "shop", {"tokn": "x"}, Path("/nowhere"))
