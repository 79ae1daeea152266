"""Whatever anybody posts to a callback's address, it is refused or read, and never a crash."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.channels import BadCallback, Channel
from retinue.channels.sendgrid import SendGridChannel
from retinue.channels.standard_webhooks import sign, signing_key
from retinue.channels.twilio import TwilioChannel
from retinue.channels.twilio_callback import MOST_FIELDS, read
from retinue.channels.webhook import WebhookChannel

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the published one
PUBLIC = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54"
    "WK84zV2sxXs7LtkBoN79R9Q=="
)
WEBHOOK = WebhookChannel.from_settings("a", {"url": "https://h.example/", "secrets": [SECRET]}, Path())
CHANNELS: list[Channel] = [
    WEBHOOK,
    SendGridChannel.from_settings(
        "b", {"api_key": "x", "from_address": "a@b.example", "public_keys": [PUBLIC]}, Path()
    ),
    TwilioChannel.from_settings("c", {"account_sid": "AC1", "auth_token": "x", "sender": "Shop"}, Path()),
]
NAMES = [
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-twilio-signature",
    "x-twilio-email-event-webhook-signature",
    "x-twilio-email-event-webhook-timestamp",
]
texts = st.text(max_size=40) | st.sampled_from(["v1,", "v1,AAAA", STAMP, "9" * 400, "-1", "¹", "https://["])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "data", "timestamp", "delivery_id", "cents"]) | texts, inner
        )
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
@given(st.dictionaries(st.sampled_from(NAMES), texts), st.binary(max_size=60), texts)
def test_without_a_signature_everything_is_refused(
    channel: Channel, headers: dict[str, str], body: bytes, url: str
) -> None:
    with pytest.raises(BadCallback):
        channel.read_callback(headers, body, url=url, now=NOW)


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_signed_is_read_or_refused(body: bytes) -> None:
    signature = sign([signing_key(SECRET)], "m1", int(STAMP), body)
    headers = {"webhook-id": "m1", "webhook-timestamp": STAMP, "webhook-signature": signature}
    try:
        found = WEBHOOK.read_callback(headers, body, url="", now=NOW)
    except BadCallback:
        return
    assert all(response.at.tzinfo is not None for response in found)


def test_a_form_of_endless_fields_is_refused() -> None:
    body = b"&".join(b"a%d=1" % n for n in range(MOST_FIELDS + 1))
    with pytest.raises(BadCallback, match="no form"):
        read(["token"], "x", body, "https://h.example/", NOW)
