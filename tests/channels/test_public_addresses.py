"""Where a webhook may go, and where it never goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpcore
import pytest
from pydantic import SecretStr

from retinue.channels.base import ChannelDown, TryLater
from retinue.channels.public_addresses import PublicOnly, is_public
from retinue.channels.webhook import WebhookChannel, WebhookSettings
from retinue.errors import SettingsError
from retinue.testing.channels import CONTACT, MESSAGE, ORDER

ROOT = Path("/nowhere")
SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
SETTINGS = WebhookSettings(
    url=SecretStr("https://hook.example/x"), secrets=tuple(SecretStr(secret) for secret in SECRETS)
)
NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - not bound to
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.9",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2001:10::1",
    "2001:20::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "not-an-address",
    "127.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
]
PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_such_address_is_ever_connected_to(address: str) -> None:
    assert not is_public(address)
    network = Network({"hook.example": ["93.184.216.34", address]})
    made = WebhookChannel(
        "shop",
        SETTINGS,
        network=PublicOnly(resolve=network, inner=network),
    )
    with pytest.raises(ChannelDown) as caught:
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    assert address not in str(caught.value) or len(address) < 4
    assert network.connected == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to_by_its_number(address: str) -> None:
    assert is_public(address)
    network = Network({"hook.example": [address]})
    made = WebhookChannel(
        "shop",
        SETTINGS,
        network=PublicOnly(resolve=network, inner=network),
    )
    with pytest.raises(TryLater):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    assert network.connected == [(address, 443)]


class Network(httpcore.NetworkBackend):
    """A resolver that answers anew each time, and a network where nobody is."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        found, self.names[host] = self.names[host], ["127.0.0.1"]
        return found

    def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        raise httpcore.ConnectError


def test_a_name_that_answers_differently_the_second_time_gains_nothing() -> None:
    network = Network({"hook.example": ["93.184.216.34", "8.8.8.8"]})
    made = WebhookChannel(
        "shop",
        SETTINGS,
        network=PublicOnly(resolve=network, inner=network),
    )
    prepared = made.prepare(ORDER, CONTACT, MESSAGE)
    with pytest.raises(TryLater):
        made.send(prepared, "d1")
    assert network.asked == ["hook.example"]
    assert network.connected == [("93.184.216.34", 443), ("8.8.8.8", 443)]
    with pytest.raises(ChannelDown):
        made.send(prepared, "d1")
    assert len(network.connected) == 2


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "[::1]",
        "[::ffff:7f00:1]",
    ],
)
def test_other_spellings_of_this_machine_are_seen_through(host: str) -> None:
    def attempt() -> None:
        made = WebhookChannel.from_settings("shop", {"url": f"https://{host}:9/", "secrets": SECRETS}, ROOT)
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")

    with pytest.raises((ChannelDown, SettingsError), match=r"public internet|cannot be read"):
        attempt()


def test_a_name_nobody_knows_is_tried_later() -> None:
    made = WebhookChannel.from_settings(
        "shop", {"url": "https://no-such-host.invalid/", "secrets": SECRETS}, ROOT
    )
    with pytest.raises(TryLater, match="cannot be reached"):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
