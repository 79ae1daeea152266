"""Webhooks: conformance, the signature, and what may be called."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpcore
import pytest

from retinue.channels.base import BadCallback, ChannelDown, TryLater, Unsure
from retinue.channels.public_addresses import PublicOnly, is_public
from retinue.channels.standard_webhooks import sign, signing_key, verify
from retinue.channels.webhook import WebhookChannel
from retinue.errors import SettingsError
from retinue.testing import SignedCallback, check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import Running, start

OLD, NEW, OTHER = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2, 3))
VECTOR = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with start("provider") as running:
        yield running


def channel(address: str, **changes: Any) -> WebhookChannel:
    raw = {"url": address, "secrets": [OLD, NEW], "read_seconds": 0.4, "whole_seconds": 2, **changes}
    return WebhookChannel.from_settings("shop", raw, Path("/nowhere"))


class Callback:
    """A report as a receiver makes it, signed without our code."""

    dated = True
    rotates = True

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        report = {
            "type": "delivery.redeemed",
            "timestamp": at.isoformat(),
            "data": {"delivery_id": delivery_id},
        }
        return self.signed(json.dumps(report).encode(), at, (OLD, NEW, OTHER)[secret])

    def signed(self, body: bytes, at: datetime, secret: str = OLD, name: str = "msg_1") -> SignedCallback:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        stamp = str(int(at.timestamp()))
        mac = hmac.digest(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)
        signature = "v1a,Zm9v nonsense v1,Zm9v v1," + base64.b64encode(mac).decode()
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return SignedCallback(headers, body)


def test_it_keeps_the_promises_of_a_channel(provider: Running) -> None:
    check_channel(
        lambda url: channel(f"{url}/hook/token-secret", allow_private=True),
        provider,
        secrets=(OLD, NEW, "token-secret"),
        callback=Callback(),
    )


def test_it_keeps_them_for_a_receiver_that_knows_no_keys(provider: Running) -> None:
    provider.set(mode="ignore-keys")
    check_channel(
        lambda url: channel(url, allow_private=True, honours_keys=False), provider, callback=Callback()
    )
    provider.set(mode="honour-keys")


def test_the_published_vector() -> None:
    body = b'{"test": 2432232314}'
    made = sign([signing_key(VECTOR)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_every_secret_signs_and_each_attempt_has_its_own_time(provider: Running) -> None:
    provider.reset()
    clock = iter([1000.9, 2000.1])
    made = channel(provider.url, allow_private=True)
    made._clock = lambda: next(clock)
    seen: list[Any] = []
    post = made._caller.post
    made._caller.post = lambda url, **request: (seen.append(request), post(url, **request))[1]  # type: ignore[method-assign]
    prepared = made.prepare(ORDER, CONTACT, MESSAGE)
    assert made.send(prepared, "d1").replayed is False
    assert made.send(prepared, "d1").replayed is True
    made.close()
    first, second = (request["headers"] for request in seen)
    assert first["webhook-id"] == second["webhook-id"] == "d1"
    assert (first["webhook-timestamp"], second["webhook-timestamp"]) == ("1000", "2000")
    assert seen[0]["content"] == seen[1]["content"]
    for secret in (OLD, NEW):
        moment = datetime.fromtimestamp(1000, UTC)
        assert verify([signing_key(secret)], first, seen[0]["content"], moment) == "d1"
    with pytest.raises(BadCallback):
        verify([signing_key(OTHER)], first, seen[0]["content"], datetime.fromtimestamp(1000, UTC))


def test_the_receiver_gets_the_order_and_only_the_personal_data_it_is_meant_to_get(provider: Running) -> None:
    provider.reset()
    for extra, expected in (((), None), (("email",), {"email": CONTACT.email})):
        made = channel(provider.url, allow_private=True, contact=list(extra))
        prepared = made.prepare(ORDER, CONTACT, MESSAGE)
        made.send(prepared, f"d{len(extra)}")
        made.close()
        body = json.loads(provider.effects()[-1]["what"]["body"])
        assert body["type"] == "retinue.message"
        assert body["timestamp"] == "2026-03-01T09:30:00+00:00"
        assert body["data"]["incentive"]["id"] == "percentage_discount_10"
        assert body["data"]["cost"] == {"amount": "12.00", "currency": "EUR"}
        assert body["data"]["message"]["text"] == MESSAGE.text
        assert body["data"].get("contact") == expected
        assert (str(CONTACT.email) in json.dumps(body)) == bool(extra)


@pytest.mark.parametrize("status", [404, 405, 410])
def test_an_address_where_nobody_is_any_more_stops_the_channel(status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(f"HTTP/1.1 {status} Gone\r\nContent-Length: 0\r\n\r\n".encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        made = channel(f"http://127.0.0.1:{listener.getsockname()[1]}/", allow_private=True)
        with pytest.raises(ChannelDown, match=f"webhook shop answered {status}"):
            made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
        made.close()
        thread.join(5)


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
        channel("https://hook.example/x")._settings,
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
        channel("https://hook.example/x")._settings,
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
        channel("https://hook.example/x")._settings,
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
        made = channel(f"https://{host}:9/")
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")

    with pytest.raises((ChannelDown, SettingsError), match=r"public internet|cannot be read"):
        attempt()


def test_a_name_nobody_knows_is_tried_later() -> None:
    made = channel("https://no-such-host.invalid/")
    with pytest.raises(TryLater, match="cannot be reached"):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://hook.example/"}, "https"),
        ({"url": "ftp://hook.example/"}, "https"),
        ({"url": "https://ann:pw@hook.example/"}, "user name"),
        ({"url": "https://10.0.0.1/"}, "public"),
        ({"url": "https://[fd00::1]/"}, "public"),
        ({"url": "not an address"}, "https"),
        ({"secrets": []}, "at least 1"),
        ({"secrets": ["whsec_c2hvcnQ="]}, "24 to 64"),
        ({"secrets": ["hunter2-hunter2-hunter2!"]}, "24 to 64"),
        ({"secrets": 5}, "valid"),
        ({"contact": ["mail"]}, "there is no 'mail'"),
        ({"delivers": "letters"}, "grant"),
        ({"secret": OLD}, "Did you mean 'secrets'"),
        ({"read_seconds": 0}, "greater than 0"),
    ],
)
def test_wrong_settings_are_named_without_what_is_secret(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        channel("https://hook.example/", **changes)
    told = f"{caught.value} {caught.value.__context__ or ''}"
    assert words in told
    for secret in ("hunter2", "whsec_c2", "ann:pw", "hook.example", "10.0.0.1", OLD[8:]):
        assert secret not in told


BROKEN_REPORTS = [
    b"",
    b"[]",
    b"{}",
    b"\xff",
    b"[" * 5000,
    b'{"type": 1, "data": {}}',
    b'{"type": "delivery.paid", "data": {}}',
    b'{"type": "delivery.paid", "data": {"delivery_id": 7}}',
    b'{"type": "delivery.paid", "timestamp": "soon", "data": {"delivery_id": "d"}}',
    b'{"type": "delivery.paid", "timestamp": "0001-01-01T00:00:00+14:00", "data": {"delivery_id": "d"}}',
    b'{"type": "delivery.paid", "data": {"delivery_id": "d", "cents": 1.5}}',
]


def test_reports_of_another_form_are_refused_and_unknown_kinds_passed_over() -> None:
    made, sign_it = channel("https://hook.example/"), Callback()
    for body in BROKEN_REPORTS:
        report = sign_it.signed(body, NOW)
        with pytest.raises(BadCallback):
            made.read_callback(report.headers, report.body, url="", now=NOW)
    paid = b'{"type": "delivery.paid", "data": {"delivery_id": "d", "cents": 990, "currency": "EUR"}}'
    report = sign_it.signed(paid, NOW)
    (response,) = made.read_callback(report.headers, report.body, url="", now=NOW)
    assert (response.kind, response.cents, response.currency, response.at) == ("paid", 990, "EUR", NOW)
    unknown = sign_it.signed(b'{"type": "delivery.lost", "data": {"delivery_id": "d"}}', NOW)
    assert made.read_callback(unknown.headers, unknown.body, url="", now=NOW) == []


def test_a_look_up_says_that_nobody_knows() -> None:
    made = channel("https://hook.example/")
    with pytest.raises(Unsure):
        made.look_up(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
