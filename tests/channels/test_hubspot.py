"""Tasks and properties in HubSpot, against its double."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.channels.orders import contact, discount, order

from retinue.channels import ChannelDown, Message, Prepared, Refused, Sent, TryLater, Unsure
from retinue.channels.hubspot import HubSpotChannel, HubSpotSettings
from retinue.channels.section import read_section
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.hubspot import TOKEN

KEYED = {"key_property": "retinue_key"}
PROPERTIES = {"action": "properties", "properties": {"churn_probability": "churn_risk"}, "digits": 2}
OPENED: list[HubSpotChannel] = []


class Clock:
    """Seconds that go on when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("hubspot") as running:
        yield running


@pytest.fixture
def hub(double: Running) -> Iterator[Running]:
    double.reset()
    double.set(at="", late=False, policy="TEN_SECONDLY_ROLLING", remaining=990)
    yield double
    while OPENED:
        OPENED.pop().close()


def channel(double: Running, clock: Callable[[], float] | None = None, **settings: Any) -> HubSpotChannel:
    raw = {"token": TOKEN, "base_url": double.url, "read_seconds": 1, **settings}
    section = read_section(HubSpotSettings, "hub", raw, Path())
    OPENED.append(HubSpotChannel("hub", section, clock=clock or Clock()))
    return OPENED[-1]


def task(made: HubSpotChannel, name: str = "d1") -> Prepared:
    return made.prepare(order(discount(), name), contact(hubspot="501"), None)


def scores(made: HubSpotChannel, **facts: Any) -> Prepared:
    return made.prepare(order(facts={"churn_probability": 0.71234, **facts}), contact(), None)


def test_it_keeps_what_a_channel_promises(hub: Running) -> None:
    def make(url: str) -> HubSpotChannel:
        raw = {"token": TOKEN, "base_url": url, "read_seconds": 0.4, "whole_seconds": 2, **KEYED}
        return HubSpotChannel.from_settings("hub", {**raw, "settle_seconds": 0}, Path())

    check_channel(make, hub, contact=replace(CONTACT, ids={"hubspot": "501"}), secrets=[TOKEN])


def test_a_task_is_linked_to_its_contact(hub: Running) -> None:
    made = channel(hub, **KEYED, owner="77", priority="HIGH")
    message = Message("Call Ada", "First line <b>\nSecond")
    sent = made.send(made.prepare(order(), contact(hubspot="501"), message), "d1")
    (effect,) = hub.effects("d1")
    assert sent == Sent(effect["what"]["id"])
    assert effect["what"]["properties"] == {
        "hs_timestamp": "2026-03-05T09:30:00Z",
        "hs_task_subject": "Call Ada",
        "hs_task_body": "First line &lt;b&gt;<br>Second",
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH",
        "hs_task_type": "TODO",
        "hubspot_owner_id": "77",
        "retinue_key": "d1",
    }
    assert effect["what"]["associations"][0]["to"] == {"id": "501"}


def test_the_type_of_the_link_is_asked_once_unless_it_is_set(hub: Running) -> None:
    made = channel(hub, **KEYED)
    made.send(task(made), "d1")
    made.send(task(made, "d2"), "d2")
    assert len([c for c in hub.calls() if c["path"].endswith("/labels")]) == 1
    told = channel(hub, association_type=204)
    told.send(task(told, "d3"), "d3")
    assert len([c for c in hub.calls() if c["path"].endswith("/labels")]) == 1
    assert len(hub.effects()) == 3


def test_a_link_that_cannot_be_asked_for_is_tried_later(hub: Running) -> None:
    made = channel(hub, **KEYED)
    hub.set(at="GET /crm/v4")
    hub.inject("lost_answer")
    with pytest.raises(TryLater):
        made.send(task(made), "d1")
    assert hub.effects() == []


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage", "error_after"])
def test_a_lost_task_is_found_by_its_key(hub: Running, fault: Any) -> None:
    made = channel(hub, **KEYED)
    assert (made.capabilities.honours_keys, made.capabilities.looks_up) == (False, True)
    hub.inject(fault)
    with pytest.raises(Unsure):
        made.send(task(made), "d1")
    assert made.look_up(task(made), "d1") == Sent(hub.effects("d1")[0]["what"]["id"], replayed=True)


def test_a_task_that_is_not_found_counts_as_missing_only_when_the_search_has_settled(hub: Running) -> None:
    clock = Clock()
    made = channel(hub, clock, **KEYED, settle_seconds=60)
    clock.now += 3600
    hub.set(late=True)
    hub.inject("lost_answer")
    with pytest.raises(Unsure):
        made.send(task(made), "d1")
    clock.now += 59
    with pytest.raises(Unsure, match="may not know"):
        made.look_up(task(made), "d1")
    clock.now += 1
    assert made.look_up(task(made), "d1") is None
    hub.set(late=False)
    assert made.look_up(task(made), "d1") is not None


def test_after_a_restart_the_search_gets_its_time_as_well(hub: Running) -> None:
    clock = Clock()
    made = channel(hub, clock, **KEYED, settle_seconds=60)
    with pytest.raises(Unsure, match="may not know"):
        made.look_up(task(made), "d1")
    clock.now += 60
    assert made.look_up(task(made), "d1") is None


def test_without_a_key_property_nobody_can_tell(hub: Running) -> None:
    made = channel(hub)
    assert not made.capabilities.looks_up
    made.send(task(made), "d1")
    with pytest.raises(Unsure, match="key_property"):
        made.look_up(task(made), "d1")


def test_properties_are_set_by_email(hub: Running) -> None:
    made = channel(hub, **PROPERTIES)
    assert (made.capabilities.kind, made.capabilities.needs) == ("sync", "email")
    first = made.send(scores(made), "d1")
    assert first.detail == "a new contact was made"
    assert made.send(scores(made), "d1") == Sent(first.reference)
    assert hub.effects("d1")[0]["what"]["properties"] == {"churn_risk": "0.71"}
    assert hub.effects("d1")[0]["what"]["id"] == "ada@example.org"


def test_properties_are_set_by_a_property_of_your_own(hub: Running) -> None:
    made = channel(hub, **PROPERTIES, id_property="customer_number", id_name="number")
    made.send(made.prepare(order(facts={"churn_probability": True}), contact(number="N7"), None), "d1")
    what = hub.effects("d1")[0]["what"]
    assert (what["id"], what["idProperty"]) == ("N7", "customer_number")
    assert what["properties"] == {"churn_risk": "true"}


def test_a_207_is_a_failure_and_its_words_are_not_passed_on(hub: Running) -> None:
    made = channel(hub, **{**PROPERTIES, "properties": {"churn_probability": "no_such_property"}})
    with pytest.raises(Refused) as refused:
        made.send(scores(made), "d1")
    assert refused.value.reason == "HubSpot answered 207, and that it failed (VALIDATION_ERROR)"
    assert hub.effects() == []


@pytest.mark.parametrize(
    ("policy", "after"), [("TEN_SECONDLY_ROLLING", 10.0), ("DAILY", 3600.0)], ids=["burst", "day"]
)
def test_how_long_to_wait_depends_on_the_policy(hub: Running, policy: str, after: float) -> None:
    made = channel(hub, **PROPERTIES)
    hub.set(policy=policy)
    hub.inject("throttled")
    with pytest.raises(TryLater, match="RATE_LIMITS") as later:
        made.send(scores(made), "d1")
    assert later.value.after == after
    hub.inject("throttled_wait", retry_after=3)
    with pytest.raises(TryLater) as later:
        made.send(scores(made), "d1")
    assert later.value.after == 3


def test_near_the_limit_calls_are_left_to_the_business(hub: Running) -> None:
    clock = Clock()
    made = channel(hub, clock, **PROPERTIES, most_usage=0.9)
    hub.set(remaining=90)
    made.send(scores(made), "d1")
    with pytest.raises(TryLater, match="910 of the day's 1000 calls"):
        made.send(scores(made), "d2")
    clock.now += 900
    made.send(scores(made), "d2")
    assert len(hub.effects()) == 2


@pytest.mark.parametrize(
    ("fault", "kind"), [("unauthorised", ChannelDown), ("invalid", Refused), ("error_before", Unsure)]
)
def test_what_the_answers_mean(hub: Running, fault: Any, kind: type[Exception]) -> None:
    made = channel(hub, **PROPERTIES)
    hub.inject(fault)
    with pytest.raises(kind) as failed:
        made.send(scores(made), "d1")
    assert "ada" not in str(failed.value)
    assert TOKEN not in f"{failed.value!r}{made!r}"


def test_a_customer_who_is_not_in_hubspot_is_refused(hub: Running) -> None:
    made = channel(hub)
    with pytest.raises(Refused, match="no id under 'hubspot'"):
        made.prepare(order(), contact(), None)
    with pytest.raises(Refused, match="not a number") as refused:
        made.prepare(order(), contact(hubspot="ada@example.org"), None)
    assert "ada" not in refused.value.reason


def test_a_misspelt_key_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="key_propety") as error:
        HubSpotChannel.from_settings("hub", {"token": TOKEN, "key_propety": "a"}, tmp_path)
    assert "key_property" in error.value.fix
