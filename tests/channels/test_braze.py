"""Events and triggered campaigns in Braze, against its double."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.channels.orders import contact, discount, order

from retinue.channels import ChannelDown, Message, Prepared, Refused, Sent, TryLater, Unsure
from retinue.channels.braze import BrazeChannel
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.braze import KEY

CAMPAIGN = {"action": "campaign", "campaign": "c-77"}
OPENED: list[BrazeChannel] = []


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("braze") as running:
        yield running


@pytest.fixture
def braze(double: Running) -> Iterator[Running]:
    double.reset()
    double.set(unknown=[], wait=60, message="success")
    yield double
    while OPENED:
        OPENED.pop().close()


def channel(double: Running, **settings: Any) -> BrazeChannel:
    raw = {"api_key": KEY, "base_url": double.url, "read_seconds": 1, **settings}
    OPENED.append(BrazeChannel.from_settings("braze", raw, Path()))
    return OPENED[-1]


def prepared(made: BrazeChannel, message: Message | None = None) -> Prepared:
    return made.prepare(order(discount()), contact(braze="u-42"), message)


@pytest.mark.parametrize("settings", [{}, CAMPAIGN], ids=["event", "campaign"])
def test_it_keeps_what_a_channel_promises(braze: Running, settings: dict[str, Any]) -> None:
    def make(url: str) -> BrazeChannel:
        raw = {"api_key": KEY, "base_url": url, "read_seconds": 0.4, "whole_seconds": 2, **settings}
        return BrazeChannel.from_settings("braze", raw, Path())

    check_channel(make, braze, contact=replace(CONTACT, ids={"braze": "u-private-42"}), secrets=[KEY])


def test_an_event_carries_the_offer_the_words_and_the_key(braze: Running) -> None:
    made = channel(braze, app="app-1")
    assert made.send(prepared(made, Message("Stay", "Please stay")), "d1") == Sent(detail="queued")
    (effect,) = braze.effects("d1")
    assert effect["what"] == {
        "object": "event",
        "external_id": "u-42",
        "name": "retention_offer",
        "time": "2026-03-02T09:30:00+00:00",
        "properties": {
            "delivery": "d1",
            "campaign": "campaign-1",
            "purpose": "retention",
            "offer": "percentage_discount",
            "offer_value": 15.0,
            "offer_months": 3,
            "subject": "Stay",
            "text": "Please stay",
            "retinue_key": "d1",
        },
        "_update_existing_only": True,
        "app_id": "app-1",
    }


def test_a_campaign_is_triggered_for_one_customer_and_never_for_everybody(braze: Running) -> None:
    made = channel(braze, **CAMPAIGN)
    ready = prepared(made)
    assert made.send(ready, "d1") == Sent("dispatch-1", detail="queued")
    (effect,) = braze.effects()
    assert (effect["key"], effect["what"]["to"]) == ("d1", "u-42")
    assert effect["what"]["send_to_existing_only"] is True
    assert "broadcast" not in json.dumps(dict(ready.body))
    with pytest.raises(Refused, match="no id of Braze"):
        made.prepare(order(), contact(), None)


def test_success_with_errors_is_a_failure(braze: Running) -> None:
    made = channel(braze)
    braze.set(unknown=["u-42"])
    with pytest.raises(Refused, match="dropped"):
        made.send(prepared(made), "d1")
    assert braze.effects() == []


def test_no_word_of_success_is_unsure_but_queued_will_do(braze: Running) -> None:
    made = channel(braze)
    braze.set(message="perhaps")
    with pytest.raises(Unsure, match="without saying success"):
        made.send(prepared(made), "d1")
    braze.set(message="queued")
    assert made.send(prepared(made), "d2").detail == "queued"


@pytest.mark.parametrize("settings", [{}, CAMPAIGN], ids=["event", "campaign"])
@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage", "error_after"])
def test_after_a_lost_answer_nobody_can_tell(braze: Running, fault: Any, settings: dict[str, Any]) -> None:
    made = channel(braze, **settings)
    assert (made.capabilities.honours_keys, made.capabilities.looks_up) == (False, False)
    braze.inject(fault)
    with pytest.raises(Unsure):
        made.send(prepared(made), "d1")
    with pytest.raises(Unsure):
        made.look_up(prepared(made), "d1")
    # This is why it must not be sent again: Braze counts both.
    made.send(prepared(made), "d1")
    assert len(braze.effects("d1")) == 2


def test_a_limit_is_waited_for_until_its_reset(braze: Running) -> None:
    made = channel(braze)
    braze.set(wait=120)
    braze.inject("throttled")
    with pytest.raises(TryLater) as later:
        made.send(prepared(made), "d1")
    assert later.value.after is not None
    assert 115 <= later.value.after <= 122


@pytest.mark.parametrize(("fault", "kind"), [("unauthorised", ChannelDown), ("invalid", Refused)])
def test_what_the_answers_mean(braze: Running, fault: Any, kind: type[Exception]) -> None:
    made = channel(braze)
    braze.inject(fault)
    with pytest.raises(kind) as failed:
        made.send(prepared(made), "d1")
    assert "u-42" not in str(failed.value)
    assert KEY not in f"{failed.value!r}{made!r}"


def test_a_campaign_needs_its_id_and_broadcast_is_no_setting(tmp_path: Path) -> None:
    raw = {"api_key": KEY, "base_url": "http://x"}
    with pytest.raises(SettingsError, match="needs campaign"):
        BrazeChannel.from_settings("braze", {**raw, "action": "campaign"}, tmp_path)
    with pytest.raises(SettingsError, match="broadcast"):
        BrazeChannel.from_settings("braze", {**raw, "broadcast": True}, tmp_path)
