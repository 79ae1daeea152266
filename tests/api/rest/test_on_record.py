"""What is shown of customers is on record first; where it cannot be, nothing is shown."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.api.conftest import TestClient
from tests.api.declared_routes import declared
from tests.api.rest.conftest import CAMPAIGN

from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.audit.record import AuditRecord
from retinue.store.audit.verify import verify

Service = Callable[..., TestClient]

CUSTOMERS = "/api/v1/customers"
RISK = f"{CUSTOMERS}/C12345/risk"
BATCH = {"customer_ids": ["C12346", "nobody"]}

SHOWING: dict[str, Callable[[TestClient], Any]] = {
    "list": lambda c: c.get(CUSTOMERS, params={"limit": 2, "starts": "C1", "risk_level": "HIGH"}),
    "profile": lambda c: c.get(f"{CUSTOMERS}/C12345"),
    "risk": lambda c: c.get(RISK),
    "batch": lambda c: c.post("/api/v1/predictions/batch", json=BATCH),
    "export": lambda c: c.get("/api/v1/exports/customers"),
    "actions": lambda c: c.get(f"/api/v1/campaigns/{CAMPAIGN}/actions"),
}

PREDICTIONS = {"customers.read", "customers.explain", "predictions.run", "exports.make"}
"""Permissions of routes that show predictions."""

IN_ITS_OWN_WAY = ("/api/v1/customers/{customer_id}/risk", "/api/v1/predictions/jobs")
"""Paths that put it on record without the dependency: tried below, and with the jobs."""


def test_every_route_that_shows_predictions_can_put_them_on_record(service: Service) -> None:
    app: Any = service().app
    found = [one for one in declared(app) if PREDICTIONS & set(one.permissions)]
    assert len(found) >= 7
    for one in found:
        recorded = one.shows or one.path.startswith(IN_ITS_OWN_WAY)
        assert recorded, f"{one.method} {one.path} needs `seen: Shown` (retinue.api.showing)"


def in_chain(store: Store, client: TestClient) -> list[AuditRecord]:
    """What was put on record as shown, oldest first, once it is in the chain."""
    client.app.state.door.readings.ahead.close()  # type: ignore[attr-defined]
    return search(store, action="prediction.served")[::-1]


def said(record: AuditRecord) -> tuple[str, str, dict[str, Any]]:
    detail: dict[str, Any] = json.loads(record.detail)
    assert len(detail.pop("entry")) > 32
    assert detail.pop("asked_at") == "2026-02-14T09:00:00.000Z"
    return record.kind, record.object_id, detail


def test_who_saw_what_of_whom_is_on_record(service: Service, store: Store, ran: str) -> None:
    client = service()
    for name, ask in SHOWING.items():
        assert ask(client).status_code == 200, name
    found = in_chain(store, client)
    assert {one.actor for one in found} == {"local"}
    page, profile, risk, batch, export, actions = map(said, found)
    assert profile == ("customer", "C12345", {"run": CAMPAIGN, "what": "profile"})
    assert risk == ("customer", "C12345", {"run": CAMPAIGN, "what": "risk"})
    assert batch == ("customers", CAMPAIGN, {"count": 1, "customers": ["C12346"], "what": "batch"})
    assert page[2]["customers"] == ["C12345", "C12346"]
    asked = page[2]["asked"]
    assert asked["among"] == {"risk_level": ["HIGH"]}
    assert asked["starts"] not in ("", "C1"), "what somebody typed is a keyed hash"
    assert export[2]["count"] == 40
    assert actions[2]["customers"] == ["C12345", "C12346"]
    assert verify(store).whole


def test_nobody_is_put_on_record_as_seen_who_was_not_shown(service: Service, store: Store, ran: str) -> None:
    client = service()
    assert client.get(f"{CUSTOMERS}/nobody/risk").status_code == 404
    assert in_chain(store, client) == []


@pytest.mark.parametrize("what", list(SHOWING))
def test_without_a_record_nothing_is_shown(service: Service, tmp_path: Path, ran: str, what: str) -> None:
    client, folder = service(), tmp_path / ".retinue" / "audit" / "ahead"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("no folder can be made here")
    refused = SHOWING[what](client)
    assert (refused.status_code, refused.json()["code"]) == (503, "RTN-0320")
    assert "C1234" not in refused.text
    assert str(tmp_path) not in refused.text
    folder.unlink()
    assert SHOWING[what](client).status_code == 200


def until(status: int, ask: Callable[[], Any]) -> Any:
    end = time.monotonic() + 10
    while (answer := ask()).status_code != status:
        assert time.monotonic() < end, answer.text
        time.sleep(0.05)
    return answer


def test_while_the_chain_cannot_be_written_nothing_is_shown(service: Service, store: Store, ran: str) -> None:
    client = service()
    with store.engine.connect() as connection:
        connection.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'x'); END")
        )
    first = client.get(RISK).status_code
    until(503, lambda: client.get(RISK))
    failing = until(503, lambda: client.get("/readyz"))
    assert "What was shown cannot be put on record" in failing.text
    with store.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER no"))
    until(200, lambda: client.get(RISK))
    found = in_chain(store, client)
    assert len(found) >= (first == 200) + 1, "what was shown before is not lost"
    assert verify(store).whole
