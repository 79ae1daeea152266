"""OneSignal: conformance, its key in the body, and failures in an answer of 200."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retinue.channels.base import Refused
from retinue.channels.onesignal import OneSignalChannel, key_of
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT, MESSAGE, ORDER
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.onesignal import API_KEY, APP_ID


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start("onesignal") as double:
        yield double


@pytest.fixture
def double(running: Running) -> Running:
    running.reset()
    return running


def channel(address: str, **changes: Any) -> OneSignalChannel:
    raw = {"app_id": APP_ID, "api_key": API_KEY, "base_url": address, "read_seconds": 0.4, **changes}
    return OneSignalChannel.from_settings("push", raw, Path("/nowhere"))


def test_it_keeps_the_promises_of_a_channel(double: Running) -> None:
    check_channel(channel, double, secrets=(API_KEY,))


def test_the_key_is_a_uuid_in_the_body(double: Running) -> None:
    made = channel(double.url)
    prepared = made.prepare(ORDER, CONTACT, MESSAGE)
    first, second = made.send(prepared, "d1"), made.send(prepared, "d1")
    made.close()
    assert first.reference == second.reference
    assert (first.replayed, second.replayed) == (False, True)
    (effect,) = double.effects()
    assert effect["key"] == key_of("d1")
    assert uuid.UUID(key_of("d1")).version == 5
    assert effect["what"] == {
        "app_id": APP_ID,
        "target_channel": "push",
        "include_aliases": {"external_id": ["push-private-0815"]},
        "headings": {"en": MESSAGE.subject},
        "contents": {"en": MESSAGE.text},
        "idempotency_key": key_of("d1"),
    }


def test_a_subscription_can_be_named_instead(double: Running) -> None:
    made = channel(double.url, push_id_is="subscription_id")
    made.send(made.prepare(ORDER, CONTACT, MESSAGE), "d1")
    made.close()
    what = double.effects()[0]["what"]
    assert what["include_subscription_ids"] == ["push-private-0815"]
    assert not {"include_aliases", "target_channel"} & what.keys()


@pytest.mark.parametrize("push_id", ["gone-1", "unknown-1", "partly-1"])
def test_an_answer_of_200_that_reached_nobody_is_a_refusal(double: Running, push_id: str) -> None:
    made = channel(double.url)
    with pytest.raises(Refused) as caught:
        made.send(made.prepare(ORDER, replace(CONTACT, push_id=push_id), MESSAGE), "d1")
    made.close()
    assert push_id not in str(caught.value)
    assert double.effects() == []


def test_a_push_message_needs_words() -> None:
    made = channel("http://127.0.0.1:9")
    for message in (None, replace(MESSAGE, text=" ")):
        with pytest.raises(Refused):
            made.prepare(ORDER, CONTACT, message)


def test_a_wrong_key_of_the_settings_is_named() -> None:
    with pytest.raises(SettingsError, match="Did you mean 'app_id'"):
        channel("http://127.0.0.1:9", appid="x")
