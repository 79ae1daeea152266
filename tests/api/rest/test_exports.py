"""Exports: everybody once, in the order asked for, and no text that a spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.rest.conftest import CAMPAIGN, HASHES, scores, shared_of
from tests.campaigns.witness import NOW

from retinue.api.exporting import EXPORTED
from retinue.runs.customers import CUSTOMERS, Shared, write_customers
from retinue.runs.customers.leaving import rows_of
from retinue.store import Store
from retinue.store.deliveries import Draft
from retinue.store.outbox import draft_in

PATH = "/api/v1/exports/customers"


def test_csv_holds_everybody_with_names_and_numbers(service: Callable[..., Any], ran: str) -> None:
    answer = service().get(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{ran}_customers.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert list(rows[0]) == list(EXPORTED)
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


# --- Every list that is taken away ----------------------------------------------------------------------

EVIL = "=HYPERLINK(1)"


def as_files(client: Any) -> set[str]:
    """The paths that answer with CSV, by the description of the service."""
    found = client.get("/api/v1/openapi.json").json()["paths"]
    return {
        path
        for path, item in found.items()
        for operation in item.values()
        if "text/csv" in operation["responses"].get("200", {}).get("content", {})
    }


def test_no_list_that_is_taken_away_holds_a_formula(
    campaigning: Any, tmp_path: Path, store: Store, clock: Any
) -> None:
    """A new one must be added here: what the description has is what is tried."""
    folder = tmp_path / ".retinue" / "runs" / CAMPAIGN
    frame = scores(2).assign(customer_id=[EVIL, "C2"])
    write_customers(folder / CUSTOMERS, shared_of(CAMPAIGN), rows_of(frame, []), [])
    campaign = json.loads((folder / "campaign.json").read_text())
    campaign["actions"][0] |= {"customer_id": EVIL, "reasons": [EVIL]}
    (folder / "campaign.json").write_text(json.dumps(campaign))
    times: dict[str, Any] = {"planned_at": NOW, "due_at": NOW, "expires_at": NOW}
    about = ("dec_1", CAMPAIGN, EVIL, "email", "message", "retention", 5)
    with store.transaction() as session:
        draft_in(session, [Draft(f"dlv_{n}", *about, **times) for n in (1, 2)], clock=NOW)
    job = campaigning.post("/api/v1/predictions/jobs", json={"everybody": True}).json()["job_id"]
    while campaigning.get(f"/api/v1/predictions/jobs/{job}").json()["state"] != "done":
        time.sleep(0.02)
    paths = {
        "/api/v1/exports/customers": "/api/v1/exports/customers",
        "/api/v1/exports/campaigns/{campaign_id}/actions": f"/api/v1/exports/campaigns/{CAMPAIGN}/actions",
        "/api/v1/exports/deliveries": "/api/v1/exports/deliveries",
        "/api/v1/predictions/jobs/{job_id}/result": f"/api/v1/predictions/jobs/{job}/result",
    }
    assert as_files(campaigning) == set(paths)
    for path in paths.values():
        answer = campaigning.get(path, params={"format": "csv"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert f"'{EVIL}" in [row["customer_id"] for row in rows], path
        cells = [cell for row in rows for cell in row.values() if not _is_number(cell)]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], path


def _is_number(cell: str) -> bool:
    try:
        return bool(float(cell)) or True
    except ValueError:
        return False


def test_deliveries_are_taken_away_by_state_and_campaign_in_pages_of_the_store(
    campaigning: Any, store: Store, monkeypatch: Any
) -> None:
    monkeypatch.setattr("retinue.api.exporting._AT_ONCE", 2)
    times: dict[str, Any] = {"planned_at": NOW, "due_at": NOW, "expires_at": NOW}
    for campaign in ("CAMP_1", "CAMP_2"):
        about = ("dec_1", campaign, "C1", "email", "message", "retention", 5)
        with store.transaction() as session:
            drafts = [Draft(f"{campaign}_{n}", *about, **times) for n in range(3)]
            draft_in(session, drafts, clock=NOW)
    path = "/api/v1/exports/deliveries"
    found = json.loads(campaigning.get(path, params={"format": "json", "campaign_id": "CAMP_1"}).text)
    assert [one["delivery_id"] for one in found] == ["CAMP_1_0", "CAMP_1_1", "CAMP_1_2"]
    assert found[0]["due_at"].endswith("Z")
    assert len(json.loads(campaigning.get(path, params={"format": "json"}).text)) == 6
    assert json.loads(campaigning.get(path, params={"format": "json", "state": "sent"}).text) == []
    assert campaigning.get(path, params={"campaign_id": "x\r\nSet-Cookie: a=b"}).status_code == 422
    named = campaigning.get(path, params={"campaign_id": 'x"; Set-Cookie: a=b'})
    assert named.headers["content-disposition"] == 'attachment; filename="xSet-Cookieab_deliveries.csv"'
    assert campaigning.get("/api/v1/exports/campaigns/CAMP_9/actions").status_code == 404
