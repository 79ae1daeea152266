"""Events in Klaviyo, against its double."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.channels.orders import contact, credit, order

from retinue.channels import ChannelDown, Message, Prepared, Refused, Sent, TryLater, Unsure
from retinue.channels.klaviyo import KlaviyoChannel
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.klaviyo import KEY

OPENED: list[KlaviyoChannel] = []


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("klaviyo") as running:
        yield running


@pytest.fixture
def klaviyo(double: Running) -> Iterator[Running]:
    double.reset()
    yield double
    while OPENED:
        OPENED.pop().close()


def channel(double: Running, **settings: Any) -> KlaviyoChannel:
    raw = {"api_key": KEY, "base_url": double.url, "read_seconds": 1, **settings}
    OPENED.append(KlaviyoChannel.from_settings("klaviyo", raw, Path()))
    return OPENED[-1]


def prepared(made: KlaviyoChannel, name: str = "d1") -> Prepared:
    return made.prepare(order(credit(), name), contact(klaviyo="k-42"), Message("Stay", "Please", "<p>x</p>"))


def test_it_keeps_what_a_channel_promises(klaviyo: Running) -> None:
    def make(url: str) -> KlaviyoChannel:
        raw = {"api_key": KEY, "base_url": url, "read_seconds": 0.4, "whole_seconds": 2}
        return KlaviyoChannel.from_settings("klaviyo", raw, Path())

    check_channel(make, klaviyo, secrets=[KEY])


def test_an_event_is_taken_with_its_key_as_unique_id(klaviyo: Running) -> None:
    made = channel(klaviyo)
    assert made.send(prepared(made), "d1") == Sent("d1", detail="queued")
    (effect,) = klaviyo.effects("d1")
    what = effect["what"]
    assert what["metric"]["data"]["attributes"]["name"] == "Retention offer"
    assert what["profile"]["data"] == {"type": "profile", "attributes": {"email": "ada@example.org"}}
    assert what["time"] == "2026-03-02T09:30:00+00:00"
    assert what["properties"]["offer"] == "fixed_credit"
    assert what["properties"]["html"] == "<p>x</p>"
    # What the offer costs us is nobody's business there.
    assert "value" not in what


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "slow", "error_after"])
def test_the_same_key_counts_once(klaviyo: Running, fault: Any) -> None:
    made = channel(klaviyo)
    assert made.capabilities.honours_keys
    klaviyo.inject(fault, seconds=3)
    with pytest.raises(Unsure):
        made.send(prepared(made), "d1")
    made.send(prepared(made), "d1")
    assert len(klaviyo.effects()) == 1
    assert len([c for c in klaviyo.calls() if c["path"] == "/api/events"]) == 2


def test_two_deliveries_in_one_second_are_two_events(klaviyo: Running) -> None:
    made = channel(klaviyo)
    made.send(prepared(made), "d1")
    made.send(prepared(made, "d2"), "d2")
    assert [effect["key"] for effect in klaviyo.effects()] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("identify", "profile"),
    [
        ("external_id", {"type": "profile", "attributes": {"external_id": "k-42"}}),
        ("id", {"type": "profile", "id": "k-42", "attributes": {}}),
    ],
)
def test_a_profile_may_be_named_by_an_id(klaviyo: Running, identify: str, profile: dict[str, Any]) -> None:
    made = channel(klaviyo, identify=identify)
    made.send(prepared(made), "d1")
    assert klaviyo.effects()[0]["what"]["profile"]["data"] == profile
    assert made.capabilities.needs == "ids.klaviyo"
    with pytest.raises(Refused, match="'klaviyo'"):
        made.prepare(order(), contact(), None)


def test_a_limit_says_how_long_to_wait(klaviyo: Running) -> None:
    made = channel(klaviyo)
    klaviyo.inject("throttled_wait", retry_after=12)
    with pytest.raises(TryLater, match="throttled") as later:
        made.send(prepared(made), "d1")
    assert later.value.after == 12


@pytest.mark.parametrize(
    ("fault", "kind"), [("unauthorised", ChannelDown), ("invalid", Refused), ("error_before", Unsure)]
)
def test_what_the_answers_mean(klaviyo: Running, fault: Any, kind: type[Exception]) -> None:
    made = channel(klaviyo)
    klaviyo.inject(fault)
    with pytest.raises(kind) as failed:
        made.send(prepared(made), "d1")
    assert "ada" not in str(failed.value)
    assert KEY not in f"{failed.value!r}{made!r}"


def test_a_revision_is_a_date(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="revision"):
        KlaviyoChannel.from_settings("klaviyo", {"api_key": KEY, "revision": "newest"}, tmp_path)
