"""Exports: everybody once, in the order asked for, and no text that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.rest.conftest import HASHES, scores

from retinue.api.exporting import EXPORTED
from retinue.runs.customers import CUSTOMERS, Shared, write_customers
from retinue.runs.customers.leaving import rows_of

PATH = "/api/v1/exports/customers"


def test_csv_holds_everybody_with_names_and_numbers(service: Callable[..., Any], ran: str) -> None:
    answer = service().get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{ran}_customers.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == [*EXPORTED, "as_of"]
    assert [row["customer_id"] for row in rows] == [f"C{12345 + i}" for i in range(40)]
    assert (rows[0]["clv"], rows[1]["time_to_churn_days"]) == ("5420.5", "")
    assert {row["as_of"] for row in rows} == {"2026-02-14T00:00:00Z"}


def test_json_is_filtered_and_sorted_as_the_list_is(service: Callable[..., Any], ran: str) -> None:
    client = service()
    asked = {"value_tier": "Basic", "sort": "churn_probability", "order": "asc"}
    found = json.loads(client.get(PATH, params={**asked, "format": "json"}).text)
    listed = client.get("/api/v1/customers", params={**asked, "limit": 200}).json()["customers"]
    assert [row["customer_id"] for row in found] == [row["customer_id"] for row in listed]
    assert all(isinstance(row["clv"], float) for row in found)
    assert json.loads(client.get(PATH, params={"format": "json", "segment": "none"}).text) == []


def test_text_that_begins_like_a_formula_is_made_plain(
    service: Callable[..., Any], ran: str, tmp_path: Path
) -> None:
    from datetime import UTC, datetime

    evil = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "fine"]
    frame = scores(6).assign(segment=evil, mrr=-5.0)
    shared = Shared("run", ran, datetime(2026, 2, 14, tzinfo=UTC), "EUR", 0.4, HASHES)
    write_customers(tmp_path / ".retinue" / "runs" / ran / CUSTOMERS, shared, rows_of(frame, []), [])
    client = service()
    for text in (client.get(PATH).text, client.get(PATH, params={"format": "json"}).text):
        table = json.loads(text) if text.startswith("[") else list(csv.DictReader(io.StringIO(text)))
        assert [row["segment"] for row in table] == [*(f"'{one}" for one in evil[:5]), "fine"]
        assert {float(row["mrr"]) for row in table} == {-5.0}


def test_who_may_not_take_lists_away_is_refused(
    service: Callable[..., Any], ran: str, monkeypatch: Any
) -> None:
    from dataclasses import replace

    from retinue.api import access

    monkeypatch.setattr(access, "LOCAL", replace(access.LOCAL, roles=frozenset({"viewer", "csm"})))
    assert service().get(PATH).status_code == 403
