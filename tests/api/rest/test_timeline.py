"""What happened to one customer, over HTTP: runs beside the store, pages, and who is told what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import NOW
from tests.api.rest.conftest import leave_run
from tests.store.test_timeline import KINDS, live

from retinue.runs.customers import timelines
from retinue.security.api_keys import make_api_key
from retinue.store import Store
from retinue.store.reviews import note_in

Service = Callable[..., Any]
PATH = "/api/v1/customers/C12345/timeline"


@pytest.fixture
def lived(tmp_path: Path, store: Store) -> list[str]:
    """C12345 in three runs, two of them as of the same time, and with one thing of each kind; the runs."""
    day = timedelta(days=1)
    times = (
        datetime(2026, 2, 14, tzinfo=UTC),
        datetime(2026, 2, 14, tzinfo=UTC),
        datetime(2026, 2, 15, tzinfo=UTC),
    )
    made = [leave_run(tmp_path, as_of=at, run_id=f"{place}" * 20) for place, at in enumerate(times)]
    live(store, "C12345")
    assert times[2] - times[1] == day
    return made


def test_all_that_happened_is_told_newest_first_page_by_page(
    service: Service, lived: list[str], store: Store
) -> None:
    client = service()
    whole = client.get(PATH).json()
    assert whole["next"] is None
    shown = whole["entries"]
    assert {one["kind"] for one in shown} == KINDS | {"assessed", "decided"}
    assert [one["at"] for one in shown] == sorted((one["at"] for one in shown), reverse=True)
    runs = [one["campaign_id"] for one in shown if one["kind"] == "assessed"]
    assert runs == sorted(lived, reverse=True)
    risk = next(one for one in shown if one["kind"] == "assessed")
    assert (risk["what"], risk["detail"]["churn_probability"]) == ("HIGH", 0.78)
    outcome = next(one for one in shown if one["kind"] == "outcome")
    assert outcome["detail"]["retained"] is True
    assert "body" not in outcome["detail"]
    for size in (1, 2, 5):
        found: list[Any] = []
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            more = {"cursor": page["next"]} if page["next"] else {}
            page = client.get(PATH, params={"limit": size, **more}).json()
            found += page["entries"]
        assert found == shown, size
    for kinds in (["assessed"], ["consent", "delivery"], ["decided", "review"]):
        asked = client.get(PATH, params={"kind": kinds}).json()["entries"]
        assert asked == [one for one in shown if one["kind"] in kinds], kinds
    risks = client.get(PATH, params={"kind": "assessed", "limit": 1}).json()
    rest = client.get(PATH, params={"kind": "assessed", "cursor": risks["next"]}).json()
    assert [one["campaign_id"] for one in (*risks["entries"], *rest["entries"])] == runs
    assert client.get(PATH, params={"cursor": risks["next"]}).status_code == 422, "it is of those kinds"
    first = client.get(PATH, params={"limit": 1}).json()["next"]
    other = client.get("/api/v1/customers/C12346/timeline", params={"cursor": first})
    assert other.status_code == 422


def test_who_answered_is_told_to_those_who_see_cases(
    service: Service, lived: list[str], store: Store
) -> None:
    client = service()
    for role, told in (("viewer", None), ("approver", "knows them")):
        scopes = ["customers.read"] + (["reviews.read"] if told else [])
        key, _ = make_api_key(store, role, scopes, role=role, by="ada", now=NOW)
        answer = client.get(PATH, headers={"X-API-Key": key}).json()
        case = next(one for one in answer["entries"] if one["kind"] == "review")
        assert case["detail"].get("reason") == told
        assert ("who" in case["detail"]) == (told is not None)


def test_a_csm_sees_the_own_customers_and_nobody_else(
    service: Service, lived: list[str], store: Store
) -> None:
    client = service()
    key, kept = make_api_key(store, "crm", ["customers.read"], role="csm", by="ada", now=NOW)
    headers = {"X-API-Key": key}
    assert client.get(PATH, headers=headers).status_code == 404
    unknown = client.get("/api/v1/customers/C99999/timeline", headers=headers)
    assert unknown.content == client.get(PATH, headers=headers).content
    with store.transaction() as session:
        note_in(session, "dec_C12345", "assigned", who="bob", clock=NOW, assigned_to=kept.key_id)
    assert client.get(PATH, headers=headers).status_code == 200


def test_who_is_known_without_a_history_has_none_and_who_is_unknown_is_404(
    service: Service, ran: str
) -> None:
    client = service()
    assert client.get("/api/v1/customers/C00001/timeline").json()["entries"] == []
    assert client.get("/api/v1/customers/C99999/timeline").status_code == 404


def test_one_question_for_many_customers_answers_each(lived: list[str], store: Store, tmp_path: Path) -> None:
    folder = tmp_path / ".retinue" / "runs"
    names = ["C12346", "C12345", "nobody", "C12345"]
    found = timelines(store, folder, names, limit=3)
    assert list(found) == ["C12346", "C12345", "nobody"]
    assert found["nobody"] == []
    for name in names:
        assert found[name] == timelines(store, folder, [name], limit=3)[name]
