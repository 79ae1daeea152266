"""SendGrid: conformance, the request, and signed events."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from retinue.channels.base import BadCallback, Refused
from retinue.channels.sendgrid import SendGridChannel
from retinue.errors import SettingsError
from retinue.testing import SignedCallback, check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.sendgrid import API_KEY

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]


def public(key: ec.EllipticCurvePrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("sendgrid") as double:
        yield double


@pytest.fixture
def double(running: Running) -> Running:
    running.reset()
    return running


def channel(address: str = "http://127.0.0.1:9", **changes: Any) -> SendGridChannel:
    raw = {
        "api_key": API_KEY,
        "from_address": "offers@shop.example",
        "from_name": "The Shop",
        "public_keys": [public(KEYS[0]), public(KEYS[1])],
        "base_url": address,
        "read_seconds": 0.4,
        "whole_seconds": 2,
        **changes,
    }
    return SendGridChannel.from_settings("mail", raw, Path("/nowhere"))


class Callback:
    dated = True
    rotates = True

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        event = {
            "event": "delivered",
            "sg_event_id": "e1",
            "email": "a@b.example",
            "timestamp": 1_772_452_800,
        }
        return self.signed([{**event, "retinue_delivery": delivery_id}], at, secret)

    def signed(self, events: Any, at: datetime, secret: int = 0) -> SignedCallback:
        body = events if isinstance(events, bytes) else json.dumps(events).encode()
        stamp = str(int(at.timestamp()))
        signature = KEYS[secret].sign(stamp.encode() + body, ec.ECDSA(SHA256()))
        prefix = "x-twilio-email-event-webhook-"
        return SignedCallback(
            {f"{prefix}timestamp": stamp, f"{prefix}signature": base64.b64encode(signature).decode()}, body
        )


def read(made: SendGridChannel, events: Any) -> list[Any]:
    call = Callback().signed(events, NOW)
    return list(made.read_callback(call.headers, call.body, url="", now=NOW))


def test_it_keeps_the_promises_of_a_channel(double: Running) -> None:
    check_channel(channel, double, secrets=(API_KEY,), callback=Callback())


def test_without_an_address_of_its_own_the_way_out_is_the_one_of_the_order(double: Running) -> None:
    made = channel(double.url, unsubscribe_url=None)
    link = "https://retinue.example.com/api/v1/unsubscribe/D.sig"
    asked = replace(ORDER, facts={"unsubscribe_url": link})
    made.send(made.prepare(asked, CONTACT, MESSAGE), "D/2")
    made.close()
    (effect,) = double.effects("D/2")
    assert effect["what"]["personalizations"][0]["headers"]["List-Unsubscribe"] == f"<{link}>"


def test_the_request_carries_the_key_and_the_way_out(double: Running) -> None:
    made = channel(double.url, unsubscribe_url="https://shop.example/u/{delivery_id}", unsubscribe_group=4)
    contact = replace(CONTACT, email=" Ann@Bücher.example ")
    sent = made.send(made.prepare(ORDER, contact, MESSAGE), "D/1")
    made.close()
    (effect,) = double.effects("D/1")
    assert sent.reference == f"msg{1:019d}"
    assert effect["what"] == {
        "personalizations": [
            {
                "to": [{"email": "Ann@xn--bcher-kva.example"}],
                "custom_args": {"retinue_delivery": "D/1"},
                "headers": {
                    "List-Unsubscribe": "<https://shop.example/u/D%2F1>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
            }
        ],
        "from": {"email": "offers@shop.example", "name": "The Shop"},
        "subject": MESSAGE.subject,
        "content": [
            {"type": "text/plain", "value": MESSAGE.text},
            {"type": "text/html", "value": MESSAGE.html},
        ],
        "asm": {"group_id": 4},
    }


def test_in_the_sandbox_nothing_is_sent_and_it_says_so(double: Running) -> None:
    made = channel(double.url, sandbox=True)
    sent = made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()
    assert "not sent" in sent.detail
    assert double.effects() == []


def test_a_refusal_names_the_field_only(double: Running) -> None:
    double.inject("invalid")
    made = channel(double.url)
    with pytest.raises(Refused, match=r"^SendGrid answered 400 \(personalizations\.0\.to\.0\.email\)$"):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "ann",
        "ann@",
        "@shop.example",
        "ann@localhost",
        "a b@shop.example",
        "ann@shop..example",
        "a@b@shop.example",
        "ann@shop.example,bob@shop.example",
        "ann@shop.example\r\nBcc: x@y.example",
        "<ann@shop.example>",
        ".ann@shop.example",
        "ann@[127.0.0.1]",
        "ann@-shop.example",
        "x" * 65 + "@shop.example",
    ],
)
def test_what_is_no_address_is_refused(email: str | None) -> None:
    with pytest.raises(Refused, match=r"^the customer has no e-mail address that could be written to$"):
        channel().prepare(ORDER, replace(CONTACT, email=email), MESSAGE)


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.example", "a\nb", "a\u2028b", "a\x00"])
def test_a_subject_of_two_lines_is_refused(subject: str) -> None:
    with pytest.raises(Refused, match="line break"):
        channel().prepare(ORDER, CONTACT, replace(MESSAGE, subject=subject))


def test_each_event_has_its_meaning() -> None:
    kinds = {
        "delivered": "delivered",
        "open": "opened",
        "click": "clicked",
        "bounce": "bounced",
        "dropped": "failed",
        "spamreport": "complained",
        "unsubscribe": "unsubscribed",
        "group_unsubscribe": "unsubscribed",
    }
    silent = ["processed", "deferred", "group_resubscribe", "something new"]
    events = [
        {
            "event": e,
            "sg_event_id": f"e{n}",
            "timestamp": 1_772_452_800,
            "sg_message_id": "m1.x.y",
            "email": "a@b.c",
        }
        for n, e in enumerate([*kinds, *silent])
    ]
    found = read(channel(), events)
    assert [r.kind for r in found] == list(kinds.values())
    assert {(r.reference, r.recipient, r.at) for r in found} == {("m1", "a@b.c", NOW)}


def test_events_that_make_no_sense_do_not_spoil_the_others() -> None:
    good = {"event": "open", "sg_event_id": "e1", "retinue_delivery": "D1", "timestamp": 1e300}
    strange = [7, None, [], {}, {"event": []}, {"event": "open"}, {"event": "open", "sg_event_id": 5}]
    (response,) = read(channel(), [*strange, good])
    assert (response.delivery_id, response.at, response.recipient) == ("D1", NOW, None)


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b"\xff", b"[" * 5000])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(BadCallback):
        read(channel(), body)


def test_without_a_key_no_callback_is_believed() -> None:
    with pytest.raises(BadCallback):
        read(channel(public_keys=[]), [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"public_keys": ["nonsense"]}, "one line of base64"),
        ({"from_address": "nobody"}, "no e-mail address"),
        ({"unsubscribe_url": "http://shop.example/{delivery_id}"}, "https"),
        ({"unsubscribe_url": "https://shop.example/"}, "delivery_id"),
        ({"unsubscribe_url": "https://shop.example/\n{delivery_id}"}, "ASCII"),
        ({"api_keys": "x"}, "Did you mean 'api_key'"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        channel(**changes)
