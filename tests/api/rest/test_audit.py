"""The audit trail over HTTP: found page by page, verified, and told when it was changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from retinue.store import Store
from retinue.store.audit import on_record
from retinue.store.audit.files import FINISHED, REWRITTEN, hashes_of
from retinue.store.stops import resume, stop

Service = Callable[..., Any]


def acts(store: Store, clock: Any) -> None:
    for n in range(3):
        stop(store, who=f"ada{n}", clock=clock())
        resume(store, who="bob", clock=clock())


def test_records_are_found_by_who_what_and_when_page_by_page(
    service: Service, store: Store, clock: Any
) -> None:
    acts(store, clock)
    client = service()

    def get(**asked: Any) -> Any:
        return client.get("/api/v1/audit/records", params=asked).json()

    whole = get(limit=200)["records"]
    assert [one["number"] for one in whole] == sorted((one["number"] for one in whole), reverse=True)
    assert {one["actor"] for one in get(actor="bob")["records"]} == {"bob"}
    first = get(actor="bob", limit=2)
    second = get(actor="bob", limit=2, cursor=first["next"])
    assert [one["number"] for one in first["records"] + second["records"]] == [
        one["number"] for one in whole if one["actor"] == "bob"
    ]
    assert second["next"] is None
    assert get(since="2027-01-01T00:00:00Z")["records"] == []
    action = whole[0]["action"]
    assert get(action=f"{action.split('.')[0]}.")["records"]
    switches = get(kind="switch", limit=200)["records"]
    assert (len(switches), {one["kind"] for one in switches}) == (6, {"switch"})
    with store.transaction() as session:
        on_record(session, "prediction.served", "customers", "run_1", actor="ada", customers=["C1", "C2"])
    assert [one["object"] for one in get(customer="C2")["records"]] == ["run_1"]
    assert get(customer="C3")["records"] == []
    assert client.get("/api/v1/audit/records", params={"cursor": first["next"]}).status_code == 422


def test_the_trail_is_verified_and_a_change_is_located(
    service: Service, store: Store, clock: Any, tmp_path: Path
) -> None:
    acts(store, clock)
    client = service()
    assert client.get("/api/v1/audit/status").json()["covered"] == 0
    store.checkpoints.write(store)
    found = client.post("/api/v1/audit/verify").json()
    assert (found["whole"], found["breaks"], found["covered"]) == (True, [], found["records"])
    status = client.get("/api/v1/audit/status").json()
    assert status["covered"] == found["covered"] == status["records"] - 1, "that it was verified is on record"
    assert None not in (status["key"], status["checkpoint_at"])
    with closing(sqlite3.connect(tmp_path / ".retinue" / "store.sqlite")) as attacker:
        attacker.execute("DROP TRIGGER audit_no_update")
        attacker.execute("UPDATE audit SET actor = 'eve' WHERE number = 2")
        attacker.commit()
    found = client.post("/api/v1/audit/verify").json()
    assert found["whole"] is False
    assert {name: found["breaks"][0][name] for name in ("kind", "first", "last")} == {
        "kind": "edited",
        "first": 2,
        "last": 2,
    }


def test_files_that_were_written_anew_on_record_are_no_break(
    service: Service, store: Store, ran: str, tmp_path: Path
) -> None:
    folder = tmp_path / ".retinue" / "runs" / ran
    with store.transaction() as session:
        on_record(session, FINISHED, "run", ran, files=hashes_of(folder, ("campaign.json",)), campaign_id=ran)
    (folder / "campaign.json").write_text("{}")
    client = service()
    assert client.post("/api/v1/audit/verify").json()["whole"] is False
    with store.transaction() as session:
        on_record(session, REWRITTEN, "run", ran, files=hashes_of(folder, ("campaign.json",)))
    assert client.post("/api/v1/audit/verify").json()["whole"] is True


def test_the_trail_is_verified_one_at_a_time(service: Service, store: Store, clock: Any) -> None:
    client = service()
    with client.app.state.door.verifying:
        assert client.post("/api/v1/audit/verify").status_code == 409
    assert client.post("/api/v1/audit/verify").status_code == 200
