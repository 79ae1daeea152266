"""Twilio: conformance, looking up, and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from retinue.channels.base import BadCallback, ChannelDown, Refused, Unsure
from retinue.channels.twilio import TwilioChannel
from retinue.errors import SettingsError
from retinue.testing import SignedCallback, check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.twilio import ACCOUNT, TOKEN

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKENS = (TOKEN, "the-next-token", "another-token")
STATUS_URL = "https://retinue.example/callbacks/sms"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("twilio", largest_page="2") as double:
        yield double


@pytest.fixture
def double(running: Running) -> Running:
    running.reset()
    return running


def channel(address: str = "http://127.0.0.1:9", **changes: Any) -> TwilioChannel:
    raw = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "also_auth_tokens": [TOKENS[1]],
        "sender": "+4930000000",
        "status_url": STATUS_URL,
        "base_url": address,
        "read_seconds": 0.4,
        "whole_seconds": 2,
        **changes,
    }
    return TwilioChannel.from_settings("sms", raw, Path("/nowhere"))


class Callback:
    """A status callback, signed as Twilio's documentation says, without our code."""

    dated = False
    rotates = True

    def __call__(self, delivery_id: str, at: datetime, *, secret: int) -> SignedCallback:
        return self.signed(delivery_id, {"MessageStatus": "delivered"}, TOKENS[secret])

    def signed(self, delivery_id: str, params: dict[str, str], token: str = TOKEN) -> SignedCallback:
        url = f"{STATUS_URL}?delivery={delivery_id}"
        fields = {
            "MessageSid": "SM7",
            "To": "+4915550017788",
            "AccountSid": ACCOUNT,
            "Space": " x ",
            "Blank": "",
            **params,
        }
        text = url
        for name in sorted(fields):
            text += name + fields[name]
        mac = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
        headers = {"x-twilio-signature": base64.b64encode(mac).decode()}
        return SignedCallback(headers, urlencode(fields).encode(), url)


def read(made: TwilioChannel, call: SignedCallback, url: str = "") -> list[Any]:
    return list(made.read_callback(call.headers, call.body, url=url or call.url, now=NOW))


def test_it_keeps_the_promises_of_a_channel(double: Running) -> None:
    # Planned now, so that the look-up finds what the double does now.
    order = replace(ORDER, planned_at=datetime.now(UTC))
    check_channel(channel, double, order=order, secrets=TOKENS, callback=Callback())


def test_the_form_and_the_key_in_the_status_callback(double: Running) -> None:
    made = channel(double.url, sender="MG1234567890")
    contact = replace(CONTACT, phone="+49 (1555) 001-7788")
    assert made.send(made.prepare(ORDER, contact, MESSAGE), "D 1&x").reference == f"SM{1:032d}"
    made.close()
    (effect,) = double.effects("D 1&x")
    assert effect["what"] == {
        "To": "+4915550017788",
        "MessagingServiceSid": "MG1234567890",
        "Body": MESSAGE.text,
        "StatusCallback": f"{STATUS_URL}?delivery=D%201%26x",
    }


def test_a_key_of_the_api_may_send_in_place_of_the_token(double: Running) -> None:
    made = channel(double.url, api_key="SK1", api_secret="other")  # noqa: S106 - of a double
    with pytest.raises(ChannelDown):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()


def test_looking_up_reads_every_page_and_goes_by_words_and_time(double: Running) -> None:
    made = channel(double.url)
    order = replace(ORDER, planned_at=datetime.now(UTC))
    wanted = made.prepare(order, CONTACT, MESSAGE)
    sent = made.send(wanted, "d1")
    for n in range(5):
        made.send(made.prepare(order, CONTACT, replace(MESSAGE, text=f"other {n}")), f"o{n}")
    assert made.look_up(wanted, "d1") == sent
    assert made.look_up(made.prepare(order, CONTACT, replace(MESSAGE, text="never")), "d2") is None
    elsewhere = made.prepare(order, replace(CONTACT, phone="+4930123456"), MESSAGE)
    assert made.look_up(elsewhere, "d3") is None
    later = replace(order, planned_at=datetime.now(UTC) + timedelta(hours=1))
    assert made.look_up(made.prepare(later, CONTACT, MESSAGE), "d4") is None
    made.send(wanted, "d5")
    with pytest.raises(Unsure, match="too many"):
        made.look_up(wanted, "d1")
    made.close()


def test_messages_to_others_are_not_taken_for_it() -> None:
    with start("twilio", filters="no") as careless:
        made = channel(careless.url)
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
        elsewhere = made.prepare(ORDER, replace(CONTACT, phone="+4930123456"), MESSAGE)
        assert made.look_up(elsewhere, "d2") is None
        made.close()


def test_a_sender_that_may_not_send_stops_the_channel(double: Running) -> None:
    made = channel(double.url, sender="+15005550007")
    with pytest.raises(ChannelDown, match="21606"):
        made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()


def test_a_list_that_does_not_end_says_nothing(double: Running) -> None:
    made = channel(double.url)
    for n in range(11):
        made.send(made.prepare(ORDER, CONTACT, replace(MESSAGE, text=f"other {n}")), f"o{n}")
    with pytest.raises(Unsure):
        made.look_up(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()


@pytest.mark.parametrize(
    ("phone", "fault", "words"),
    [
        ("+4915550000001", Refused, r"^Twilio answered 400 \(21211\)$"),
        ("+4915550000010", Refused, r"^Twilio answered 400 \(21610\)$"),
    ],
)
def test_a_refusal_names_the_code_only(double: Running, phone: str, fault: Any, words: str) -> None:
    made = channel(double.url)
    with pytest.raises(fault, match=words):
        made.send(made.prepare(ORDER, replace(CONTACT, phone=phone), MESSAGE), "d1")
    made.close()


@pytest.mark.parametrize(
    "phone", [None, "", "015550017788", "+0155", "+49abc", "+49155500177881234567", "+４９１５５５００"]
)
def test_what_is_no_number_is_refused(phone: str | None) -> None:
    with pytest.raises(Refused, match="no telephone number"):
        channel().prepare(ORDER, replace(CONTACT, phone=phone), MESSAGE)


@pytest.mark.parametrize("text", ["", "  ", "x" * 1601])
def test_a_text_has_its_length(text: str) -> None:
    with pytest.raises(Refused, match="from 1 to 1600"):
        channel().prepare(ORDER, CONTACT, replace(MESSAGE, text=text))


def test_the_documented_signature() -> None:
    made = channel(auth_token="12345")  # noqa: S106 - of the documentation
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    call = SignedCallback(
        {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
        urlencode(fields).encode(),
        "https://mycompany.com/myapp.php?foo=1&bar=2",
    )
    assert read(made, call) == []
    with pytest.raises(BadCallback):
        read(made, call, "https://mycompany.com/myapp.php?foo=1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("delivered", "delivered"), ("read", "opened"), ("undelivered", "failed"), ("failed", "failed")]
    + [(s, None) for s in ("queued", "sending", "sent", "accepted", "scheduled", "canceled", "new")],
)
def test_only_what_is_final_says_something(status: str, kind: str | None) -> None:
    found = read(channel(), Callback().signed("DLV_1", {"MessageStatus": status, "ErrorCode": "30003"}))
    assert [r.kind for r in found] == ([kind] if kind else [])
    if found:
        assert (found[0].delivery_id, found[0].reference, found[0].detail) == ("DLV_1", "SM7", "30003")


def test_callbacks_out_of_order_end_the_same() -> None:
    made = channel()
    calls = [
        Callback().signed("DLV_1", {"MessageStatus": s}) for s in ("sent", "delivered", "sent", "queued")
    ]
    told = [{r.response_id for call in order for r in read(made, call)} for order in (calls, calls[::-1])]
    assert told[0] == told[1] == {"SM7:delivered"}


def test_a_stop_unsubscribes_the_number() -> None:
    stop = {"OptOutType": "STOP", "From": "+4915550017788", "SmsStatus": "received"}
    (response,) = read(channel(), Callback().signed("", stop))
    assert (response.kind, response.recipient, response.delivery_id) == (
        "unsubscribed",
        "+4915550017788",
        None,
    )


def test_a_port_that_a_proxy_adds_or_drops_does_no_harm() -> None:
    call = Callback().signed("DLV_1", {"MessageStatus": "delivered"})
    with_port = call.url.replace("retinue.example", "retinue.example:443")
    assert read(channel(), call, with_port)
    with pytest.raises(BadCallback):
        read(channel(), call, call.url.replace("https", "http"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_sid": "SK1"}, "account_sid"),
        ({"api_key": "SK1"}, "belong together"),
        ({"status_url": "http://retinue.example/"}, "https"),
        ({"auth_tokens": "x"}, "Did you mean 'auth_token'"),
        ({"auth_token": 7}, "string"),
    ],
)
def test_wrong_settings_are_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        channel(**changes)
    assert words in str(caught.value)
    assert TOKEN not in f"{caught.value} {caught.value.__context__}"
