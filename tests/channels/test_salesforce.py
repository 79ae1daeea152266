"""Tasks and fields in Salesforce, against its double."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.channels.orders import PLANNED, contact, discount, order

from retinue.channels import ChannelDown, Message, Prepared, Refused, Sent, TryLater, Unsure
from retinue.channels.salesforce import SalesforceChannel
from retinue.channels.salesforce_api import usage_of
from retinue.errors import SettingsError
from retinue.testing import check_channel
from retinue.testing.channels import CONTACT
from retinue.testing.doubles import Running, start
from retinue.testing.doubles.salesforce import CLIENT

WHO = "003000000000001AAA"
ACCOUNT = "001000000000001AAA"
KEYED = {"task_key_field": "Retinue_Key__c"}
FIELDS = {
    "action": "fields",
    "fields": {"churn_probability": "Churn_Risk__c", "value_tier": "Value_Tier__c"},
    "marker_field": "Retinue_Updated__c",
    "digits": 2,
}
OPENED: list[SalesforceChannel] = []


@pytest.fixture(scope="module")
def double() -> Iterator[Running]:
    with start("salesforce") as running:
        yield running


@pytest.fixture
def crm(double: Running) -> Iterator[Running]:
    double.reset()
    double.set(at="", locked=0, unsaved=0, usage="18/5000", expire=True)
    double.set(put=[{"object": "Contact", "Id": WHO, "LastName": "Lovelace"}])
    yield double
    while OPENED:
        OPENED.pop().close()


def channel(double: Running, **settings: Any) -> SalesforceChannel:
    raw = {**CLIENT, "base_url": double.url, "read_seconds": 1, **settings}
    OPENED.append(SalesforceChannel.from_settings("crm", raw, Path()))
    return OPENED[-1]


def task(made: SalesforceChannel, name: str = "d1", who: str = WHO) -> Prepared:
    asked = order(discount(), name, facts={"reasons": ["No login for 19 days"]})
    return made.prepare(asked, contact(salesforce=who), None)


def scores(made: SalesforceChannel, days: int = 0, **facts: Any) -> Prepared:
    asked = replace(
        order(facts={"churn_probability": 0.71234, **facts}), planned_at=PLANNED + timedelta(days=days)
    )
    return made.prepare(asked, contact(salesforce=WHO), None)


def writes(double: Running) -> list[dict[str, Any]]:
    return [c for c in double.calls() if c["method"] != "GET" and not c["path"].endswith("/token")]


def logins(double: Running) -> int:
    return len([c for c in double.calls() if c["path"].endswith("/token")])


@pytest.mark.parametrize("keyed", [KEYED, {}], ids=["by external id", "by description"])
def test_it_keeps_what_a_channel_promises(crm: Running, keyed: dict[str, str]) -> None:
    def make(url: str) -> SalesforceChannel:
        raw = {**CLIENT, **keyed, "base_url": url, "read_seconds": 0.4, "whole_seconds": 2}
        return SalesforceChannel.from_settings("crm", raw, Path())

    person = replace(CONTACT, ids={"salesforce": WHO})
    check_channel(make, crm, contact=person, secrets=[CLIENT["client_secret"]])


# Tasks ----------------------------------------------------------------------------------------------


def test_a_task_is_made_under_its_external_id(crm: Running) -> None:
    made = channel(crm, **KEYED, owner="005000000000001")
    sent = made.send(task(made), "d1")
    (effect,) = crm.effects("d1")
    assert sent == Sent(effect["what"]["id"])
    assert effect["what"] == {
        "object": "Task",
        "id": sent.reference,
        "Subject": "Talk to customer 42 (retention)",
        "Description": "Offer: percentage discount 15\nWhy: No login for 19 days",
        "ActivityDate": "2026-03-05",
        "WhoId": WHO,
        "OwnerId": "005000000000001",
    }
    assert made.capabilities.honours_keys


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage", "error_after"])
def test_by_external_id_a_lost_answer_makes_no_second_task(crm: Running, fault: Any) -> None:
    made = channel(crm, **KEYED)
    crm.inject(fault)
    with pytest.raises(Unsure):
        made.send(task(made), "d1")
    again = made.send(task(made), "d1")
    assert again.replayed
    assert len(crm.effects("d1")) == 1
    assert made.look_up(task(made), "d1") == Sent(again.reference, replayed=True)


def test_a_second_try_does_not_open_a_task_that_a_colleague_closed(crm: Running) -> None:
    made = channel(crm, **KEYED)
    name = made.send(task(made), "d1").reference
    crm.set(put=[{"object": "Task", "Id": name, "Retinue_Key__c": "d1", "Status": "Completed"}])
    made.send(task(made), "d1")
    with contextlib.closing(sqlite3.connect(crm.witness)) as db:
        (found,) = db.execute("SELECT what FROM things WHERE kind = 'Task'").fetchall()
    assert json.loads(found[0])["Status"] == "Completed"


def test_a_key_is_encoded_in_the_path(crm: Running) -> None:
    made = channel(crm, **KEYED)
    made.send(task(made), "a/b c?d")
    assert crm.effects("a/b c?d")
    assert made.look_up(task(made), "a/b c?d") is not None
    assert made.look_up(task(made), "a") is None


def test_several_records_of_one_external_id_are_refused(crm: Running) -> None:
    made = channel(crm, **KEYED)
    twins = [{"object": "Task", "Id": name, "Retinue_Key__c": "d1"} for name in ("00T1", "00T2")]
    crm.set(put=twins)
    with pytest.raises(Refused, match="300"):
        made.send(task(made), "d1")
    assert crm.effects() == []


@pytest.mark.parametrize("fault", ["lost_answer", "half_answer", "garbage", "error_after"])
def test_without_the_field_a_lost_task_is_found_by_its_description(crm: Running, fault: Any) -> None:
    made = channel(crm)
    assert not made.capabilities.honours_keys
    assert made.look_up(task(made), "d1") is None
    crm.inject(fault)
    with pytest.raises(Unsure):
        made.send(task(made), "d1")
    found = made.look_up(task(made), "d1")
    assert found is not None
    assert found.reference == crm.effects("d1")[0]["what"]["id"]
    assert made.look_up(task(made), "d") is None
    assert made.look_up(task(made), "d1.2") is None


def test_too_many_tasks_to_look_through_are_unsure(crm: Running) -> None:
    made = channel(crm)
    row = {"WhoId": WHO, "Description": "", "CreatedDate": "2026-03-02T10:00:00.000+0000"}
    crm.set(put=[{"object": "Task", "Id": f"00T{number}", **row} for number in range(200)])
    with pytest.raises(Unsure, match="too many"):
        made.look_up(task(made), "d1")


def test_an_account_is_what_a_task_is_about(crm: Running) -> None:
    made = channel(crm, **KEYED, id_name="salesforce_account")
    ready = made.prepare(order(), contact(salesforce_account=ACCOUNT), Message("Call", "Please call"))
    made.send(ready, "d1")
    what = crm.effects("d1")[0]["what"]
    assert (what["WhatId"], what["Subject"], what["Description"]) == (ACCOUNT, "Call", "Please call")
    assert made.capabilities.needs == "ids.salesforce_account"


def test_success_false_inside_of_a_200_is_a_failure(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.set(unsaved=1)
    with pytest.raises(Refused, match="that it failed"):
        made.send(task(made), "d1")


@pytest.mark.parametrize("who", ["", "003' OR Id != '", "003", "../Contact/0030000"])
def test_an_id_of_another_form_is_refused_and_not_repeated(crm: Running, who: str) -> None:
    with pytest.raises(Refused) as refused:
        task(channel(crm), who=who)
    assert not who or who not in refused.value.reason


# Fields ---------------------------------------------------------------------------------------------


def test_facts_are_written_rounded_and_marked(crm: Running) -> None:
    made = channel(crm, **FIELDS)
    assert made.capabilities.kind == "sync"
    assert made.send(scores(made, value_tier="Gold"), "d1") == Sent(WHO)
    (effect,) = crm.effects(WHO)
    assert effect["what"] == {
        "object": "Contact",
        "Churn_Risk__c": 0.71,
        "Value_Tier__c": "Gold",
        "Retinue_Updated__c": "2026-03-02T09:30:00Z",
    }


def test_what_has_not_changed_is_not_written(crm: Running) -> None:
    made = channel(crm, **FIELDS)
    made.send(scores(made), "d1")
    sent = made.send(scores(made, days=1, churn_probability=0.7145), "d2")
    assert sent.detail == "unchanged"
    made.send(scores(made, days=1, churn_probability=0.716), "d3")
    assert [effect["what"]["Churn_Risk__c"] for effect in crm.effects()] == [0.71, 0.72]


def test_an_older_plan_does_not_overwrite_a_newer_one(crm: Running) -> None:
    made = channel(crm, **FIELDS)
    made.send(scores(made, days=1, churn_probability=0.2), "d2")
    assert made.send(scores(made), "d1").detail == "newer values are there"
    assert [effect["what"]["Churn_Risk__c"] for effect in crm.effects()] == [0.2]


@pytest.mark.parametrize("fault", ["lost_answer", "error_after"])
def test_fields_after_a_lost_answer(crm: Running, fault: Any) -> None:
    made = channel(crm, **FIELDS)
    assert made.look_up(scores(made), "d1") is None
    crm.inject(fault)
    with pytest.raises(Unsure):
        made.send(scores(made), "d1")
    assert made.look_up(scores(made), "d1") == Sent(WHO, replayed=True)
    assert made.send(scores(made), "d1").replayed
    assert len(crm.effects()) == 1


def test_an_order_without_any_of_the_facts_is_refused(crm: Running) -> None:
    made = channel(crm, **FIELDS)
    with pytest.raises(Refused, match="none of the facts"):
        made.prepare(order(facts={"clv": 3}), contact(salesforce=WHO), None)
    with pytest.raises(Refused, match="'value_tier' is neither"):
        made.prepare(order(facts={"value_tier": ["Gold"]}), contact(salesforce=WHO), None)


# Log-in, limits, faults -----------------------------------------------------------------------------


def test_one_log_in_serves_until_a_401_and_then_one_more(crm: Running) -> None:
    made = channel(crm, **KEYED)
    made.send(task(made), "d1")
    made.send(task(made, "d2"), "d2")
    assert logins(crm) == 1
    crm.set(expire=True)
    made.send(task(made, "d3"), "d3")
    assert logins(crm) == 2
    assert len(crm.effects()) == 3


def test_a_401_after_a_fresh_log_in_pauses_the_channel(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.inject("unauthorised", times=2)
    with pytest.raises(ChannelDown, match="INVALID_SESSION_ID"):
        made.send(task(made), "d1")
    assert logins(crm) == 2


def test_a_wrong_secret_pauses_the_channel_and_is_not_shown(crm: Running) -> None:
    wrong = {"client_secret": "wrong-secret"}
    made = channel(crm, **wrong)
    with pytest.raises(ChannelDown, match="invalid_client_id") as down:
        made.send(task(made), "d1")
    assert "wrong-secret" not in f"{down.value!r}{made!r}"


@pytest.mark.parametrize("fault", ["lost_answer", "error_before", "garbage"])
def test_a_log_in_that_is_not_answered_is_tried_later(crm: Running, fault: Any) -> None:
    made = channel(crm, **KEYED)
    crm.set(at="POST /services/oauth2/token")
    crm.inject(fault)
    with pytest.raises(TryLater, match="log-in"):
        made.send(task(made), "d1")
    assert crm.effects() == []
    made.send(task(made), "d1")


def test_calls_of_the_day_used_up_are_a_403_and_mean_later(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.inject("throttled")
    with pytest.raises(TryLater, match="REQUEST_LIMIT_EXCEEDED") as later:
        made.send(task(made), "d1")
    assert later.value.after == 900


def test_near_the_limit_calls_are_left_to_the_business(crm: Running) -> None:
    made = channel(crm, **KEYED, most_usage=0.9)
    crm.set(usage="4501/5000")
    made.send(task(made), "d1")
    with pytest.raises(TryLater, match="4501 of the day's 5000 calls"):
        made.send(task(made, "d2"), "d2")
    assert len(writes(crm)) == 1


def test_a_locked_row_is_tried_later(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.set(locked=1)
    with pytest.raises(TryLater, match="UNABLE_TO_LOCK_ROW"):
        made.send(task(made), "d1")
    made.send(task(made), "d1")


def test_what_salesforce_repeats_of_a_request_is_not_passed_on(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.inject("invalid")
    with pytest.raises(Refused) as refused:
        made.send(task(made), "d1")
    assert refused.value.reason == "Salesforce answered 400 (FIELD_CUSTOM_VALIDATION_EXCEPTION)"


def test_a_look_up_that_fails_is_unsure(crm: Running) -> None:
    made = channel(crm, **KEYED)
    crm.set(at="GET /services/data")
    crm.inject("lost_answer")
    with pytest.raises(Unsure):
        made.look_up(task(made), "d1")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=10018/100000; api-bursts=1/750; per-app-api-usage=17/250(appName=x)", (10018, 100000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=18/5000", (18, 5000)),
        ("per-app-api-usage=17/250(appName=x)", None),
        ("", None),
        ("api-usage=many", None),
    ],
)
def test_the_limit_header_in_all_its_forms(header: str, found: tuple[int, int] | None) -> None:
    assert usage_of(header) == found


def test_the_shared_host_is_refused_in_the_settings(tmp_path: Path) -> None:
    raw = {**CLIENT, "base_url": "https://login.salesforce.com"}
    with pytest.raises(SettingsError, match="My Domain"):
        SalesforceChannel.from_settings("crm", raw, tmp_path)
    raw |= {"base_url": "http://x", "action": "fields", "client_secret": "shown-to-nobody"}
    with pytest.raises(SettingsError, match="needs fields") as error:
        SalesforceChannel.from_settings("crm", raw, tmp_path)
    assert "shown-to-nobody" not in str(error.value)
    with pytest.raises(SettingsError, match="task_key_feild") as error:
        SalesforceChannel.from_settings("crm", {**CLIENT, "task_key_feild": "a"}, tmp_path)
    assert "task_key_field" in error.value.fix
