"""What GraphQL shows of customers is on record first, as with REST; where it cannot be, nothing is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.graphql.conftest import Graph, codes
from tests.api.rest.test_on_record import in_chain

from retinue.errors import AuditError

LIST = """{ customers(limit: 3) { customers {
  customerId decision risk { customerId } timeline(limit: 1) { next } } } }"""
ONE = '{ customer(customerId: "C12345") { clv } }'


def test_a_page_and_all_that_is_shown_with_it_are_on_record(own: Callable[..., Graph]) -> None:
    made = own()
    shown = made.data(LIST, "viewer")["customers"]["customers"]
    made.data(ONE, "viewer")
    names = [one["customerId"] for one in shown]
    found = in_chain(made.store, made.client)
    assert len({record.actor for record in found}) == 1
    details = [json.loads(record.detail) for record in found]
    assert sorted(one["what"] for one in details) == ["list", "profile", "profile", "timeline"]
    for record, detail in zip(found, details, strict=True):
        if record.kind == "customer":
            assert (record.object_id, detail["what"]) == ("C12345", "profile")
        else:
            assert detail["customers"] == names, detail["what"]
    assert sum(record.kind == "customer" for record in found) == 1


@pytest.mark.parametrize("ask", [LIST, ONE])
def test_what_cannot_be_put_on_record_is_not_shown(
    own: Callable[..., Graph], monkeypatch: pytest.MonkeyPatch, ask: str
) -> None:
    made = own()

    def full(*_: Any) -> None:
        raise AuditError("The file is full.")

    monkeypatch.setattr(made.app.state.door.readings.ahead, "put", full)
    body = made.post(ask).json()
    assert codes(body) == [503]
    assert list(body["data"].values()) == [None]
