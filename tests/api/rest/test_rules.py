"""The rules of the business over HTTP: looked at, checked, put in force by whoever saw what they replace."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.conftest import NOW

from retinue.decisions.tables import examples as put
from retinue.runs.rules import RuleBook
from retinue.security import PERMISSIONS
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.audit.reading import search

RULES = "/api/v1/rules"
EXAMPLE = {
    "name": "Worth a call",
    "given": {"churn_probability": 0.7, "clv": 2001.0, "cost": 10.0},
    "expect": {"rule": "worth_a_call"},
}


@pytest.fixture
def client(service: Callable[..., Any]) -> Any:
    return service()


def document(client: Any) -> dict[str, Any]:
    """The rules in force with one row more: whoever is worth more than 2000 is called."""
    found: dict[str, Any] = client.get(f"{RULES}/live").json()["document"]
    row = {"_id": "call", "_description": "We call first.", "risk": "> 0.6", "value": "> 2000", "cost": ""}
    rows(found).insert(1, {**row, "route": '"manual_review"', "rule": '"worth_a_call"'})
    return found


def rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = found["nodes"][1]["content"]["rules"]
    return table


def tag(client: Any) -> dict[str, str]:
    return {"If-Match": client.get(f"{RULES}/live").headers["etag"]}


def sent(client: Any, **more: Any) -> dict[str, Any]:
    return {"document": document(client), "examples": [EXAMPLE], "reason": "sales asked", **more}


def test_an_editor_learns_what_may_be_asked_and_given(client: Any) -> None:
    found = client.get(f"{RULES}/facts").json()
    by_name = {fact["name"]: fact for fact in found["facts"]}
    assert (by_name["churn_probability"]["most"], by_name["clv"]["most"]) == (1.0, None)
    assert "Premium" in by_name["value_tier"]["values"]
    outputs = {one["name"]: one["values"] for one in found["outputs"]}
    assert outputs["urgency"] == ["HIGH", "MEDIUM", "LOW"]
    assert outputs["rule"] is None


def test_what_is_wrong_is_told_with_its_place_and_nothing_is_kept(client: Any) -> None:
    body = document(client)
    rows(body)[1]["value"] = "> 2,000"
    rows(body)[2]["route"] = '"manual"'
    found = client.post(f"{RULES}/check", json={"document": body}).json()
    assert found["sound"] is False
    places = {one["where"] for one in found["mistakes"] if one["level"] == "error"}
    assert places == {"Routing, row 2, column Customer lifetime value", "Routing, row 3, column route"}
    assert found["differences"] is None
    assert client.get(RULES).json()["versions"] == []


def test_a_sound_document_is_put_to_its_examples_and_beside_the_rules_in_force(client: Any) -> None:
    wrong = {**EXAMPLE, "name": "Worth less", "given": {**EXAMPLE["given"], "clv": 10.0}}  # type: ignore[dict-item]
    asked = {"document": document(client), "examples": [EXAMPLE, wrong]}
    found = client.post(f"{RULES}/check", json=asked).json()
    assert found["sound"] is True
    assert [(one["name"], one["holds"]) for one in found["examples"]] == [
        ("Worth a call", True),
        ("Worth less", False),
    ]
    assert found["examples"][1]["wrong"] == {"rule": ["worth_a_call", "low_value_low_risk"]}
    (said,) = found["differences"]
    assert said.startswith("Routing: row 2 'worth_a_call' is new")


def test_an_example_that_cannot_be_put_is_told_beside_the_rules(client: Any) -> None:
    asked = {"document": document(client), "examples": [{**EXAMPLE, "given": {"chrn": 1.0}}]}
    found = client.post(f"{RULES}/check", json=asked).json()
    assert found["sound"] is True
    (wrong,) = [one for one in found["mistakes"] if one["level"] == "error"]
    assert (wrong["where"], wrong["what"]) == ("examples, Worth a call", "There is no fact 'chrn'.")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"nodes": [], "edges": []},
        {"nodes": [{"id": [], "type": "decisionTableNode"}], "edges": [{"sourceId": {}, "targetId": []}]},
        {"nodes": [{"id": "a", "type": "inputNode"}] * 2, "edges": [{}]},
    ],
)
def test_what_is_no_document_of_rules_is_told_and_no_error_of_ours(client: Any, body: Any) -> None:
    answer = client.post(f"{RULES}/check", json={"document": body})
    assert (answer.status_code, answer.json()["sound"]) == (200, False)
    kept = client.post(RULES, json={"document": body, "reason": "x"}, headers=tag(client))
    assert (kept.status_code, kept.json()["code"]) == (400, "RTN-0120")


LARGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "rows": lambda d: rows(d).extend(copy.deepcopy(rows(d)[0]) for _ in range(400)),
    "nodes": lambda d: d["nodes"].extend({} for _ in range(400)),
    "edges": lambda d: d["edges"].extend({} for _ in range(400)),
    "columns": lambda d: d["nodes"][1]["content"]["inputs"].extend({} for _ in range(400)),
    "cells": lambda d: rows(d)[0].update({f"c{number}": "" for number in range(400)}),
    "characters": lambda d: rows(d)[0].update(value=", ".join(map(str, range(20_000)))),
}


@pytest.mark.parametrize("what", LARGE)
def test_a_document_that_is_too_large_is_refused_before_it_is_looked_at(client: Any, what: str) -> None:
    body = document(client)
    LARGE[what](body)
    answer = client.post(f"{RULES}/check", json={"document": body})
    assert (answer.status_code, what in answer.text) == (422, True)


def test_of_very_many_mistakes_the_first_are_told(client: Any) -> None:
    body = document(client)
    names = (f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz")
    rows(body)[1]["value"] = " ".join(names)
    found = client.post(f"{RULES}/check", json={"document": body}).json()
    assert (found["sound"], len(found["mistakes"])) == (False, 200)


def test_many_examples_are_put_to_a_table_that_is_read_once(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    class Counted(put.Asked):
        def __init__(self, table: Any, rows: Any) -> None:
            read.append(table.name)
            super().__init__(table, rows)

    monkeypatch.setattr(put, "Asked", Counted)
    told = [{**EXAMPLE, "given": {**EXAMPLE["given"], "clv": 1_990.0 + i}} for i in range(40)]  # type: ignore[dict-item]
    found = client.post(f"{RULES}/check", json={"document": document(client), "examples": told}).json()
    assert [one["holds"] for one in found["examples"]] == [i > 10 for i in range(40)]
    assert len(read) == len(set(read))


@pytest.mark.parametrize("part", ["given", "expect"])
def test_half_a_character_in_an_example_is_refused(client: Any, part: str) -> None:
    body = {"document": document(client), "examples": [{**EXAMPLE, part: {"rule": "\ud800"}}]}
    text = json.dumps(body)
    answer = client.post(f"{RULES}/check", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_rules_are_put_in_force_and_taken_back_on_record(client: Any, store: Store) -> None:
    made = client.post(RULES, json=sent(client), headers=tag(client))
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{RULES}/1"
    assert (made.json()["in_force"], made.json()["who"], made.json()["reason"]) == (
        True,
        "local",
        "sales asked",
    )
    assert rows(client.get(f"{RULES}/live").json()["document"])[1]["_id"] == "call"
    (kept,) = client.get(f"{RULES}/live/examples").json()["examples"]
    assert kept["expect"] == {"rule": "worth_a_call"}
    said = client.get(f"{RULES}/compare", params={"old": "built-in", "new": "1"}).json()["differences"]
    assert len(said) == 1
    back = client.post(RULES, json={"rules": "built-in", "reason": "too many calls"}, headers=tag(client))
    assert (back.status_code, back.json()["number"]) == (201, 2)
    made_live = search(store, action="rules.live")
    assert [(one.actor, one.object_id) for one in made_live[::-1]] == [("local", "1"), ("local", "2")]
    again = client.post(RULES, json={"rules": "1", "reason": "after all"}, headers=tag(client))
    assert again.json()["number"] == 3
    assert client.get(f"{RULES}/3/examples").json()["examples"][0]["name"] == "Worth a call"


def test_nothing_is_put_in_force_that_was_not_seen_or_may_not_decide(client: Any) -> None:
    good = sent(client)
    assert client.post(RULES, json=good).status_code == 422
    old = client.post(RULES, json=good, headers={"If-Match": f'"{"0" * 64}"'})
    assert (old.status_code, old.json()["where"]) == (412, "If-Match")
    failing = {**EXAMPLE, "expect": {"route": "auto_execute"}}
    for examples, said in (([failing], "do not come out"), ([], "no example"), (None, "no example")):
        answer = client.post(RULES, json={**good, "examples": examples}, headers=tag(client))
        assert (answer.status_code, answer.json()["code"]) == (400, "RTN-0120"), answer.text
        assert said in answer.json()["detail"]
    assert client.post(RULES, json={**good, "rules": "1"}, headers=tag(client)).status_code == 422
    assert client.post(RULES, json={**good, "reason": ""}, headers=tag(client)).status_code == 422
    unknown = client.post(RULES, json={"rules": "7", "reason": "x"}, headers=tag(client))
    assert unknown.status_code == 404
    assert client.get(RULES).json()["versions"] == []


def test_a_draft_decides_nothing_and_replaces_nothing(client: Any) -> None:
    draft = client.post(RULES, json=sent(client, state="draft"))
    assert (draft.status_code, draft.json()["in_force"]) == (201, False)
    assert client.get(f"{RULES}/live").json()["number"] == 0
    made = client.post(RULES, json={"rules": "1", "reason": "agreed"}, headers=tag(client))
    assert (made.status_code, made.json()["number"]) == (201, 2), made.text


def test_of_two_who_replace_the_same_rules_one_is_told(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, seen = RuleBook.keep, tag(client)
    other: list[Any] = []

    def keep(self: RuleBook, *given: Any, **more: Any) -> Any:
        if not other:  # somebody else is quicker, after both were let through
            other.append(None)
            other[0] = client.post(RULES, json=sent(client, reason="quicker"), headers=seen)
        return whole(self, *given, **more)

    monkeypatch.setattr(RuleBook, "keep", keep)
    asked = sent(client, reason="late")
    rows(asked["document"])[1]["value"] = "> 1900"
    late = client.post(RULES, json=asked, headers=seen)
    assert other[0].status_code == 201, other[0].text
    assert (late.status_code, late.json()["where"]) == (412, "If-Match")
    assert [one["reason"] for one in client.get(RULES).json()["versions"]] == ["quicker"]


def test_the_same_request_sent_twice_makes_one_version(client: Any) -> None:
    asked = {"json": sent(client), "headers": {**tag(client), "Idempotency-Key": "k"}}
    first, second = client.post(RULES, **asked), client.post(RULES, **asked)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert len(client.get(RULES).json()["versions"]) == 1


def test_only_who_may_change_rules_changes_them(client: Any, store: Store) -> None:
    able = [name for name, one in PERMISSIONS.items() if "approver" in one.roles]
    key, _ = make_api_key(store, "k", able, role="approver", by="ada", now=NOW)
    client.headers["X-API-Key"] = key
    asked = sent(client)
    assert client.post(RULES, json=asked, headers=tag(client)).status_code == 403
    assert client.post(f"{RULES}/check", json={"document": asked["document"]}).status_code == 200


def test_trying_needs_a_run_and_one_thing_to_try(client: Any) -> None:
    assert client.post(f"{RULES}/try", json={"document": document(client)}).status_code == 404
    assert client.post(f"{RULES}/try", json={}).status_code == 422
    both = {"document": document(client), "rules": "built-in"}
    assert client.post(f"{RULES}/try", json=both).status_code == 422
    assert client.post(f"{RULES}/try", json={"document": {}}).status_code == 400
