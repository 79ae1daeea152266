"""The figures of the dashboard before any run prepared them: null with a reason, never an invented number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.api.rest.conftest import SUMMARY, leave_run

Service = Callable[..., Any]
VIEWS = ("pipeline", "revenue", "model", "campaigns", "segments", "pipeline/customers")


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A run that left no figures."""
    return leave_run(tmp_path, summary=SUMMARY)


@pytest.mark.parametrize("view", VIEWS)
def test_without_a_run_there_is_nothing_to_tell(service: Service, view: str) -> None:
    answer = service().get(f"/api/v1/analytics/{view}")
    assert (answer.status_code, answer.json()["fix"]) == (404, "Start one: retinue run --as-of DATE")


def test_what_is_not_prepared_is_null_with_a_reason(service: Service, bare: str) -> None:
    client = service()
    found = client.get("/api/v1/analytics/pipeline").json()
    assert [(one["customers"], one["previous"]) for one in found["all"]["stages"]] == [(None, None)] * 4
    assert (found["tiers"], found["series"], found["history_from"]) == ([], [], None)
    assert (found["period"]["last"], found["period"]["days"]) == ("2026-02-14", 365)
    assert (found["previous"]["last"], found["previous"]["days"]) == ("2025-02-14", 365)
    money = client.get("/api/v1/analytics/revenue").json()
    assert (money["all"], money["hidden"], money["budget"]["month"]) == (None, False, "2026-02")
    assert money["budget"]["shadow_price"]["value"] is None
    model = client.get("/api/v1/analytics/model").json()
    assert (model["deciles"], model["challenger"], model["drift"]["at"]) == (None, None, None)
    assert "90 days after" in model["deciles_reason"]
    assert model["survival"]["reason"]
    assert client.get("/api/v1/customers/C12345/survival").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "5"},
        {"to": "1770000000"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "1969-12-31"},
        {"from": "2000-01-01", "to": "2026-02-01"},
        {"to": "0001-01-01"},
        {"from": "9999-12-31"},
    ],
)
def test_a_period_that_is_none_is_refused(service: Service, bare: str, asked: dict[str, str]) -> None:
    assert service().get("/api/v1/analytics/pipeline", params=asked).status_code == 422


def test_customers_are_found_by_what_the_numbers_count(service: Service, bare: str) -> None:
    client = service()

    def listed(**asked: Any) -> list[str]:
        return [
            one["customer_id"] for one in client.get("/api/v1/customers", params=asked).json()["customers"]
        ]

    everybody, risky = listed(limit=100), listed(limit=100, at_risk=True)
    assert set(risky) == {f"C{12345 + i}" for i in range(40) if 0.78 - 0.7 * i / 40 > 0.4}
    assert set(listed(limit=100, at_risk=False)) == set(everybody) - set(risky)
    assert set(listed(limit=100, held_out=False)) == set(everybody)
    assert listed(held_out=True) == []
    assert sorted(listed(urgency="MEDIUM")) == ["C12345", "C12346"]
