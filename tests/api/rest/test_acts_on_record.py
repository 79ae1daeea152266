"""Every act over HTTP is on record under whoever did it; no record holds what anybody typed or is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from tests.api.conftest import NOW
from tests.api.declared_routes import declared
from tests.api.rest.conftest import CAMPAIGN

from retinue.security import PERMISSIONS
from retinue.security.api_keys import make_api_key
from retinue.security.users import create_user
from retinue.store import Store
from retinue.store.audit.reading import search
from retinue.store.audit.verify import verify

CANARY, MAIL, PHONE = "Zebedee Quillfeather", "zq.canary@example.org", "+49 151 0815 4711"
SAID = f"{CANARY} ({MAIL}, {PHONE}) asked for it"
PLAN = f"/api/v1/campaigns/{CAMPAIGN}"
OUTCOME = {"customer_id": "C12345", "retained": True, "observed_at": "2026-02-13T08:00:00Z"}

ACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/v1/campaigns", {"campaign_id": CAMPAIGN}),
    ("POST", f"{PLAN}/approve", {"reason": SAID}),
    ("POST", f"{PLAN}/start", {}),
    ("POST", f"{PLAN}/pause", {"reason": SAID}),
    ("POST", f"{PLAN}/resume", {"reason": SAID}),
    ("POST", f"{PLAN}/stop", {"reason": SAID}),
    ("POST", "/api/v1/stop", {"reason": SAID}),
    ("POST", "/api/v1/resume", {"reason": SAID}),
    ("POST", "/api/v1/feedback/outcome", OUTCOME),
]

ELSEWHERE = {
    "/api/v1/reviews/": "reviews name who answers, tests/campaigns and test_reviews",
    "/api/v1/deliveries/": "settled by hand, test_reviews",
    "/api/v1/rules": "test_rules",
    "/api/v1/predictions/batch": "shows, test_on_record",
    "/api/v1/feedback/outcomes/bulk": "as one outcome",
    "/api/v1/events": "test_events",
    "/api/v1/predictions/jobs": "test_prediction_jobs",
    "/api/v1/mcp": "tests/api/agents",
    "/api/v1/audit/verify": "test_audit_routes",
    "/api/v1/users": "tests/api/test_users_and_settings, and each act in tests/store/test_audit_coverage",
    "/api/v1/sample": "removes the trail with all else, tests/api/test_sample",
    "/api/v1/privacy/requests": "each is a record of its own, test_privacy and tests/store",
}
"""Guarded routes that are no GET and not tried here, and why."""


def test_every_acting_route_is_tried_here_or_says_where(campaigning: Any) -> None:
    tried = {path.replace(CAMPAIGN, "{campaign_id}") for _, path, _ in ACTS}
    found = {one.path for one in declared(campaigning.app) if one.permissions and one.method != "GET"}
    assert len(found) >= len(tried)
    left = {path for path in found - tried if not path.startswith(tuple(ELSEWHERE))}
    assert left == set()


@pytest.fixture
def acting_key(campaigning: Any, store: Store) -> str:
    """The id of an admin's key, which the client shows."""
    able = [name for name, one in PERMISSIONS.items() if "admin" in one.roles]
    key, record = make_api_key(store, CANARY, able, role="admin", by="ada", now=NOW)
    campaigning.headers["X-API-Key"] = key
    return record.key_id


def act(client: Any) -> None:
    sha = ""
    for method, path, body in ACTS:
        sent = {**body, "plan_sha256": sha} if path.endswith("/approve") else body
        done = client.request(method, path, json=sent)
        assert done.status_code < 300, (path, done.text)
        sha = done.json().get("plan_sha256") or sha


def test_each_act_is_on_record_under_who_did_it(campaigning: Any, acting_key: str, store: Store) -> None:
    before = len(search(store))
    act(campaigning)
    made = search(store)[: len(search(store)) - before]
    assert {one.actor for one in made} == {acting_key}, [(one.actor, one.action) for one in made]
    actions = {one.action for one in made}
    assert actions >= {
        "campaign.planned", "campaign.approved", "campaign.running", "campaign.paused", "campaign.stopped",
        "delivery.queued", "delivery.cancelled", "switch.stop", "switch.resume", "outcome.reported",
    }  # fmt: skip


def test_settings_that_changed_are_noticed_when_the_service_starts(
    service: Callable[..., Any], store: Store
) -> None:
    for days in (30.0, 30.0, 7.0):
        service(auth={"refresh_days": days})
    seen, changed = search(store, action="settings.")[::-1]
    assert (seen.action, changed.action) == ("settings.first_seen", "settings.changed")
    assert changed.as_dict()["detail"]["changed"] == ["auth.refresh_days"]


def texts(store: Store) -> list[str]:
    with store.reading() as session:
        return [" ".join(map(str, row)) for row in session.execute(text("SELECT * FROM audit"))]


def test_no_record_holds_a_name_an_address_or_what_somebody_typed(
    campaigning: Any, acting_key: str, store: Store
) -> None:
    client: Any = campaigning
    act(client)
    client.get("/api/v1/customers", params={"segment": CANARY, "starts": MAIL})
    client.get("/api/v1/exports/customers", params={"segment": CANARY})
    client.post("/api/v1/predictions/batch", json={"customer_ids": ["C12345", MAIL]})
    client.get("/api/v1/customers", headers={"X-API-Key": CANARY})
    client.get("/api/v1/customers", headers={"X-API-Key": "", "Authorization": f"Bearer {MAIL}"})
    client.get(f"/api/v1/customers/{MAIL}/risk")
    create_user(store, "zq", f"{CANARY} is my password", ["csm"], now=NOW)
    client.app.state.door.counted.close()
    client.app.state.door.readings.ahead.close()
    found = texts(store)
    assert any("proof.refused" in one for one in found)
    assert any("prediction.served" in one for one in found)
    for hidden in (CANARY, CANARY.split()[1], MAIL, MAIL.split("@")[0], PHONE, "127.0.0.1", "testclient"):
        assert [one for one in found if hidden in one] == [], hidden
    assert verify(store).whole


def test_who_cannot_prove_who_they_are_is_counted_on_record(
    campaigning: Any, acting_key: str, store: Store, clock: Callable[[], Any]
) -> None:
    client: Any = campaigning
    for number in range(5):
        assert client.get("/api/v1/stops", headers={"X-API-Key": f"rtn_{number}"}).status_code == 401
    viewer, record = make_api_key(store, "v", ["customers.read"], role="viewer", by="ada", now=NOW)
    assert client.get("/api/v1/stops", headers={"X-API-Key": viewer}).status_code == 403
    client.app.state.door.counted.close()
    client.app.state.door.readings.ahead.close()
    first, more = search(store, action="proof.refused")[::-1]
    assert (first.actor, first.kind, len(first.object_id)) == ("unknown", "source", 16)
    assert first.as_dict()["detail"]["why"] == "key of another form"
    assert (more.object_id, more.as_dict()["detail"]["more"]) == (first.object_id, 4)
    (refused,) = search(store, action="access.refused")
    assert (refused.actor, refused.object_id) == (record.key_id, "campaigns.read")
