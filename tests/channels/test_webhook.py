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

import pytest

from retinue.channels.base import BadCallback, ChannelDown, Unsure
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
